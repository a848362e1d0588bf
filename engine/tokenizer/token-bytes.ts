/** The bytes of all tokens in one piece of memory, and which token has given bytes. */
import { byteOfLetter } from './byte-letters.ts';
import { TokenizerError } from './tokenizer-error.ts';

/** Token types of a GGUF file that matter here; all others are never text. */
export const tokenTypes = { normal: 1, control: 3, userDefined: 4, unused: 5 } as const;

export const FIRST_HASH = 0x811c9dc5;

/** FNV-1a: the hash of two parts is the second's bytes added to the hash of the first. */
export function addToHash(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** More steps than any honest table takes; a file made to crowd one place of the table is refused. */
const PROBES_MAX = 512;
const MEMORY_MAX = 1 << 26;
const utf8 = new TextEncoder();

export class TokenBytes {
  readonly #memory: Uint8Array;
  /** Token `t` has the bytes from `starts[t]` to `starts[t + 1]`. */
  readonly #starts: Uint32Array;
  /** Normal tokens by the hash of their bytes; -1 where free. */
  readonly #slots: Int32Array;
  readonly bytesMax: number;

  /** Only normal tokens are found by their bytes. Throws `duplicate-token` and `too-large`. */
  constructor(tokens: readonly string[], types: ArrayLike<number>) {
    let letters = 0;
    for (const token of tokens) letters += token.length;
    if (letters > MEMORY_MAX) throw new TokenizerError('too-large', 'the tokens have more than 64 Mi letters');
    const memory = new Uint8Array(letters * 3);
    this.#starts = new Uint32Array(tokens.length + 1);
    this.#slots = new Int32Array(tableSize(tokens.length)).fill(-1);
    let end = 0;
    let bytesMax = 0;
    for (let token = 0; token < tokens.length; token++) {
      const start = end;
      end = writeToken(tokens[token]!, types[token]!, memory, start);
      this.#starts[token + 1] = end;
      bytesMax = Math.max(bytesMax, end - start);
    }
    this.#memory = memory.slice(0, end);
    this.bytesMax = bytesMax;
    for (let token = 0; token < tokens.length; token++) if (types[token] === tokenTypes.normal) this.#add(token);
  }

  /** The token's bytes; not to be written to. */
  get(token: number): Uint8Array {
    return this.#memory.subarray(this.#starts[token]!, this.#starts[token + 1]!);
  }

  /** The normal token of these bytes, or -1. `hash` is that of the bytes. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const token = this.#slots[slot]!;
      if (token < 0 || this.#isEqual(token, bytes, start, end)) return token;
    }
  }

  #add(token: number): void {
    const start = this.#starts[token]!;
    const end = this.#starts[token + 1]!;
    // An empty token fills a gap in a vocabulary; no text becomes it.
    if (start === end) return;
    let hash = FIRST_HASH;
    for (let at = start; at < end; at++) hash = addToHash(hash, this.#memory[at]!);
    const mask = this.#slots.length - 1;
    let slot = spread(hash) & mask;
    for (let probes = 0; this.#slots[slot]! >= 0; probes++) {
      const other = this.#slots[slot]!;
      if (this.#isEqual(other, this.#memory, start, end)) {
        throw new TokenizerError('duplicate-token', `tokens ${other} and ${token} are the same`);
      }
      if (probes >= PROBES_MAX) throw new TokenizerError('too-large', 'the tokens crowd one place of the table');
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = token;
  }

  #isEqual(token: number, bytes: Uint8Array, start: number, end: number): boolean {
    const first = this.#starts[token]!;
    if (this.#starts[token + 1]! - first !== end - start) return false;
    for (let at = start; at < end; at++) if (this.#memory[first + at - start] !== bytes[at]) return false;
    return true;
  }
}

/** A power of two, so that at most half of the places are taken. */
export function tableSize(items: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(items * 2 + 1)));
}

/** FNV's low bits depend on the last bytes' low bits alone. */
export function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return mixed ^ (mixed >>> 15);
}

/** Writes the token's bytes and returns their end. Control tokens and gaps have none: no text spells them. */
function writeToken(token: string, type: number, memory: Uint8Array, start: number): number {
  if (type === tokenTypes.userDefined) return start + utf8.encodeInto(token, memory.subarray(start)).written;
  if (type !== tokenTypes.normal) return start;
  for (let at = 0; at < token.length; at++) {
    const byte = byteOfLetter(token.charCodeAt(at));
    // Outside the alphabet a token is taken as it stands, as HF's decoder does.
    if (byte < 0) return start + utf8.encodeInto(token, memory.subarray(start)).written;
    memory[start + at] = byte;
  }
  return start + token.length;
}
