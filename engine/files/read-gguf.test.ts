import { expect, test } from 'bun:test';
import { floats, type WrittenFile, writeGguf } from './gguf.test-data.ts';
import { ModelFileError } from './model-file.ts';
import { readGguf } from './read-gguf.ts';

const two: WrittenFile = {
  metadata: [
    ['general.name', 'tiny'],
    ['a.whole', 7],
    ['a.fraction', 0.5],
    ['a.flag', true],
    ['a.words', ['Ġa', '', '\ufeffx']],
    ['a.numbers', Int32Array.of(1, -2, 3)],
    ['a.fractions', Float32Array.of(0.5, 0.25, 0.125)],
  ],
  tensors: [
    { name: 'first', shape: [2, 3], bytes: floats(1, 2, 3, 4, 5, 6) },
    { name: 'second', shape: [2], bytes: floats(7, 8) },
  ],
};

const messageOf = (bytes: Uint8Array): string => {
  try {
    readGguf(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError);
    return (error as Error).message;
  }
  return 'it was read';
};

test('facts and tensors come out as they were written, of versions 2 and 3', () => {
  for (const version of [2, 3]) {
    const { metadata, tensors } = readGguf(writeGguf({ ...two, version }));
    expect([...metadata]).toEqual([...two.metadata!] as [string, unknown][]);
    expect([...tensors.keys()]).toEqual(['first', 'second']);
    expect(tensors.get('first')).toMatchObject({ type: 'F32', shape: [2, 3] });
    expect([...tensors.get('second')!.bytes]).toEqual([...floats(7, 8)]);
  }
});

test('a file that stands at an odd place in memory is read, too', () => {
  const file = writeGguf(two);
  const odd = new Uint8Array(file.length + 1);
  odd.set(file, 1);
  expect(readGguf(odd.subarray(1)).metadata.get('a.fraction')).toBe(0.5);
});

test('a file cut off anywhere is refused, never half read', () => {
  const whole = writeGguf(two);
  const last = whole.length - (32 - 8);
  for (let length = 0; length < last; length++) expect(messageOf(whole.subarray(0, length))).toMatch(/ends|not GGUF/);
  expect(messageOf(whole.subarray(0, last))).toBe('it was read');
});

test('what is no GGUF of ours is named', () => {
  expect(messageOf(new TextEncoder().encode('PK\x03\x04 some zip file'))).toBe('the file is not GGUF');
  expect(messageOf(writeGguf({ ...two, version: 1 }))).toContain('version 1');
  const swapped = writeGguf(two);
  swapped.set([0, 0, 0, 3], 4);
  expect(messageOf(swapped)).toContain('big-endian');
  expect(messageOf(writeGguf({ metadata: [['split.count', 3]] }))).toContain('one of 3 parts');
});

test('counts and lengths beyond the file are refused before memory is taken for them', () => {
  const at = (offset: number, value: bigint, file = writeGguf(two)) => {
    new DataView(file.buffer).setBigUint64(offset, value, true);
    return messageOf(file);
  };
  expect(at(8, 2n ** 60n)).toContain('claims to have');
  expect(at(8, 60_000n)).toContain('ends inside');
  expect(at(16, 2n ** 63n)).toContain('claims to have');
  // The length of the first key.
  expect(at(24, 2n ** 40n)).toContain('claims to be');
  expect(at(24, 60_000n)).toContain('ends inside');
  const lists = writeGguf({ metadata: [['k', ['a', 'b']]] });
  expect(at(24 + 8 + 1 + 8, 1n << 23n, lists)).toContain('ends inside');
});

test('kinds that GGUF does not have, and lists of lists, are refused', () => {
  const file = writeGguf({ metadata: [['k', 1]] });
  file[24 + 8 + 1] = 13;
  expect(messageOf(file)).toContain('kind 13');
  const list = writeGguf({ metadata: [['k', ['a']]] });
  list[24 + 8 + 1 + 4] = 9;
  expect(messageOf(list)).toContain('list of lists');
  const flag = writeGguf({ metadata: [['k', true]] });
  flag[24 + 8 + 1 + 4] = 2;
  expect(messageOf(flag)).toContain('neither true nor false');
});

test('tensors that lie wrongly, twice or in no possible shape are refused', () => {
  const one = { name: 'a', shape: [8], bytes: floats(1, 2, 3, 4, 5, 6, 7, 8) };
  const tensors = (...list: NonNullable<WrittenFile['tensors']>) => messageOf(writeGguf({ tensors: list }));
  expect(tensors(one, one)).toContain('twice');
  expect(tensors(one, { ...one, name: 'b', offset: 0 })).toContain('over each other');
  expect(tensors(one, { ...one, name: 'b', offset: 8 })).toContain('no multiple of 32');
  expect(tensors({ ...one, offset: 2 ** 52 })).toContain('ends before');
  expect(tensors({ ...one, shape: [0, 8] })).toContain('impossible shape');
  expect(tensors({ ...one, shape: [2 ** 40, 2 ** 40] })).toContain('impossible shape');
  expect(tensors({ ...one, shape: [1, 1, 1, 1, 8] })).toContain('5 dimensions');
  expect(tensors({ ...one, shape: [2, 16], type: 8 })).toContain('rows of 16');
  expect(tensors({ ...one, type: 13 })).toContain('Q5_K');
  expect(tensors({ ...one, type: 99 })).toContain('type 99');
});

test('another alignment is kept to, and an impossible one is refused', () => {
  const aligned = { ...two, metadata: [['general.alignment', 64]], alignment: 64 } as const;
  expect(readGguf(writeGguf(aligned)).tensors.get('second')!.bytes.length).toBe(8);
  expect(messageOf(writeGguf({ metadata: [['general.alignment', 0]] }))).toContain('power of two');
  expect(messageOf(writeGguf({ metadata: [['general.alignment', 24]] }))).toContain('power of two');
  expect(
    messageOf(
      writeGguf({
        metadata: [
          ['a', 1],
          ['a', 2],
        ],
      }),
    ),
  ).toContain('twice');
});
