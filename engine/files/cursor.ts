import { ModelFileError } from './model-file.ts';

const STRING_BYTES_MAX = 1 << 26;

/** Walks through the bytes of a file and never past their end. */
export class Cursor {
  readonly view: DataView;
  readonly #bytes: Uint8Array;
  // A byte order mark is a character like others.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Throws unless so many bytes are left. `what` names what is being read, for the message. */
  expect(bytes: number, what: string): void {
    if (!(bytes <= this.left)) throw new ModelFileError(`the file ends inside ${what}`);
  }

  /** Steps over `bytes` and returns where they begin. */
  take(bytes: number, what: string): number {
    this.expect(bytes, what);
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  u32(what: string): number {
    return this.view.getUint32(this.take(4, what), true);
  }

  /** Beyond 2^53 the last digits are lost, and the number is beyond all bounds anyway. */
  u64(what: string): number {
    return Number(this.view.getBigUint64(this.take(8, what), true));
  }

  count(what: string, most: number): number {
    const count = this.u64(`the number of ${what}`);
    if (count > most) throw new ModelFileError(`the file claims to have ${count} ${what}; at most ${most} are read`);
    return count;
  }

  /** Bytes that are no UTF-8 become U+FFFD. */
  string(what: string): string {
    const length = this.u64(what);
    if (length > STRING_BYTES_MAX) throw new ModelFileError(`${what} claims to be ${length} bytes long`);
    const start = this.take(length, what);
    return this.#decoder.decode(this.#bytes.subarray(start, start + length));
  }
}
