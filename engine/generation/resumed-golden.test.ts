import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { openEngine } from '../open-engine.ts';
import { GREEDY, runAll, taskOf } from './bundled.test-data.ts';

const read = (path: string) => Bun.file(join(import.meta.dir, '..', path)).bytes();

test('with random weights, whose text is hardly any, an answer goes on from every byte as if it was never cut', async () => {
  const files = {
    weights: await read('parity/golden/model.gguf'),
    kernels: await read('kernels/kernels.wasm'),
    readCodec: () => Promise.reject(new Error('no pictures here')),
  };
  const limits = {
    slots: 4,
    waitingMax: 8,
    contextTokens: 512,
    outputTokensMax: 64,
    cacheTokens: 2048,
    memoryBytesMax: 2 ** 27,
    pictureTilesMax: 1,
  };
  const engine = await openEngine(files, limits, {
    pause: () => new Promise(setImmediate),
    onBroken: (error) => {
      throw error;
    },
  });
  // Control tokens leave no trace in a text, so nobody could go on behind one.
  const { tokenizer } = engine;
  const control = Array.from({ length: tokenizer.size }, (_, token) => token).filter((token) =>
    tokenizer.isSpecial(token),
  );
  const sampling = { ...GREEDY, logitBias: new Map(control.map((token) => [token, -100])) };
  for (const prompt of ['The capital of France is', 'x = [1, 2,', '你好']) {
    const tokens = engine.tokenizer.encode(prompt, { special: 'text' });
    const [whole] = runAll(engine.scheduler, [taskOf(tokens, { sampling, outputTokensMax: 24 })]);
    expect(whole!.bytes.length).toBeGreaterThan(8);
    for (let cut = 1; cut < whole!.bytes.length; cut++) {
      const resumed = whole!.bytes.subarray(0, cut);
      const [rest] = runAll(engine.scheduler, [taskOf(tokens, { sampling, resumed, outputTokensMax: 24 })]);
      expect([...resumed, ...rest!.bytes].slice(0, whole!.bytes.length)).toEqual([...whole!.bytes]);
    }
  }
});
