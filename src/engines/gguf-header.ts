/**
 * Reads the header of a GGUF file and checks it against the file's size. Native engines crash on a missing, foreign or
 * truncated file, so they are never given one that did not pass here.
 */
import { open } from 'node:fs/promises';

export interface GgufHeader {
  readonly architecture: string | undefined;
  /** Numbers, booleans and strings by key. */
  readonly values: ReadonlyMap<string, string | number | boolean>;
  /** Lengths of lists by key, such as the vocabulary's; what is in them is not read. */
  readonly listLengths: ReadonlyMap<string, number>;
  readonly tensorNames: ReadonlySet<string>;
}

/** What is wrong with the file, in words for the operator. */
export class GgufError extends Error {
  override readonly name = 'GgufError';
}

/** Vocabularies of 200,000 tokens make headers of some 10 MB. */
const HEADER_BYTES_MAX = 64 * 1024 * 1024;
const DEFAULT_ALIGNMENT = 32;
const TENSORS_MAX = 100_000;
const VALUES_MAX = 10_000;

/** Bytes of a plain value by GGUF type number; 8 is a string, 9 a list. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const SIGNED: ReadonlySet<number> = new Set([1, 3, 5, 11]);
const FLOATS: ReadonlySet<number> = new Set([6, 12]);
const STRING = 8;
const LIST = 9;

/** Tensor type number → values per block and bytes per block. */
const BLOCKS: Readonly<Record<number, readonly [values: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  30: [1, 2],
};

export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path).catch((error: unknown) => {
    throw new GgufError(`${path} cannot be opened (${error instanceof Error && 'code' in error ? error.code : error})`);
  });
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new GgufError(`${path} is a folder, not a GGUF file`);
    const { size } = stats;
    const bytes = Buffer.alloc(Math.min(size, HEADER_BYTES_MAX));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return parseGgufHeader(bytes.subarray(0, bytesRead), size, path);
  } finally {
    await file.close();
  }
}

/** `bytes` is the beginning of a file of `fileBytes` bytes; `name` stands in the messages. */
export function parseGgufHeader(bytes: Uint8Array, fileBytes: number, name: string): GgufHeader {
  const reader = new Reader(bytes, name);
  if (bytes.length < 24 || reader.text(4) !== 'GGUF') throw new GgufError(`${name} is not a GGUF file`);
  const version = reader.uint32();
  if (version !== 2 && version !== 3)
    throw new GgufError(`${name} has GGUF version ${version}, which is not known here`);
  const tensorCount = reader.count(TENSORS_MAX);
  const valueCount = reader.count(VALUES_MAX);
  const values = new Map<string, string | number | boolean>();
  const listLengths = new Map<string, number>();
  for (let index = 0; index < valueCount; index++) {
    const key = reader.string();
    const type = reader.uint32();
    if (type === LIST) listLengths.set(key, skipList(reader));
    else values.set(key, readValue(reader, type));
  }
  const tensors = Array.from({ length: tensorCount }, () => readTensor(reader));
  const alignment = values.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment !== 'number' || alignment < 1)
    throw new GgufError(`${name} has an alignment that makes no sense`);
  const dataStart = Math.ceil(reader.position / alignment) * alignment;
  const end = Math.max(dataStart, ...tensors.map((tensor) => dataStart + tensor.offset + tensor.bytes));
  if (end > fileBytes) throw new GgufError(`${name} is truncated: it has ${fileBytes} bytes and should have ${end}`);
  const architecture = values.get('general.architecture');
  return {
    architecture: typeof architecture === 'string' ? architecture : undefined,
    values,
    listLengths,
    tensorNames: new Set(tensors.map((tensor) => tensor.name)),
  };
}

/** The text model of a Llama 4. */
export function checkLlama4Weights(header: GgufHeader, name: string): void {
  if (header.architecture !== 'llama4') {
    throw new GgufError(`${name} holds the architecture "${header.architecture ?? 'unknown'}" instead of "llama4"`);
  }
}

/** A projector whose second norm was converted wrongly loads without complaint and sees nothing right: refuse it. */
export function checkLlama4Projector(header: GgufHeader, name: string): void {
  const type = header.values.get('clip.projector_type');
  if (type !== 'llama4')
    throw new GgufError(`${name} holds a projector of type "${type ?? 'unknown'}" instead of "llama4"`);
  if (!header.tensorNames.has('v.blk.0.ln2.weight') || header.tensorNames.has('v.blk.0.attn_post_norm.weight')) {
    throw new GgufError(`${name} was made by a converter that misplaces a norm: convert it again`);
  }
}

function readValue(reader: Reader, type: number): string | number | boolean {
  if (type === STRING) return reader.string();
  const size = VALUE_BYTES[type];
  if (size === undefined) reader.fail('a value of an unknown type');
  if (type === 7) return reader.bytes(1)[0] === 1;
  return reader.number(size, FLOATS.has(type) ? 'float' : SIGNED.has(type) ? 'signed' : 'unsigned');
}

/** Returns how many items it had. */
function skipList(reader: Reader): number {
  const type = reader.uint32();
  const length = reader.count(HEADER_BYTES_MAX);
  if (type === STRING) {
    for (let index = 0; index < length; index++) reader.bytes(reader.count(HEADER_BYTES_MAX));
    return length;
  }
  const size = VALUE_BYTES[type];
  if (size === undefined) reader.fail('a list of an unknown type');
  reader.bytes(length * size);
  return length;
}

function readTensor(reader: Reader): { readonly name: string; readonly offset: number; readonly bytes: number } {
  const name = reader.string();
  const dimensions = reader.uint32();
  if (dimensions > 8) reader.fail('a tensor of too many dimensions');
  let values = 1;
  for (let index = 0; index < dimensions; index++) values *= reader.count(Number.MAX_SAFE_INTEGER);
  // A type that is not in the table is at least not placed beyond the file's end.
  const [perBlock, blockBytes] = BLOCKS[reader.uint32()] ?? [1, 0];
  const offset = reader.count(Number.MAX_SAFE_INTEGER);
  return { name, offset, bytes: Math.ceil(values / perBlock) * blockBytes };
}

class Reader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  fail(what: string): never {
    throw new GgufError(`${this.#name} has a broken header: ${what} at byte ${this.position}`);
  }

  bytes(length: number): Uint8Array {
    if (!(length >= 0) || this.position + length > this.#bytes.length) this.fail('it ends too early');
    this.position += length;
    return this.#bytes.subarray(this.position - length, this.position);
  }

  text(length: number): string {
    return Buffer.from(this.bytes(length)).toString('latin1');
  }

  uint32(): number {
    this.bytes(4);
    return this.#view.getUint32(this.position - 4, true);
  }

  /** Integers of 64 bits beyond 2^53 lose their last digits: no key that is read here has one. */
  number(size: number, kind: 'unsigned' | 'signed' | 'float'): number {
    this.bytes(size);
    const at = this.position - size;
    const view = this.#view;
    if (kind === 'float') return size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
    const isSigned = kind === 'signed';
    if (size === 1) return isSigned ? view.getInt8(at) : view.getUint8(at);
    if (size === 2) return isSigned ? view.getInt16(at, true) : view.getUint16(at, true);
    if (size === 4) return isSigned ? view.getInt32(at, true) : view.getUint32(at, true);
    return Number(isSigned ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
  }

  count(max: number): number {
    this.bytes(8);
    const value = this.#view.getBigUint64(this.position - 8, true);
    if (value > BigInt(max)) this.fail('a count that makes no sense');
    return Number(value);
  }

  string(): string {
    return Buffer.from(this.bytes(this.count(HEADER_BYTES_MAX))).toString('utf8');
  }
}
