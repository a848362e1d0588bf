import { crc32 } from 'node:zlib';

/**
 * Splits a byte stream into the messages of AWS's event stream encoding: two lengths with a checksum, headers, payload, and a
 * checksum of it all. A message that does not add up is an error, never skipped.
 */
export interface EventStreamMessage {
  /** Headers whose value is text, by name: `:event-type`, `:message-type` and their like. */
  readonly headers: ReadonlyMap<string, string>;
  /** Valid until the next push. */
  readonly payload: Uint8Array;
}

export class EventStreamBroken extends Error {
  override readonly name = 'EventStreamBroken';
}

const PRELUDE = 12;
const CHECKSUM = 4;
const MESSAGE_BYTES_MAX = 25 * 1024 * 1024;
const HEADERS_BYTES_MAX = 128 * 1024;
const text = new TextDecoder();

export class EventStreamReader {
  #rest = new Uint8Array(0);
  readonly #take: (message: EventStreamMessage) => void;

  constructor(take: (message: EventStreamMessage) => void) {
    this.#take = take;
  }

  /** True when the stream stopped inside a message. */
  get isInsideMessage(): boolean {
    return this.#rest.length > 0;
  }

  push(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + chunk.length);
      bytes.set(this.#rest);
      bytes.set(chunk, this.#rest.length);
    }
    let at = 0;
    for (let length = lengthAt(bytes, at); length > 0 && bytes.length - at >= length; length = lengthAt(bytes, at)) {
      const message = readMessage(bytes.subarray(at, at + length));
      at += length;
      this.#take(message);
    }
    this.#rest = bytes.slice(at);
  }
}

/** Length of the message that begins here; 0 while its prelude is not there. */
function lengthAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < PRELUDE) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, PRELUDE);
  if (view.getUint32(8) !== crc32(bytes.subarray(at, at + 8)))
    throw new EventStreamBroken('The prelude does not add up');
  const length = view.getUint32(0);
  const headers = view.getUint32(4);
  const isPossible =
    headers <= HEADERS_BYTES_MAX && length >= PRELUDE + headers + CHECKSUM && length <= MESSAGE_BYTES_MAX;
  if (!isPossible) throw new EventStreamBroken('The lengths of a message are impossible');
  return length;
}

function readMessage(bytes: Uint8Array): EventStreamMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - CHECKSUM;
  if (view.getUint32(end) !== crc32(bytes.subarray(0, end))) throw new EventStreamBroken('A message does not add up');
  const payloadAt = PRELUDE + view.getUint32(4);
  return { headers: readHeaders(view, bytes, payloadAt), payload: bytes.subarray(payloadAt, end) };
}

/** Sizes of values by type; -1 says that a length stands before them. */
const SIZES = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16] as const;
const TEXT = 7;

function readHeaders(view: DataView, bytes: Uint8Array, end: number): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = PRELUDE;
  const take = (length: number): number => {
    const from = at;
    at += length;
    if (at > end) throw new EventStreamBroken('A header leads out of its message');
    return from;
  };
  while (at < end) {
    const nameLength = view.getUint8(take(1));
    const nameAt = take(nameLength);
    const type = view.getUint8(take(1));
    const size = SIZES[type];
    if (size === undefined) throw new EventStreamBroken('A header of an unknown type');
    const length = size < 0 ? view.getUint16(take(2)) : size;
    const valueAt = take(length);
    if (type !== TEXT) continue;
    const name = text.decode(bytes.subarray(nameAt, nameAt + nameLength));
    headers.set(name, text.decode(bytes.subarray(valueAt, valueAt + length)));
  }
  return headers;
}
