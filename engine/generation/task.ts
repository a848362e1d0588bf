/** One request to the engine, ready to run, and what it produces. */
import type { Constraint } from '../grammar/constraint.ts';
import type { SamplingOptions, TokenScore } from '../sampling/sampler.ts';
import type { PositionKey } from './prefix-cache.ts';

export interface Prompt {
  /** Token ids; -1 - i stands for row i of `features`, a piece of a picture. */
  readonly tokens: readonly number[];
  readonly features?: Float32Array | undefined;
  /** As `tokens`, but pieces of pictures are named by the picture's content. Left out when there is no picture. */
  readonly keys?: readonly PositionKey[] | undefined;
}

export interface GenerationTask {
  readonly prompt: Prompt;
  /**
   * Text that the answer begins with already: the model chooses how it is cut into tokens, and what lies beyond it is
   * new. So an answer that broke off inside a word goes on as if it had not.
   */
  readonly resumed?: Uint8Array | undefined;
  readonly sampling: SamplingOptions;
  readonly constraint?: Constraint | undefined;
  readonly outputTokensMax: number;
  /** Waiting requests of different tenants take turns. */
  readonly tenant: string;
  /** Only requests with the same salt share cached beginnings. */
  readonly salt: string;
}

export interface TokenCounts {
  /** What the model was given to read, text that the answer begins with included. */
  readonly promptTokens: number;
  /** Of these, the ones whose keys and values were there already. */
  readonly cachedTokens: number;
  /** What was generated, without the token that ends an answer. */
  readonly outputTokens: number;
}

/**
 * `stop`: the model ended its answer. `length`: the output limit or the context is full. `refused`: others needed the
 * place in the queue. `failed`: the model cannot go on, and `error` says why.
 */
export type EndReason = 'stop' | 'length' | 'refused' | 'failed';

export type GenerationStep =
  | { readonly type: 'started' }
  | {
      readonly type: 'token';
      readonly token: number;
      /** The token's part of the text; may end inside a character. */
      readonly bytes: Uint8Array;
      /** Undefined unless the options of sampling ask for it. */
      readonly logprob: number | undefined;
      readonly top: readonly TokenScore[];
    }
  | { readonly type: 'ended'; readonly reason: EndReason; readonly counts: TokenCounts; readonly error?: unknown };

/** Returns true when it wants no more: the answer then ends as if the model had ended it. Must not throw. */
export type GenerationSink = (step: GenerationStep) => boolean;
