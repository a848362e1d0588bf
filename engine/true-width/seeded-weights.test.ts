import { expect, test } from 'bun:test';
import { checkProjector, checkTextModel } from '../files/check-llama4.ts';
import { toFloats } from '../files/dequantize.ts';
import { samples } from './answers.json';
import { SCOUT, scoutEye, scoutText } from './scout-layer.ts';
import { bytesOf, plain, quantised } from './seeded-weights.ts';

test('weights made from a hash are those that the reference was given', () => {
  expect([...bytesOf('sample', 40)]).toEqual(samples.bytes);
  expect([...toFloats(quantised('sample', [2, 64], -13)).slice(0, 40)]).toEqual(samples.quantised);
  expect([...toFloats(plain('sample', [5], -9, 1))]).toEqual(samples.plain);
});

test("the layer of Scout's width is a Llama 4 that the engine opens, before any weight is made", () => {
  const { width, heads, keyHeads, headSize } = checkTextModel(scoutText());
  expect({ width, heads, keyHeads, headSize }).toMatchObject({ width: 5120, heads: 40, keyHeads: 8, headSize: 128 });
  expect(checkProjector(scoutEye(), SCOUT.width)).toMatchObject({ tilePixels: 336, patchPixels: 14, width: 1408 });
});
