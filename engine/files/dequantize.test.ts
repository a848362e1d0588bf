import { expect, test } from 'bun:test';
import { toFloats } from './dequantize.ts';
import golden from './golden/quants.json';
import type { TensorType } from './model-file.ts';

test('stored weights of every type become the floats that the gguf package makes of them', () => {
  expect(golden.map(({ type }) => type)).toEqual(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_K', 'Q6_K']);
  for (const { type, count, stored, values } of golden) {
    const bytes = Uint8Array.fromBase64(stored);
    const floats = toFloats({ name: type, type: type as TensorType, shape: [1, count], bytes });
    const expected = new Float32Array(Uint8Array.fromBase64(values).buffer);
    expect(floats.length).toBe(count);
    expect([type, [...floats]]).toEqual([type, [...expected]]);
  }
});

test('weights at an odd place in memory are read as well', () => {
  for (const { type, count, stored } of golden) {
    const bytes = Uint8Array.fromBase64(stored);
    const odd = new Uint8Array(bytes.length + 1);
    odd.set(bytes, 1);
    const tensor = { name: type, type: type as TensorType, shape: [count] };
    expect(toFloats({ ...tensor, bytes: odd.subarray(1) })).toEqual(toFloats({ ...tensor, bytes }));
  }
});
