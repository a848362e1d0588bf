import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { exponential } from './exponential.ts';
import { SeededRandom, splitMix64 } from './random.ts';
import { Sampler, type SamplingOptions } from './sampler.ts';
import { SamplingError, type SamplingErrorCode } from './sampling-error.ts';
import { addToMask, makeTokenMask, type TokenMask } from './token-mask.ts';

const neutral: SamplingOptions = {
  temperature: 1,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  logitBias: new Map(),
  seed: 1,
  topLogprobs: 0,
};
const greedy: SamplingOptions = { ...neutral, temperature: 0 };

function sampler(options: Partial<SamplingOptions>, size: number, prompt: readonly number[] = []): Sampler {
  return new Sampler({ ...neutral, ...options }, size, prompt);
}

function maskOf(tokens: readonly number[], size: number): TokenMask {
  const mask = makeTokenMask(size);
  for (const token of tokens) addToMask(mask, token);
  return mask;
}

function codeOf(run: () => unknown): SamplingErrorCode | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof SamplingError) return error.code;
    throw error;
  }
  return undefined;
}

/** The tokens that may be drawn, by sorting everything: slow, and plainly what the documents say. */
function drawable(logits: readonly number[], options: SamplingOptions): readonly number[] {
  const best = Math.max(...logits);
  const order = logits
    .map((logit, token) => ({ token, logit, weight: Math.exp((logit - best) / options.temperature) }))
    .filter(({ logit }) => logit > -Infinity)
    .sort((a, b) => b.logit - a.logit || a.token - b.token);
  const total = order.reduce((sum, { weight }) => sum + weight, 0);
  const bar = Math.max(options.minP, (options.topA ?? 0) / total);
  const likely = order.filter(({ weight }) => weight >= bar);
  const few = options.topK > 0 ? likely.slice(0, options.topK) : likely;
  const mass = few.reduce((sum, { weight }) => sum + weight, 0) * options.topP;
  const kept: number[] = [];
  let above = 0;
  for (const { token, weight } of few) {
    if (kept.length > 0 && options.topP < 1 && above >= mass) break;
    above += weight;
    kept.push(token);
  }
  return kept.sort((a, b) => a - b);
}

describe('greedy choice', () => {
  test('takes the best score, and the lowest id of equal ones', () => {
    expect(new Sampler(greedy, 5, []).sample(Float32Array.of(0, 3, 1, 3, -1)).token).toBe(1);
    expect(new Sampler(greedy, 3, []).sample(Float32Array.of(-0, 0, -0)).token).toBe(0);
  });

  test('is what a temperature too small to divide by means', () => {
    expect(sampler({ temperature: 1e-320 }, 2).sample(Float32Array.of(1, 1.1)).token).toBe(1);
  });

  test('takes the best that is allowed', () => {
    const logits = Float32Array.from({ length: 100 }, (_, token) => token);
    expect(new Sampler(greedy, 100, []).sample(logits, maskOf([3, 64, 40], 100)).token).toBe(64);
  });

  test('ignores bits of the mask beyond the vocabulary', () => {
    const mask = makeTokenMask(5).fill(0xffffffff);
    expect(new Sampler(greedy, 5, []).sample(Float32Array.of(1, 2, 3, 4, 5), mask).token).toBe(4);
  });
});

describe('truncation', () => {
  /** Small integers make ties common; the smallest temperature makes weights vanish. */
  const logits = fc.array(
    fc.oneof(fc.integer({ min: -4, max: 4 }), fc.float({ min: -20, max: 20, noNaN: true }), fc.constant(-Infinity)),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  const options = fc.record({
    temperature: fc.constantFrom(0.05, 0.3, 1, 2),
    topP: fc.constantFrom(0, 0.01, 0.31, 0.77, 0.95, 1),
    topK: fc.nat(8),
    minP: fc.constantFrom(0, 0, 0.03, 0.4, 1),
    topA: fc.constantFrom(0, 0, 0.11, 0.9),
  });

  test('draws what the documented definition allows, and in the end all of it', () => {
    fc.assert(
      fc.property(logits, options, fc.nat(), (values, chosen, seed) => {
        fc.pre(values.some((value) => value > -Infinity));
        const scores = Float32Array.from(values);
        const set = { ...neutral, ...chosen, seed };
        const possible = drawable([...scores], set);
        const one = new Sampler(set, scores.length, []);
        const drawn = new Set(Array.from({ length: 50 }, () => one.sample(scores).token));
        for (const token of drawn) expect(possible).toContain(token);
        if (possible.length === 1) expect(drawn.size).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });

  test('follows the probabilities that are left', () => {
    const scores = Float32Array.from([0.5, 0.3, 0.15, 0.05].map(Math.log));
    const one = sampler({ topP: 0.9 }, 4);
    const counts = [0, 0, 0, 0];
    for (let round = 0; round < 100_000; round++) counts[one.sample(scores).token]!++;
    const [a, b, c, d] = counts.map((count) => count / 100_000);
    expect(a).toBeCloseTo(0.5 / 0.95, 2);
    expect(b).toBeCloseTo(0.3 / 0.95, 2);
    expect(c).toBeCloseTo(0.15 / 0.95, 2);
    expect(d).toBe(0);
  });

  test('keeps exactly top_k of equal tokens, the lowest ids', () => {
    const one = sampler({ topK: 3 }, 1_000);
    const scores = new Float32Array(1_000).fill(-1.5);
    const drawn = new Set(Array.from({ length: 200 }, () => one.sample(scores).token));
    expect([...drawn].sort()).toEqual([0, 1, 2]);
  });

  test('allowed tokens are all that counts for top_p', () => {
    const one = sampler({ topP: 0.5 }, 4);
    expect(one.sample(Float32Array.of(9, 5, 1, 0), maskOf([1, 2, 3], 4)).token).toBe(1);
  });
});

describe('penalties', () => {
  test('repetition weakens tokens of prompt and answer, on either side of zero', () => {
    const one = new Sampler({ ...greedy, repetitionPenalty: 2 }, 3, [0]);
    expect(one.sample(Float32Array.of(1.9, 1, 0)).token).toBe(1);
    expect(one.sample(Float32Array.of(-1, -1.9, -9)).token).toBe(1);
    one.accept(1);
    expect(one.sample(Float32Array.of(-1, -1.9, -1.9)).token).toBe(2);
  });

  test('frequency counts each occurrence in the answer and none in the prompt', () => {
    const one = new Sampler({ ...greedy, frequencyPenalty: 1 }, 2, [0, 0, 0, 0]);
    const scores = Float32Array.of(2.5, 1);
    const chosen = [1, 2, 3].map(() => {
      const { token } = one.sample(scores);
      one.accept(token);
      return token;
    });
    expect(chosen).toEqual([0, 0, 1]);
  });

  test('presence counts once, however often a token occurred', () => {
    const one = new Sampler({ ...greedy, presencePenalty: 1 }, 2, []);
    for (let round = 0; round < 5; round++) one.accept(0);
    expect(one.sample(Float32Array.of(2.1, 1)).token).toBe(0);
    expect(one.sample(Float32Array.of(1.9, 1)).token).toBe(1);
  });

  test('bias is added before them, and a ban by -100 holds against what a model scores', () => {
    const bias = new Map([
      [0, -100],
      [2, 3],
    ]);
    expect(new Sampler({ ...greedy, logitBias: bias }, 3, []).sample(Float32Array.of(30, 1, -1)).token).toBe(2);
    const penalized = new Sampler({ ...greedy, logitBias: bias, repetitionPenalty: 2 }, 3, [2]);
    expect(penalized.sample(Float32Array.of(0, 1.1, -1)).token).toBe(1);
  });
});

describe('log-probabilities', () => {
  test("are the model's own, whatever the settings", () => {
    const logits = Float32Array.of(1, 2, 3, -Infinity);
    const sum = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));
    const one = sampler({ temperature: 0, topLogprobs: 4, logitBias: new Map([[0, 90]]) }, 4, [2]);
    const { token, logprob, top } = one.sample(logits, maskOf([0], 4));
    expect(token).toBe(0);
    expect(logprob).toBeCloseTo(1 - sum, 12);
    expect(top.map((entry) => entry.token)).toEqual([2, 1, 0]);
    expect(top[0]!.logprob).toBeCloseTo(3 - sum, 12);
  });

  test('are worked out for nobody who did not ask, and bad scores are noticed all the same', () => {
    const unasked = sampler({ temperature: 0, topLogprobs: undefined }, 3);
    expect(unasked.sample(Float32Array.of(1, -Infinity, 3))).toEqual({ token: 2, logprob: undefined, top: [] });
    for (const bad of [NaN, Infinity]) {
      expect(codeOf(() => unasked.sample(Float32Array.of(1, bad, -Infinity)))).toBe('scores-not-finite');
    }
  });

  test('rank as a stable sort does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 80 }), fc.nat(20), (all, k) => {
        const expected = all
          .map((score, token) => ({ score, token }))
          .sort((a, b) => b.score - a.score || a.token - b.token)
          .slice(0, k);
        const { top } = sampler({ topLogprobs: k }, all.length).sample(Float32Array.from(all));
        expect(top.map(({ token }) => token)).toEqual(expected.map(({ token }) => token));
      }),
    );
  });
});

describe('chance', () => {
  test('is what its authors published', () => {
    const mix = splitMix64(1234567n);
    expect([mix(), mix(), mix()]).toEqual([6457827717110365317n, 3203168211198807973n, 9817491932198370423n]);
  });

  test('gives the same text for the same seed in every runtime', () => {
    const random = new SeededRandom(42);
    expect([random.nextUint32(), random.nextUint32(), random.nextUnit()]).toEqual([
      1776835114, 4165204688, 0.003983993377814743,
    ]);
    const one = sampler({ topP: 0.9, seed: 7n }, 500);
    const logits = Float32Array.from({ length: 500 }, (_, token) => ((token * 7919) % 500) / 50);
    expect(Array.from({ length: 8 }, () => one.sample(logits).token)).toEqual([211, 352, 247, 389, 62, 389, 68, 272]);
  });

  test('differs between neighbouring seeds and counts negative ones modulo 2^64', () => {
    expect(new SeededRandom(1).nextUint32()).not.toBe(new SeededRandom(2).nextUint32());
    expect(new SeededRandom(-1).nextUint32()).toBe(new SeededRandom(2n ** 64n - 1n).nextUint32());
  });

  test('the exponential is exact to two units of the last place', () => {
    for (let x = -86.9; x <= 0; x += 0.0137) {
      expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(5e-16);
    }
    expect([exponential(0), exponential(-88), exponential(-Infinity), exponential(NaN)]).toEqual([1, 0, 0, NaN]);
  });
});

describe('refused', () => {
  const scores = Float32Array.of(1, 2);
  const failures: readonly (readonly [string, SamplingErrorCode, () => unknown])[] = [
    ['a score that is no number', 'scores-not-finite', () => sampler({}, 2).sample(Float32Array.of(NaN, 1))],
    ['only scores that are no numbers', 'scores-not-finite', () => sampler({}, 1).sample(Float32Array.of(NaN))],
    [
      'no number among impossible tokens',
      'scores-not-finite',
      () => sampler({}, 2).sample(Float32Array.of(-Infinity, NaN)),
    ],
    ['an infinite score', 'scores-not-finite', () => sampler({}, 2).sample(Float32Array.of(Infinity, 1))],
    [
      'a penalty that makes a score infinite',
      'scores-not-finite',
      () => sampler({ repetitionPenalty: 1e-300 }, 2, [0]).sample(scores),
    ],
    ['no token with a chance', 'nothing-allowed', () => sampler({}, 2).sample(new Float32Array(2).fill(-Infinity))],
    ['an empty mask', 'nothing-allowed', () => sampler({}, 2).sample(scores, makeTokenMask(2))],
    [
      'an empty mask when greedy',
      'nothing-allowed',
      () => sampler({ temperature: 0 }, 2).sample(scores, makeTokenMask(2)),
    ],
    [
      'a mask that allows only the impossible',
      'nothing-allowed',
      () => sampler({}, 2).sample(Float32Array.of(-Infinity, 1), maskOf([0], 2)),
    ],
    ['scores of another vocabulary', 'scores-wrong-size', () => sampler({}, 2).sample(new Float32Array(3))],
    [
      'a mask that is too short',
      'scores-wrong-size',
      () => sampler({}, 64).sample(new Float32Array(64), makeTokenMask(32)),
    ],
    ['an empty vocabulary', 'nothing-allowed', () => sampler({}, 0).sample(new Float32Array(0))],
    ['a prompt token that is none', 'token-unknown', () => sampler({}, 2, [2])],
    ['a bias on a token that is none', 'token-unknown', () => sampler({ logitBias: new Map([[-1, 1]]) }, 2)],
    ['a generated token that is none', 'token-unknown', () => sampler({}, 2).accept(0.5)],
    ['a temperature below 0', 'option-invalid', () => sampler({ temperature: -1 }, 2)],
    ['a temperature that is no number', 'option-invalid', () => sampler({ temperature: NaN }, 2)],
    ['a top_p above 1', 'option-invalid', () => sampler({ topP: 1.1 }, 2)],
    ['half a token', 'option-invalid', () => sampler({ topK: 1.5 }, 2)],
    ['an infinite bias', 'option-invalid', () => sampler({ logitBias: new Map([[0, -Infinity]]) }, 2)],
    ['a seed between two numbers', 'option-invalid', () => sampler({ seed: 0.5 }, 2)],
  ];
  test.each(failures)('%s is %s', (_, code, run) => expect(codeOf(run)).toBe(code));
});
