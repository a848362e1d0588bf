/** Reads a generation's tokens as an answer: text, cut where a stop string or a cut character says so, and calls of tools. */
import type { GenerationSink, GenerationStep } from '../generation/task.ts';
import { AnswerText } from './answer-text.ts';
import type { ChatSink, ScoredToken, TokenChance } from './chat-event.ts';
import { type ToolCallEvent, ToolCallReader, type ToolCallReading } from './read-tool-calls.ts';

export interface AnswerReading {
  readonly stops: readonly string[];
  readonly wantsScores: boolean;
  /** Left out, nothing in the text is a call. */
  readonly tools?: ToolCallReading | undefined;
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
  readonly #calls: ToolCallReader | undefined;
  /** Scores of tokens whose text was not given out yet, and where in the text each begins. */
  readonly #scored: { readonly token: ScoredToken; readonly start: number }[] = [];
  #callCount = 0;

  constructor(reading: AnswerReading, sink: ChatSink) {
    this.#reading = reading;
    this.#sink = sink;
    this.#text = new AnswerText(reading.stops);
    this.#calls = reading.tools && new ToolCallReader(reading.tools);
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
    this.#give(this.#text.add(this.#bytesOf(step)));
    return this.#text.isStopped || (this.#calls?.isDone ?? false);
  }

  #end({ reason, counts, error }: EndStep): void {
    if (reason === 'failed' || reason === 'refused') {
      this.#sink({ type: 'failed', error });
      return;
    }
    if (!this.#text.isStopped) this.#give(this.#text.end());
    if (this.#calls) this.#tellAll(this.#calls.end());
    // What is left was cut inside a character, or is no text.
    if (!this.#text.isStopped) this.#tellText('', Number.POSITIVE_INFINITY);
    const isCall = reason === 'stop' && this.#callCount > 0;
    this.#sink({ type: 'ended', finishReason: isCall ? 'tool_calls' : reason, counts });
  }

  #give(text: string): void {
    if (text === '') return;
    if (this.#calls) this.#tellAll(this.#calls.push(text));
    else this.#tellText(text, this.#text.released);
  }

  #tellAll(events: readonly ToolCallEvent[]): void {
    for (const event of events) {
      if (event.type === 'text') this.#tellText(event.text, event.end);
      else this.#tellCall(event);
    }
  }

  #tellCall({ call, end }: ToolCallEvent & { readonly type: 'tool-call' }): void {
    // Scores stand beside text; a call has none.
    this.#takeScored(end);
    const index = this.#callCount++;
    this.#sink({ type: 'tool-call-start', index, id: newCallId(), name: call.name });
    this.#sink({ type: 'tool-call-delta', index, argumentsJson: call.argumentsJson });
  }

  /** With the text go the scores of all tokens that begin before `end`. */
  #tellText(text: string, end: number): void {
    const tokens = this.#takeScored(end);
    if (text !== '' || tokens.length > 0) this.#sink({ type: 'text', text, tokens });
  }

  #takeScored(end: number): readonly ScoredToken[] {
    const count = this.#scored.findLastIndex(({ start }) => start < end) + 1;
    return this.#scored.splice(0, count).map(({ token }) => token);
  }

  /** The tags around calls are control tokens, which have no bytes; where calls are looked for, they are read as text. */
  #bytesOf({ token, bytes }: TokenStep): Uint8Array {
    if (!this.#calls || bytes.length > 0) return bytes;
    const name = this.#reading.vocabulary.specialName(token);
    return name !== undefined && TAGS.has(name) ? encoder.encode(name) : bytes;
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

const TAGS: ReadonlySet<string> = new Set(['<|python_start|>', '<|python_end|>']);
const encoder = new TextEncoder();

function newCallId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `call_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
