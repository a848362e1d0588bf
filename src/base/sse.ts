/**
 * Splits a byte stream into server-sent events (WHATWG HTML, section 9.2), on bytes, so that a character cut between two
 * network chunks stays whole. Line ends may be LF, CR LF or CR.
 */
export interface SseSink {
  /** `data` is valid until the next push, if the pushed chunk is. `event` is undefined for the default type. */
  frame(data: Uint8Array, event: string | undefined): void;
  /** A line that starts with a colon: a sign of life. */
  comment(): void;
}

export class SseTooLarge extends Error {
  override readonly name = 'SseTooLarge';
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NO_ROOM = new Uint8Array(0);
const text = new TextDecoder();

export class SseReader {
  readonly #sink: SseSink;
  readonly #frameBytesMax: number;
  /** Bytes of an unfinished line, at the front of a buffer that doubles. */
  #rest = new Uint8Array(0);
  #restLength = 0;
  /** Bytes before it are used up; they stay in place until the next push, so that the frames handed out stay whole. */
  #restStart = 0;
  #isStart = true;
  #skipLineFeed = false;
  #data: Uint8Array | undefined;
  #dataIsOwned = false;
  #event: string | undefined;

  constructor(sink: SseSink, frameBytesMax: number) {
    this.#sink = sink;
    this.#frameBytesMax = frameBytesMax;
  }

  /** True when the stream stopped inside a frame. */
  get isInsideFrame(): boolean {
    return this.#restLength > this.#restStart || this.#data !== undefined || this.#event !== undefined;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.#restStart > 0) {
      this.#rest.copyWithin(0, this.#restStart, this.#restLength);
      this.#restLength -= this.#restStart;
      this.#restStart = 0;
    }
    if (this.#restLength === 0) {
      const used = this.#lines(chunk, 0);
      this.#ownData();
      if (used < chunk.length) this.#append(chunk.subarray(used));
      return;
    }
    const searched = this.#restLength;
    this.#append(chunk);
    this.#restStart = this.#lines(this.#rest.subarray(0, this.#restLength), searched);
    this.#ownData();
  }

  /** Handles every whole line; returns the offset of the unfinished one. `searched` bytes are known to hold no line end. */
  #lines(bytes: Uint8Array, searched: number): number {
    const hasCarriageReturn = bytes.indexOf(CR, searched) >= 0;
    let start = 0;
    let from = searched;
    if (this.#skipLineFeed) {
      this.#skipLineFeed = false;
      if (bytes[0] === LF) start = from = 1;
    }
    for (;;) {
      const end = hasCarriageReturn ? findLineEnd(bytes, from) : bytes.indexOf(LF, from);
      if (end < 0) return start;
      this.#line(bytes, start, end);
      start = end + 1;
      if (bytes[end] === CR) {
        if (start >= bytes.length) this.#skipLineFeed = true;
        else if (bytes[start] === LF) start++;
      }
      from = start;
    }
  }

  #line(bytes: Uint8Array, from: number, end: number): void {
    let start = from;
    if (this.#isStart) {
      this.#isStart = false;
      if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3;
    }
    const first = bytes[start];
    if (start === end) this.#dispatch();
    else if (first === COLON) this.#sink.comment();
    // "data" and "event" are the only fields a gateway needs; "id" and "retry" are the reader's affair.
    else if (first === 0x64 && startsWith(bytes, start, end, 'data')) {
      const value = this.#valueStart(bytes, start + 4, end);
      if (value >= 0) this.#addData(bytes.subarray(value, end));
    } else if (first === 0x65 && startsWith(bytes, start, end, 'event')) {
      const value = this.#valueStart(bytes, start + 5, end);
      if (value >= 0) this.#event = text.decode(bytes.subarray(value, Math.min(end, value + 256)));
    }
  }

  #valueStart(bytes: Uint8Array, at: number, end: number): number {
    if (at === end) return end;
    if (bytes[at] !== COLON) return -1;
    return bytes[at + 1] === SPACE && at + 1 < end ? at + 2 : at + 1;
  }

  #addData(value: Uint8Array): void {
    if (this.#data === undefined) {
      this.#data = value;
      this.#dataIsOwned = false;
      return;
    }
    const before = this.#data.length;
    const length = before + 1 + value.length;
    if (length > this.#frameBytesMax) throw new SseTooLarge('SSE frame too large');
    const room = this.#dataIsOwned ? new Uint8Array(this.#data.buffer) : NO_ROOM;
    const isRoomy = length <= room.length;
    // Doubled, so that a frame of a million lines is copied a few times and not a million times.
    const joined = isRoomy ? room : new Uint8Array(2 * length);
    if (!isRoomy) joined.set(this.#data);
    joined[before] = LF;
    joined.set(value, before + 1);
    this.#data = joined.subarray(0, length);
    this.#dataIsOwned = true;
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = undefined;
    this.#event = undefined;
    if (data !== undefined) this.#sink.frame(data, event);
  }

  /** Data of a frame whose empty line has not come yet must survive the caller's chunk. */
  #ownData(): void {
    if (this.#data !== undefined && !this.#dataIsOwned) {
      this.#data = this.#data.slice();
      this.#dataIsOwned = true;
    }
  }

  #append(bytes: Uint8Array): void {
    const length = this.#restLength + bytes.length;
    if (length > this.#frameBytesMax) throw new SseTooLarge('SSE line too large');
    if (length > this.#rest.length) {
      const grown = new Uint8Array(Math.max(length, this.#rest.length * 2, 1024));
      grown.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = grown;
    }
    this.#rest.set(bytes, this.#restLength);
    this.#restLength = length;
  }
}

function findLineEnd(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) if (bytes[i] === LF || bytes[i] === CR) return i;
  return -1;
}

function startsWith(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word.charCodeAt(i)) return false;
  return true;
}
