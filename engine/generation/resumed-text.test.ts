import { beforeAll, describe, expect, test } from 'bun:test';
import type { Engine } from '../open-engine.ts';
import type { SamplingOptions } from '../sampling/sampler.ts';
import { endless, GREEDY, openBundledModel, question, runAll, taskOf } from './bundled.test-data.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openBundledModel({ slots: 8 });
});

/** The answer in one go, and from each of the cuts on, side by side. */
function resumeEverywhere(text: string, sampling: SamplingOptions, outputTokensMax: number) {
  const tokens = question(engine, text);
  const whole = runAll(engine.scheduler, [taskOf(tokens, { sampling, outputTokensMax })])[0]!;
  const resumed: { cut: number; bytes: Uint8Array }[] = [];
  for (let cut = 1; cut < whole.bytes.length; cut++) {
    const task = taskOf(tokens, { sampling, outputTokensMax, resumed: whole.bytes.subarray(0, cut) });
    const { bytes, counts } = runAll(engine.scheduler, [task])[0]!;
    resumed.push({ cut, bytes: Uint8Array.from([...whole.bytes.subarray(0, cut), ...bytes]) });
    const read = counts.promptTokens - whole.counts.promptTokens;
    if (whole.reason === 'stop') expect(read + counts.outputTokens).toBe(whole.counts.outputTokens);
  }
  return { whole, resumed };
}

describe('an answer that goes on from a cut at any byte equals the one that was never cut', () => {
  const questions = [
    'What does a request cost?',
    'How do I get JSON?',
    'How do I stream?',
    'Hi',
    'What is the capital of France?',
  ];

  test.each(questions)('greedy: %s', (text) => {
    const { whole, resumed } = resumeEverywhere(text, GREEDY, 60);
    expect(whole.reason).toBe('stop');
    for (const { bytes } of resumed) expect(bytes).toEqual(whole.bytes);
  });

  test('drawn with a seed and penalties', () => {
    const sampling = { ...GREEDY, temperature: 1.2, topP: 0.95, frequencyPenalty: 1, repetitionPenalty: 1.2, seed: 11 };
    const { whole, resumed } = resumeEverywhere(
      'What does a request cost?',
      { ...sampling, logitBias: endless(engine).logitBias },
      30,
    );
    // The limit counts what is new, so a later cut goes on further.
    for (const { bytes } of resumed) expect(bytes.subarray(0, whole.bytes.length)).toEqual(whole.bytes);
  });

  test('inside a letter of several bytes', () => {
    // Unlikely letters, made likely: the answer is nothing but pieces of characters.
    const pieces = engine.tokenizer.encode('€😀é', { special: 'text' });
    expect(pieces.length).toBeGreaterThan(4);
    const sampling = { ...GREEDY, frequencyPenalty: 2, logitBias: new Map(pieces.map((token) => [token, 100])) };
    const { whole, resumed } = resumeEverywhere('Hi', sampling, 12);
    expect(whole.tokens.every((token) => pieces.includes(token))).toBe(true);
    for (const { bytes } of resumed) expect(bytes.subarray(0, whole.bytes.length)).toEqual(whole.bytes);
  });
});

test('text that the model would never have written is gone on from as it stands', () => {
  const resumed = Buffer.from('Zebra quux: ');
  const task = taskOf(question(engine, 'What does a request cost?'), { resumed, outputTokensMax: 10 });
  const { counts, reason } = runAll(engine.scheduler, [task])[0]!;
  expect(counts.promptTokens).toBeGreaterThan(question(engine, 'What does a request cost?').length + 3);
  expect(['stop', 'length']).toContain(reason);
});
