/** Damages a GGUF file in one of the ways in which files get damaged, or are made to do damage. */
import type { Chance } from './chance.ts';

/** Numbers at which readers break. */
const NUMBERS: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n, 5n, 7n, 8n, 16n, 31n, 33n, 64n, 255n, 4096n, 65_535n, 65_536n, 1n << 20n, 1n << 24n],
  ...[(1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, 1n << 40n, (1n << 53n) - 1n, 1n << 53n],
  ...[1n << 62n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n],
];

type Mutation = (file: Uint8Array<ArrayBuffer>, chance: Chance, places: GgufPlaces) => Uint8Array<ArrayBuffer>;

/** Where what is worth changing stands. */
export interface GgufPlaces {
  /** Where the weights begin. */
  readonly headerEnd: number;
  /** Behind each fact's key, where its kind stands. */
  readonly facts: readonly number[];
  /** Behind each tensor's name, where the number of its dimensions stands. */
  readonly tensors: readonly { readonly name: number; readonly rest: number }[];
}

/** `names` are those of the file's facts and tensors. */
export function findPlaces(file: Uint8Array, facts: Iterable<string>, tensors: Iterable<string>): GgufPlaces {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const behind = (name: string) => {
    const text = Buffer.from(name);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const at = bytes.indexOf(Buffer.concat([length, text]));
    if (at < 0) throw new RangeError(`${name} is not in the file`);
    return { name: at, rest: at + 8 + text.length };
  };
  const places = [...tensors].map(behind);
  const headerEnd = Math.max(...places.map(({ rest }) => rest)) + 48;
  return { headerEnd, facts: [...facts].map((name) => behind(name).rest), tensors: places };
}

export const ggufMutations: Readonly<Record<string, Mutation>> = {
  'bits anywhere': (file, chance) => flipBits(file, chance, file.length),
  'bits of the header': (file, chance, { headerEnd }) => flipBits(file, chance, headerEnd),
  'cut off': (file, chance, { headerEnd }) => file.subarray(0, chance.below(chance.pick([64, headerEnd, file.length]))),
  'bytes missing inside': (file, chance, { headerEnd }) => {
    const at = chance.below(chance.pick([headerEnd, file.length]));
    const count = 1 + chance.below(chance.pick([8, 64, 4096]));
    return joined(file.subarray(0, at), file.subarray(at + count));
  },
  'bytes too many': (file, chance, { headerEnd }) => {
    const at = chance.below(chance.pick([headerEnd, file.length]));
    return joined(file.subarray(0, at), new Uint8Array(1 + chance.below(64)), file.subarray(at));
  },
  'counts of the head': (file, chance) => setNumber(file, chance.pick([4, 8, 16]), chance),
  'a length or number somewhere': (file, chance, { headerEnd }) => setNumber(file, chance.below(headerEnd), chance),
  'a fact': (file, chance, { facts }) => setNumber(file, chance.pick(facts) + chance.pick([4, 4, 4, 8]), chance),
  "a fact's kind": (file, chance, { facts }) => {
    file[chance.pick(facts)] = chance.below(16);
    return file;
  },
  'the tensor table': (file, chance, { tensors }) => {
    const { rest } = chance.pick(tensors);
    return setNumber(file, rest + chance.pick([0, 4, 12, 16, 20, 24, 28]), chance);
  },
  "a tensor's name": (file, chance, { tensors }) => {
    const { name, rest } = chance.pick(tensors);
    file[name + 8 + chance.below(rest - name - 8)]! ^= 1 << chance.below(8);
    return file;
  },
  'weights that are no numbers': (file, chance, { headerEnd }) => {
    const at = headerEnd + chance.below(file.length - headerEnd - 8);
    file.set(
      chance.pick([
        [0, 0, 0xc0, 0x7f],
        [0, 0, 0x80, 0xff],
        [0xff, 0xff, 0x7f, 0x7f],
        [0, 0x7c],
      ]),
      at & ~3,
    );
    return file;
  },
};

/** `file` may be changed; the result may be another. */
export function flipBits(file: Uint8Array<ArrayBuffer>, chance: Chance, end: number): Uint8Array<ArrayBuffer> {
  const count = 1 + chance.below(chance.pick([1, 4, 64]));
  for (let flip = 0; flip < count; flip++) file[chance.below(end)]! ^= 1 << chance.below(8);
  return file;
}

/** A 32- or 64-bit number, or one next to what stood there. */
function setNumber(file: Uint8Array<ArrayBuffer>, at: number, chance: Chance): Uint8Array<ArrayBuffer> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (at + 8 > file.length) return file;
  const isLong = chance.below(2) === 1;
  const old = isLong ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  const number = chance.below(3) === 0 ? old + chance.pick([-1n, 1n, 8n, 32n]) : chance.pick(NUMBERS);
  if (isLong) view.setBigUint64(at, BigInt.asUintN(64, number), true);
  else view.setUint32(at, Number(BigInt.asUintN(32, number)), true);
  return file;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
