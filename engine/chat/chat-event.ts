/** An answer as it comes, before it is put into the words of a wire format or of the page. */
import type { TokenCounts } from '../generation/task.ts';

export interface TokenChance {
  /** Of a control token, such as `<|eot|>`, which adds no text. */
  readonly name?: string | undefined;
  /** May be a part of a character. */
  readonly bytes: Uint8Array;
  readonly logprob: number;
}

/** One generated token, as log-probabilities are reported. */
export interface ScoredToken extends TokenChance {
  readonly top: readonly TokenChance[];
}

export type FinishReason = 'stop' | 'length' | 'tool_calls';

export type ChatEvent =
  | { readonly type: 'started' }
  /** Whole characters. `tokens` are those that begin in it; none unless they were asked for. */
  | { readonly type: 'text'; readonly text: string; readonly tokens: readonly ScoredToken[] }
  | { readonly type: 'tool-call-start'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly argumentsJson: string }
  | { readonly type: 'ended'; readonly finishReason: FinishReason; readonly counts: TokenCounts }
  /** The answer broke off; what came before it is not a whole one. */
  | { readonly type: 'failed'; readonly error: unknown };

export type ChatSink = (event: ChatEvent) => void;
