/**
 * A line of the journal: the CRC-32 of what follows in eight hex digits, a kind, and JSON, which never holds a line end of its own.
 *
 * - `h` head of a segment: whose leases its charges are taken from
 * - `s` a settled generation
 * - `c` a checkpoint: how far an open generation came
 * - `d` all settled lines up to a place are in storage
 */
export type LineKind = 'h' | 's' | 'c' | 'd';

export interface Line {
  readonly kind: LineKind;
  readonly offset: number;
  readonly length: number;
  readonly json: string;
}

/** Eight digits, a space, the kind, a space. */
const PREFIX_LENGTH = 11;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HEX = new TextEncoder().encode('0123456789abcdef');
const text = new TextDecoder('utf-8', { fatal: true });

/** Builds lines in one buffer that grows and stays: an append allocates nothing but the JSON. */
export class LineEncoder {
  #buffer = Buffer.alloc(64 * 1024);

  /** Valid until the next call. */
  encode(kind: LineKind, json: string): Uint8Array {
    const longest = PREFIX_LENGTH + json.length * 3 + 1;
    if (longest > this.#buffer.length) this.#buffer = Buffer.alloc(longest * 2);
    const buffer = this.#buffer;
    const end = PREFIX_LENGTH + buffer.write(json, PREFIX_LENGTH, 'utf8');
    buffer[8] = SPACE;
    buffer[9] = kind.charCodeAt(0);
    buffer[10] = SPACE;
    writeHex(buffer, Bun.hash.crc32(buffer.subarray(9, end)));
    buffer[end] = NEWLINE;
    return buffer.subarray(0, end + 1);
  }
}

/**
 * Reads every sound line. `soundLength` is where the last of them ends: what follows was torn by a crash and is to be cut.
 * `damaged` counts unsound lines before that, which only a failing disk leaves.
 */
export function scanLines(bytes: Buffer, onLine: (line: Line) => void): { soundLength: number; damaged: number } {
  let soundLength = 0;
  let damaged = 0;
  let unsound = 0;
  for (let start = 0; ; ) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) return { soundLength, damaged };
    const line = decodeLine(bytes.subarray(start, end + 1), start);
    if (line) {
      damaged += unsound;
      unsound = 0;
      soundLength = end + 1;
      onLine(line);
    } else {
      unsound++;
    }
    start = end + 1;
  }
}

/** Undefined when it is no sound line. */
export function decodeLine(bytes: Buffer, offset: number): Line | undefined {
  const end = bytes.length - 1;
  if (end < PREFIX_LENGTH || bytes[end] !== NEWLINE || bytes[8] !== SPACE || bytes[10] !== SPACE) return undefined;
  const kind = String.fromCharCode(bytes[9]!);
  if (!isLineKind(kind)) return undefined;
  const checksum = bytes.toString('latin1', 0, 8);
  if (!/^[0-9a-f]{8}$/.test(checksum)) return undefined;
  if (Number.parseInt(checksum, 16) !== Bun.hash.crc32(bytes.subarray(9, end))) return undefined;
  return { kind, offset, length: bytes.length, json: text.decode(bytes.subarray(PREFIX_LENGTH, end)) };
}

function isLineKind(kind: string): kind is LineKind {
  return kind === 'h' || kind === 's' || kind === 'c' || kind === 'd';
}

function writeHex(buffer: Buffer, value: number): void {
  for (let digit = 0; digit < 8; digit++) buffer[digit] = HEX[(value >>> (28 - 4 * digit)) & 15]!;
}
