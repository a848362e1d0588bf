/** Damages one file of a folder as on Hugging Face. */
import type { Chance } from './chance.ts';
import { flipBits } from './mutate-gguf.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const VALUES: readonly unknown[] = [
  ...[0, 1, -1, 0.5, 2, 3, 7, 33, 4096, 65_537, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -1e308],
  ...[null, true, false, '', 'x', '9', [], [1], {}, { a: 1 }, [[]], ['a', 'b']],
];

/** One file and what becomes of it; undefined when it is to be missing. */
export interface HubChange {
  readonly name: string;
  readonly bytes: Bytes | undefined;
}

type Mutation = (folder: ReadonlyMap<string, Bytes>, chance: Chance) => HubChange;

export const hubMutations: Readonly<Record<string, Mutation>> = {
  'a file is missing': (folder, chance) => ({ name: chance.pick([...folder.keys()]), bytes: undefined }),
  'bits of a file': (folder, chance) => change(folder, chance, (bytes) => flipBits(bytes, chance, bytes.length)),
  'bits of the header': (folder, chance) => ({
    name: WEIGHTS,
    bytes: flipBits(copyOf(folder, WEIGHTS), chance, headerEnd(folder)),
  }),
  'a file is cut off': (folder, chance) =>
    change(folder, chance, (bytes) => bytes.subarray(0, chance.below(bytes.length))),
  'the length of the header': (folder, chance) => {
    const bytes = copyOf(folder, WEIGHTS);
    const length = chance.pick([0n, 1n, 2n, 100n, 10_000n, 1n << 32n, 1n << 53n, (1n << 64n) - 1n]);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    return { name: WEIGHTS, bytes };
  },
  'a value of the header': (folder, chance) => ({ name: WEIGHTS, bytes: withChangedHeader(folder, chance) }),
  'a value of config.json': (folder, chance) => changeJson(folder, chance, 'config.json'),
  'a value of tokenizer.json': (folder, chance) => changeJson(folder, chance, 'tokenizer.json'),
  'a value of preprocessor_config.json': (folder, chance) => changeJson(folder, chance, 'preprocessor_config.json'),
};

const WEIGHTS = 'model.safetensors';

function copyOf(folder: ReadonlyMap<string, Bytes>, name: string): Bytes {
  return new Uint8Array(folder.get(name)!);
}

function change(folder: ReadonlyMap<string, Bytes>, chance: Chance, how: (bytes: Bytes) => Bytes): HubChange {
  const name = chance.pick([...folder.keys()]);
  return { name, bytes: how(copyOf(folder, name)) };
}

function headerEnd(folder: ReadonlyMap<string, Bytes>): number {
  const bytes = folder.get(WEIGHTS)!;
  return 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

function withChangedHeader(folder: ReadonlyMap<string, Bytes>, chance: Chance): Bytes {
  const bytes = folder.get(WEIGHTS)!;
  const end = headerEnd(folder);
  const text = changed(bytes.subarray(8, end), chance);
  const whole = new Uint8Array(8 + text.length + bytes.length - end);
  new DataView(whole.buffer).setBigUint64(0, BigInt(text.length), true);
  whole.set(text, 8);
  whole.set(bytes.subarray(end), 8 + text.length);
  return whole;
}

function changeJson(folder: ReadonlyMap<string, Bytes>, chance: Chance, name: string): HubChange {
  return { name, bytes: changed(folder.get(name)!, chance) };
}

/** JSON with one of its values replaced, removed or moved. */
function changed(bytes: Bytes, chance: Chance): Bytes {
  // Read as what it is: our own golden files.
  const root = JSON.parse(new TextDecoder().decode(bytes)) as Fields;
  let place = root;
  let key = chance.pick(Object.keys(place));
  for (let inner = place[key]; isNonEmpty(inner) && chance.below(8) > 0; inner = place[key]) {
    place = inner;
    key = chance.pick(Object.keys(place));
  }
  const other = chance.pick(Object.keys(place));
  const kind = chance.below(5);
  const old = place[key];
  if (kind === 0) delete place[key];
  else if (kind === 1) place[key] = place[other];
  else if (kind === 2 && typeof old === 'number') place[key] = old + chance.pick([-1, 1, 32]);
  else place[key] = chance.pick(VALUES);
  return new TextEncoder().encode(JSON.stringify(root));
}

type Fields = Record<string, unknown>;

function isNonEmpty(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
