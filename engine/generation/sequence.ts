/** One generation: what has been read and written, and how its next token is chosen. */
import { PAGE_TOKENS } from '../model/page-pool.ts';
import type { Run } from '../model/text-model.ts';
import { type FindBest, type Sampled, Sampler } from '../sampling/sampler.ts';
import type { PositionKey } from './prefix-cache.ts';
import { ResumedText } from './resumed-text.ts';
import type { EndReason, GenerationSink, GenerationStep, GenerationTask } from './task.ts';

export interface SequenceVocabulary {
  readonly size: number;
  /** What each token adds to a text; nothing for control tokens. */
  readonly bytes: readonly Uint8Array[];
  readonly endTokens: ReadonlySet<number>;
  readonly findBest?: FindBest | undefined;
}

export class Sequence {
  readonly task: GenerationTask;
  /** Prompt and answer so far; grows with the answer. */
  readonly tokens: number[];
  readonly pages: number[] = [];
  /** Tokens whose keys and values are cached. */
  length = 0;
  isOver = false;
  isKept = false;
  readonly #keys: PositionKey[] | undefined;
  readonly #sink: GenerationSink;
  readonly #vocabulary: SequenceVocabulary;
  readonly #sampler: Sampler;
  readonly #resumed: ResumedText | undefined;
  #cachedTokens = 0;
  /** Tokens of the text that the answer began with. */
  #resumedTokens = 0;
  #outputTokens = 0;

  constructor(task: GenerationTask, sink: GenerationSink, vocabulary: SequenceVocabulary) {
    this.task = task;
    this.tokens = [...task.prompt.tokens];
    this.#keys = task.prompt.keys && [...task.prompt.keys];
    this.#sink = sink;
    this.#vocabulary = vocabulary;
    this.#sampler = new Sampler(
      task.sampling,
      vocabulary.size,
      this.tokens.filter((token) => token >= 0),
      vocabulary.findBest,
    );
    this.#resumed = task.resumed?.length ? new ResumedText(task.resumed, vocabulary.bytes) : undefined;
  }

  /** Names of all positions, for finding cached beginnings. */
  get keys(): readonly PositionKey[] {
    return this.#keys ?? this.tokens;
  }

  get isPromptRead(): boolean {
    return this.length >= this.task.prompt.tokens.length;
  }

  /** Starts behind the tokens that stand in `cachedPages`, which are this sequence's to release. */
  begin(cachedPages: readonly number[]): void {
    this.pages.push(...cachedPages);
    this.length = cachedPages.length * PAGE_TOKENS;
    this.#cachedTokens = this.length;
    this.#tell({ type: 'started' });
  }

  /** The next tokens to be run, at most `tokensMax`, with pages for them. */
  nextRun(tokensMax: number, takePage: () => number): Run {
    const end = Math.min(this.tokens.length, this.length + tokensMax);
    while (this.pages.length * PAGE_TOKENS < end) this.pages.push(takePage());
    return {
      cache: { pages: this.pages, length: this.length },
      tokens: this.tokens.slice(this.length, end),
      features: this.task.prompt.features,
      wantsScores: end === this.tokens.length,
    };
  }

  advance(tokens: number): void {
    this.length += tokens;
  }

  /** Chooses the next token from the scores after the last one, and tells it. */
  choose(scores: Float32Array, contextTokensMax: number): void {
    try {
      const chosen = this.#pick(scores);
      const { token } = chosen;
      // The end is never a part of the text that is walked through.
      if (this.#vocabulary.endTokens.has(token)) {
        this.end('stop');
        return;
      }
      this.#sampler.accept(token);
      this.task.constraint?.accept(token);
      this.tokens.push(token);
      this.#keys?.push(token);
      this.#write(chosen);
      if (this.tokens.length >= contextTokensMax) this.end('length');
    } catch (error) {
      this.end('failed', error);
    }
  }

  end(reason: EndReason, error?: unknown): void {
    if (this.isOver) return;
    const promptTokens = this.task.prompt.tokens.length + this.#resumedTokens;
    const counts = { promptTokens, cachedTokens: this.#cachedTokens, outputTokens: this.#outputTokens };
    this.#tell({ type: 'ended', reason, counts, ...(error !== undefined && { error }) });
    this.isOver = true;
  }

  /**
   * While text is walked through, the model's own choice counts if it spells the text. So with the same seed the answer
   * goes on as it would have, since the one that broke off made the same choices.
   */
  #pick(scores: Float32Array): Sampled {
    const limits = this.task.constraint?.allowed();
    const free = this.#sampler.sample(scores, limits);
    if (!this.#resumed?.isOpen || this.#resumed.agrees(free.token)) return free;
    return this.#sampler.sample(scores, this.#resumed.allowed(limits));
  }

  #write({ token, logprob, top }: Sampled): void {
    let bytes = this.#vocabulary.bytes[token]!;
    if (this.#resumed?.isOpen) {
      bytes = this.#resumed.accept(token);
      if (bytes.length === 0) {
        this.#resumedTokens++;
        return;
      }
    }
    this.#outputTokens++;
    const isEnough = this.#tell({ type: 'token', token, bytes, logprob, top });
    if (isEnough) this.end('stop');
    else if (this.#outputTokens >= this.task.outputTokensMax) this.end('length');
  }

  #tell(step: GenerationStep): boolean {
    if (this.isOver) return false;
    try {
      return this.#sink(step);
    } catch {
      // A bug of one reader must not take its neighbours' answers with it.
      this.isOver = true;
      return false;
    }
  }
}
