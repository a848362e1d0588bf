/** Reads a generation's tokens as an answer: text, cut where a stop string or a cut character says so. */
import type { GenerationSink, GenerationStep } from '../generation/task.ts';
import { AnswerText } from './answer-text.ts';
import type { ChatSink, ScoredToken, TokenChance } from './chat-event.ts';

export interface AnswerReading {
  readonly stops: readonly string[];
  readonly wantsScores: boolean;
  readonly vocabulary: {
    /** What the token adds to a text. */
    tokenBytes(token: number): Uint8Array;
    /** The name of a control token; undefined for others. */
    specialName(token: number): string | undefined;
  };
}

type TokenStep = GenerationStep & { readonly type: 'token' };
type EndStep = GenerationStep & { readonly type: 'ended' };

/** Tells `sink` what the answer says; the generation ends by itself or at a stop string. */
export function readAnswer(reading: AnswerReading, sink: ChatSink): GenerationSink {
  const reader = new AnswerReader(reading, sink);
  return (step) => reader.read(step);
}

class AnswerReader {
  readonly #reading: AnswerReading;
  readonly #sink: ChatSink;
  readonly #text: AnswerText;
  /** Scores of tokens whose text was not given out yet, and where in the text each begins. */
  readonly #scored: { readonly token: ScoredToken; readonly start: number }[] = [];

  constructor(reading: AnswerReading, sink: ChatSink) {
    this.#reading = reading;
    this.#sink = sink;
    this.#text = new AnswerText(reading.stops);
  }

  /** True when the answer is complete. */
  read(step: GenerationStep): boolean {
    if (step.type === 'started') this.#sink({ type: 'started' });
    else if (step.type === 'token') return this.#readToken(step);
    else this.#end(step);
    return false;
  }

  #readToken(step: TokenStep): boolean {
    if (this.#reading.wantsScores) this.#scored.push({ token: this.#scoreOf(step), start: this.#text.decoded });
    const text = this.#text.add(step.bytes);
    if (text !== '') this.#give(text, this.#text.released);
    return this.#text.isStopped;
  }

  #end({ reason, counts, error }: EndStep): void {
    if (reason === 'failed' || reason === 'refused') {
      this.#sink({ type: 'failed', error });
      return;
    }
    if (!this.#text.isStopped) this.#give(this.#text.end(), Number.POSITIVE_INFINITY);
    this.#sink({ type: 'ended', finishReason: reason, counts });
  }

  /** With the text go the scores of all tokens that begin before `end`. */
  #give(text: string, end: number): void {
    const count = this.#scored.findLastIndex(({ start }) => start < end) + 1;
    if (text === '' && count === 0) return;
    this.#sink({ type: 'text', text, tokens: this.#scored.splice(0, count).map(({ token }) => token) });
  }

  #scoreOf({ token, bytes, logprob, top }: TokenStep): ScoredToken {
    const { vocabulary } = this.#reading;
    const chances = top.map((other): TokenChance => {
      const name = vocabulary.specialName(other.token);
      return { name, bytes: vocabulary.tokenBytes(other.token), logprob: other.logprob };
    });
    // Who wants scores asked the sampler for them.
    return { name: vocabulary.specialName(token), bytes, logprob: logprob!, top: chances };
  }
}
