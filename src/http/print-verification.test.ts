import { expect, test } from 'bun:test';
import type { Verification } from '../contract/verification.ts';
import { printVerification } from './print-verification.ts';

const MODEL = 'meta-llama/llama-4-scout';
let day = 1;

/** A whole run that passed here; each call is a day later than the one before. */
function run(change: Partial<Verification> = {}): Verification {
  return {
    ...{ id: `ver-${day}`, model: MODEL, created_at: `2026-11-${String(day++).padStart(2, '0')}T10:00:00.000Z` },
    ...{ outcome: 'passed', verdict: 'Llama 4 Scout works here', whole: true, here: true, place: '127.0.0.1:8080' },
    ...{
      score: { passed: 36, failed: 0, skipped: 0 },
      engine: { name: 'llama-server', version: 'b1', model: 's.gguf' },
    },
    ...{ files: [], trunkline: '1.2.3', speed: {} },
    checks: [
      {
        ...{
          id: 'facts-gold',
          group: 'facts',
          question: 'Gold?',
          expected: 'Au',
          got: 'see /srv/secret',
          outcome: 'failed',
        },
        ...{ why: 'another answer', required: true, ms: 5 },
      },
    ],
    ...change,
  };
}

const FAILED = { outcome: 'failed', verdict: 'tool calls fail', score: { passed: 30, failed: 6, skipped: 0 } } as const;
/** As they are kept: newest first. */
const print = (...runs: readonly Verification[]) => printVerification(MODEL, runs.toReversed(), false);

test('a model that nobody checked is not verified', () => {
  expect(print()).toEqual({ model: MODEL, state: 'not-verified', summary: 'not verified on this machine', runs: [] });
});

test('a whole run that passed here makes it verified, with day, engine, file and score', () => {
  day = 1;
  const files = [{ name: 'Scout-Q4_K_M.gguf', bytes: 1, sha256: 'a'.repeat(64), covers: 'edges' } as const];
  const { state, summary } = print(run({ files }));
  expect([state, summary]).toEqual([
    'verified',
    'verified on this machine on 2026-11-01 with llama-server b1 (Scout-Q4_K_M.gguf): 36 of 36 checks passed',
  ]);
});

test.each([
  ['only a part was asked', { whole: false }],
  ['it ran at a hosted provider', { here: false }],
  ['another model answered', { outcome: 'other-model', verdict: 'this is not Scout' }],
  ['nothing answered', { outcome: 'unreached' }],
  ['only files were looked at', { outcome: 'file-only' }],
] as const)('it is not verified where %s', (_, change) => {
  const { state, summary, runs } = print(run(change));
  expect([state, summary.startsWith('not verified on this machine (last try on '), runs.length]).toEqual([
    'not-verified',
    true,
    1,
  ]);
});

test.each(['failed', 'incomplete'] as const)('a run that is %s says what is wrong', (outcome) => {
  day = 3;
  const { state, summary } = print(run({ ...FAILED, outcome }));
  expect([state, summary]).toEqual([
    'failing',
    'checked on this machine on 2026-11-03 with llama-server b1 (s.gguf): 30 of 36 checks passed; tool calls fail',
  ]);
});

test('of one engine the newest whole run counts', () => {
  expect(print(run(FAILED), run()).state).toBe('verified');
  expect(print(run(), run(FAILED)).state).toBe('failing');
  expect(print(run(), run({ outcome: 'unreached' })).state).toBe('verified');
  expect(print(run(), run({ ...FAILED, whole: false })).state).toBe('verified');
  expect(print(run(), run({ outcome: 'other-model' })).state).toBe('not-verified');
});

test('of two engines the one that works makes it verified, and the other is told', () => {
  const vllm = { engine: { name: 'vLLM', model: 'scout' }, place: '127.0.0.1:8000' };
  const { state, summary, runs } = print(run(vllm), run(FAILED));
  expect(state).toBe('verified');
  expect(summary).toEndWith('; not with llama-server b1 (s.gguf): tool calls fail');
  expect(runs.map(({ engine }) => engine.name)).toEqual(['llama-server', 'vLLM']);
});

test('a stranger sees no place, no path and no word of the engine; the administrator sees all', () => {
  const kept = run({ engine: { name: 'vLLM', model: '/home/ann/models/scout.gguf' } });
  const text = JSON.stringify(print(kept));
  for (const secret of ['8080', 'ann', '/srv/secret', '"got"']) expect(text).not.toContain(secret);
  expect(text).toContain('"model":"scout.gguf"');
  expect(text).toContain('another answer');
  expect(printVerification(MODEL, [kept], true).runs).toEqual([kept]);
});
