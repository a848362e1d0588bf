import { expect, test } from 'bun:test';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { bundledWeights } from './bundled.ts';
import { checkLlama4Projector, checkLlama4Weights, GgufError, parseGgufHeader } from './gguf-header.ts';

const weights = bundledWeights(`${import.meta.dir}/../..`);
const model = await readFile(weights.model);
const projector = await readFile(weights.projector);

test('the bundled files pass, and each only in its own place', () => {
  const header = parseGgufHeader(model, model.length, 'model');
  expect([header.architecture, header.values.get('llama4.expert_count'), header.tensorNames.size]).toEqual([
    'llama4',
    16,
    56,
  ]);
  checkLlama4Weights(header, 'model');
  const eyes = parseGgufHeader(projector, projector.length, 'projector');
  checkLlama4Projector(eyes, 'projector');
  expect(() => checkLlama4Weights(eyes, 'projector')).toThrow(
    'projector holds the architecture "clip" instead of "llama4"',
  );
  expect(() => checkLlama4Projector(header, 'model')).toThrow('model holds a projector of type "unknown"');
});

test('a projector with the misplaced norm is refused', () => {
  const header = parseGgufHeader(projector, projector.length, 'projector');
  const tensorNames = new Set([...header.tensorNames, 'v.blk.0.attn_post_norm.weight']);
  expect(() => checkLlama4Projector({ ...header, tensorNames }, 'projector')).toThrow('misplaces a norm');
});

test('a file cut at any byte is refused in words', () => {
  for (let length = 0; length < projector.length; length += length < 5000 ? 37 : 9973) {
    expect(() => parseGgufHeader(projector.subarray(0, length), length, 'file')).toThrow(GgufError);
  }
  expect(() => parseGgufHeader(model, model.length - 1, 'file')).toThrow('file is truncated');
});

test('no bytes make the reader do anything but answer or say what is wrong', () => {
  const head = Buffer.from(projector.subarray(0, 5000));
  fc.assert(
    fc.property(fc.nat(4999), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, bytes) => {
      const changed = Buffer.from(head);
      changed.set(bytes.subarray(0, Math.min(bytes.length, 5000 - at)), at);
      try {
        parseGgufHeader(changed, projector.length, 'file');
      } catch (error) {
        expect(error).toBeInstanceOf(GgufError);
      }
    }),
  );
});
