/**
 * Finds calls of functions in the text of an answer, as it comes. Text that may be the beginning of a call is held back until
 * it is one, or is not: then it is told as text, and nothing is lost. How the text is cut into pieces makes no difference.
 */
import { type OfferedTools, readCalls, type ToolCall } from './call-syntax.ts';
import { NotThis, type Reading, TextSource } from './text-source.ts';

export type ToolCallEvent = {
  /** How far in the answer's text, in UTF-16 units, this tells of it. */
  readonly end: number;
} & ({ readonly type: 'text'; readonly text: string } | { readonly type: 'tool-call'; readonly call: ToolCall });

export interface ToolCallReading {
  readonly tools: OfferedTools;
  /** More calls than these are not read: the answer ends with the last. */
  readonly callsMax: number;
}

/** Longer text is not held back: no one waits that long for a call. */
const HELD_UNITS_MAX = 1_000_000;
const END_TAG = '<|python_end|>';

export class ToolCallReader {
  readonly #reading: ToolCallReading;
  readonly #source = new TextSource();
  readonly #events: ToolCallEvent[] = [];
  #run = this.#read(true);
  #end = 0;
  #callCount = 0;
  #isDone = false;

  constructor(reading: ToolCallReading) {
    this.#reading = reading;
  }

  get callCount(): number {
    return this.#callCount;
  }

  /** Whether as many calls were read as there may be. */
  get isDone(): boolean {
    return this.#isDone;
  }

  push(text: string): readonly ToolCallEvent[] {
    if (this.#isDone) return [];
    this.#source.append(text);
    this.#run.next();
    if (this.#source.length > HELD_UNITS_MAX) {
      this.#tellText(this.#source.length);
      this.#run = this.#read(false);
    }
    return this.#events.splice(0);
  }

  /** The rest, which turned out to be no call. */
  end(): readonly ToolCallEvent[] {
    const { rest } = this.#source;
    // Space behind a call is the call's.
    const isNothing = this.#callCount > 0 && /^[\s;]*(?:<\|python_end\|>)?[\s;]*$/.test(rest);
    if (!this.#isDone && !isNothing) this.#tellText(this.#source.length);
    return this.#events.splice(0);
  }

  /** Space at the beginning of the answer and behind a call belongs to the call that follows, if one does. */
  *#read(isStart: boolean): Reading<void> {
    const source = this.#source;
    if (isStart) yield* source.skipSpace();
    while (!this.#isDone) {
      const space = source.at;
      const next = yield* source.peek();
      if (!isOpening(next)) {
        this.#tellText(Math.max(space, source.find(isOpening)));
        continue;
      }
      const calls = yield* this.#tryCalls();
      if (!calls) {
        yield* this.#skipEnclosed(space);
        continue;
      }
      this.#tellCalls(calls);
      if (!this.#isDone) yield* this.#skipBehind();
    }
  }

  *#tryCalls(): Reading<readonly ToolCall[] | undefined> {
    try {
      return yield* readCalls(this.#source, this.#reading.tools, this.#reading.callsMax - this.#callCount);
    } catch (error) {
      if (error instanceof NotThis) return undefined;
      throw error;
    }
  }

  /** What may stand behind a call: space, the end of the tag, a semicolon. It stays until it is known what follows. */
  *#skipBehind(): Reading<void> {
    const source = this.#source;
    yield* source.skipSpace();
    const space = source.at;
    try {
      if ((yield* source.peek()) === '<') {
        yield* source.expect(END_TAG);
        this.#drop();
        yield* source.skipSpace();
      }
      if (yield* source.take(';')) yield* source.skipSpace();
    } catch (error) {
      if (!(error instanceof NotThis)) throw error;
      source.at = space;
    }
  }

  /**
   * Tells as text what was no call, up to the end of the brackets it stands in: what looks like a call within other data is
   * a part of that data. An empty line ends it as well, for brackets in prose that are never closed.
   */
  *#skipEnclosed(start: number): Reading<void> {
    const source = this.#source;
    const failedAt = Math.max(source.at, start + 1);
    source.at = start;
    const brackets = new BracketCount();
    for (; source.at < failedAt; source.skip(1)) brackets.add(yield* source.peek());
    this.#tellText(failedAt);
    while (brackets.isOpen) {
      brackets.add(yield* source.peek());
      this.#tellText(1);
    }
  }

  #tellCalls(calls: readonly ToolCall[]): void {
    this.#drop();
    for (const call of calls) this.#events.push({ type: 'tool-call', call, end: this.#end });
    this.#callCount += calls.length;
    this.#isDone = this.#callCount >= this.#reading.callsMax;
  }

  #tellText(units: number): void {
    const { at } = this.#source;
    this.#source.at = units;
    const text = this.#source.slice(0);
    this.#drop();
    this.#source.at = Math.max(0, at - units);
    if (text === '') return;
    const last = this.#events.at(-1);
    const before = last?.type === 'text' ? (this.#events.pop() as typeof last).text : '';
    this.#events.push({ type: 'text', text: before + text, end: this.#end });
  }

  /** What lies before the place is done with. */
  #drop(): void {
    this.#end += this.#source.at;
    this.#source.cut();
  }
}

function isOpening(character: string): boolean {
  return character === '[' || character === '{' || character === '<';
}

class BracketCount {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #lineEnds = 0;

  get isOpen(): boolean {
    return this.#depth > 0 && this.#lineEnds < 2;
  }

  add(character: string): void {
    this.#lineEnds = character === '\n' ? this.#lineEnds + 1 : /\s/.test(character) ? this.#lineEnds : 0;
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (character === '\\') this.#isEscaped = true;
      else if (character === '"') this.#isInString = false;
    } else if (character === '"') this.#isInString = true;
    else if ('[{('.includes(character)) this.#depth++;
    else if (']})'.includes(character)) this.#depth--;
  }
}
