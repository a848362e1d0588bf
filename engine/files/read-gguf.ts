/**
 * Reads a GGUF file of version 2 or 3 from memory. Nothing in it is believed: every count is held against the bytes that
 * are left before anything is made of it, so that memory stays within a small multiple of the file's size.
 */
import { Cursor } from './cursor.ts';
import { type ModelFile, ModelFileError, quote, type Tensor, type TensorType, tensorBytes } from './model-file.ts';

const MAGIC = 0x46554747;
const METADATA_MAX = 65_536;
const TENSORS_MAX = 65_536;
const LIST_MAX = 1 << 24;
/** What the shortest description of a tensor takes, and the shortest fact. */
const TENSOR_BYTES_MIN = 32;
const FACT_BYTES_MIN = 13;
const DIMENSIONS_MAX = 4;
const ALIGNMENT_KEY = 'general.alignment';
const ALIGNMENT = 32;
const ALIGNMENT_MAX = 1 << 20;

/** GGML's numbers; those without a type here are known by name only, for the message. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  29: 'IQ1_M',
  30: 'BF16',
};
const READABLE: Readonly<Record<number, TensorType>> = {
  0: 'F32',
  1: 'F16',
  8: 'Q8_0',
  12: 'Q4_K',
  14: 'Q6_K',
  30: 'BF16',
};

const BOOLEAN = 7;
const STRING = 8;
const LIST = 9;

interface NumberKind {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  /** Lists of numbers are typed arrays, which take no more memory than the file does. */
  readonly list: new (
    count: number,
  ) => { [index: number]: number };
}

/** Beyond 2^53 the last digits of 64-bit integers are lost; no fact that is asked for is as large. */
const numberKinds: Readonly<Record<number, NumberKind>> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at), list: Uint8Array },
  1: { bytes: 1, read: (view, at) => view.getInt8(at), list: Int8Array },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true), list: Uint16Array },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true), list: Int16Array },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true), list: Uint32Array },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true), list: Int32Array },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true), list: Float32Array },
  10: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)), list: Float64Array },
  11: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), list: Float64Array },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true), list: Float64Array },
};

/** Throws `ModelFileError`. Tensors are views of `file`, which must not change afterwards. */
export function readGguf(file: Uint8Array | ArrayBuffer): ModelFile {
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(file);
  const cursor = new Cursor(bytes);
  readHead(cursor);
  const tensorCount = cursor.count('tensors', TENSORS_MAX);
  const metadataCount = cursor.count('facts', METADATA_MAX);
  cursor.expect(tensorCount * TENSOR_BYTES_MIN + metadataCount * FACT_BYTES_MIN, 'its own lists');
  const metadata = new Map<string, unknown>();
  for (let index = 0; index < metadataCount; index++) {
    const key = cursor.string('the name of a fact');
    if (metadata.has(key)) throw new ModelFileError(`the file states ${quote(key)} twice`);
    metadata.set(key, readValue(cursor, cursor.u32(quote(key)), key));
  }
  const parts = metadata.get('split.count');
  if (typeof parts === 'number' && parts > 1) {
    throw new ModelFileError(`the file is one of ${parts} parts; join them with llama-gguf-split --merge`);
  }
  const infos = Array.from({ length: tensorCount }, () => readInfo(cursor));
  return { metadata, tensors: placeTensors(bytes, infos, alignUp(cursor.at, alignmentOf(metadata)), metadata) };
}

function readValue(cursor: Cursor, kind: number, key: string): unknown {
  if (kind === STRING) return cursor.string(quote(key));
  if (kind === BOOLEAN) return readBoolean(cursor, key);
  if (kind !== LIST) return readNumber(cursor, kind, key);
  const itemKind = cursor.u32(quote(key));
  const count = cursor.count(`items of ${quote(key)}`, LIST_MAX);
  if (itemKind === LIST) throw new ModelFileError(`${quote(key)} is a list of lists, which no known fact is`);
  if (itemKind === STRING) return readStrings(cursor, count, key);
  if (itemKind === BOOLEAN) {
    cursor.expect(count, quote(key));
    return Array.from({ length: count }, () => readBoolean(cursor, key));
  }
  const { bytes, read, list: List } = numberKind(itemKind, key);
  const at = cursor.take(count * bytes, quote(key));
  const list = new List(count);
  for (let index = 0; index < count; index++) list[index] = read(cursor.view, at + index * bytes);
  return list;
}

function readStrings(cursor: Cursor, count: number, key: string): readonly string[] {
  // Each has its length before it.
  cursor.expect(count * 8, quote(key));
  const what = quote(key);
  return Array.from({ length: count }, () => cursor.string(what));
}

function readNumber(cursor: Cursor, kind: number, key: string): number {
  const { bytes, read } = numberKind(kind, key);
  return read(cursor.view, cursor.take(bytes, quote(key)));
}

function readBoolean(cursor: Cursor, key: string): boolean {
  const value = cursor.view.getUint8(cursor.take(1, quote(key)));
  if (value > 1) throw new ModelFileError(`${quote(key)} is neither true nor false`);
  return value === 1;
}

function numberKind(kind: number, key: string): NumberKind {
  const found = numberKinds[kind];
  if (!found) throw new ModelFileError(`${quote(key)} is of kind ${kind}, which GGUF does not have`);
  return found;
}

function readHead(cursor: Cursor): void {
  if (cursor.left < 4 || cursor.u32('the magic') !== MAGIC) throw new ModelFileError('the file is not GGUF');
  const version = cursor.u32('the version');
  if (version === 2 || version === 3) return;
  // A big-endian writer puts the version's only byte last.
  const isSwapped = version > 0xffff;
  throw new ModelFileError(
    isSwapped ? 'the GGUF file is big-endian' : `the file is GGUF version ${version}; versions 2 and 3 can be read`,
  );
}

interface TensorInfo {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

function readInfo(cursor: Cursor): TensorInfo {
  const name = cursor.string('the name of a tensor');
  const what = `tensor ${quote(name)}`;
  const dimensions = cursor.u32(what);
  if (dimensions < 1 || dimensions > DIMENSIONS_MAX) {
    throw new ModelFileError(`${what} has ${dimensions} dimensions; 1 to ${DIMENSIONS_MAX} are possible`);
  }
  // The file has the innermost dimension first.
  const shape = Array.from({ length: dimensions }, () => cursor.u64(what)).reverse();
  const number = cursor.u32(what);
  const type = READABLE[number];
  if (!type) {
    const known = TYPE_NAMES[number];
    throw new ModelFileError(
      `${what} is stored as ${known ?? `type ${number}`}, which this engine does not read; it reads ${Object.values(READABLE).join(', ')}`,
    );
  }
  return { name, type, shape, offset: cursor.u64(what), size: tensorBytes(name, type, shape) };
}

function placeTensors(
  bytes: Uint8Array,
  infos: readonly TensorInfo[],
  start: number,
  metadata: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, Tensor> {
  const alignment = alignmentOf(metadata);
  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape, offset, size } of infos) {
    if (tensors.has(name)) throw new ModelFileError(`the file has tensor ${quote(name)} twice`);
    if (offset % alignment !== 0) {
      throw new ModelFileError(`tensor ${quote(name)} begins at ${offset}, which is no multiple of ${alignment}`);
    }
    const from = start + offset;
    if (!(from + size <= bytes.length)) {
      throw new ModelFileError(
        `the file ends before tensor ${quote(name)} does: it has ${bytes.length} bytes of ${from + size}`,
      );
    }
    tensors.set(name, { name, type, shape, bytes: bytes.subarray(from, from + size) });
  }
  const inOrder = infos.toSorted((a, b) => a.offset - b.offset);
  for (const [index, info] of inOrder.entries()) {
    const next = inOrder[index + 1];
    if (next && info.offset + info.size > next.offset) {
      throw new ModelFileError(`tensors ${quote(info.name)} and ${quote(next.name)} lie over each other`);
    }
  }
  return tensors;
}

function alignmentOf(metadata: ReadonlyMap<string, unknown>): number {
  const value = metadata.get(ALIGNMENT_KEY) ?? ALIGNMENT;
  const isPower = typeof value === 'number' && Number.isInteger(Math.log2(value));
  if (!isPower || value < 1 || value > ALIGNMENT_MAX) {
    throw new ModelFileError(`${ALIGNMENT_KEY} is ${String(value).slice(0, 80)}, which is no power of two`);
  }
  return value;
}

function alignUp(at: number, alignment: number): number {
  return Math.ceil(at / alignment) * alignment;
}
