import { expect, test } from 'bun:test';
import type { CheckGroup, CheckResult } from '../contract/verification.ts';
import { judge } from './judge.ts';
import { greetingCheck, scoutChecks } from './scout-checks.ts';

type Change = Pick<CheckResult, 'outcome'> & Partial<Pick<CheckResult, 'got' | 'why'>>;

/** Everything passed, but for these checks or groups. */
function results(changes: Readonly<Record<string, Change>> = {}): readonly CheckResult[] {
  return [greetingCheck, ...scoutChecks].map(({ run: _, ...check }) => ({
    ...{ ...check, outcome: 'passed', got: 'x', ms: 1 },
    ...(changes[check.id] ?? changes[check.group]),
  }));
}

const failed = (got: string, why = 'another answer'): Change => ({ outcome: 'failed', got, why });
const SKIPPED: Change = { outcome: 'skipped', got: '', why: 'the engine says that it takes no pictures' };
const TOP = { 'pictures-left-right': failed('Top.') };
const SWAPPED = { ...TOP, 'pictures-above-below': failed('On the right') };

test('only a whole run with all that is required makes it work', () => {
  expect(judge(results(), true)).toMatchObject({ outcome: 'passed' });
  expect(judge(results(), true).verdict).toMatch(
    /^Llama 4 Scout works here: all \d+ checks that it must pass are passed$/,
  );
  expect(judge(results(), false).verdict).toBe('all that was asked is passed; the rest was not asked');
});

test.each([
  ['swapped positions', SWAPPED, 'failed', 'positions in pictures fail as in column order'],
  [
    'swapped positions and text',
    { ...SWAPPED, 'pictures-text': failed('ELPAM') },
    'failed',
    'column by column, and text too',
  ],
  ['one position that fits column order', TOP, 'failed', 'positions in pictures fail;'],
  [
    'positions with any answer',
    { ...TOP, 'pictures-above-below': failed('top') },
    'failed',
    'positions in pictures fail;',
  ],
  ['a wrong count', { 'pictures-count': failed('4') }, 'failed', 'pictures fail in: count'],
  ['no picture at all', { pictures: failed('', 'HTTP 500') }, 'failed', 'pictures fail (HTTP 500)'],
  [
    'pictures that could not be asked',
    { pictures: SKIPPED },
    'incomplete',
    'pictures were not all asked (the engine says',
  ],
  ['the long needle', { 'needles-12k': failed('none') }, 'failed', 'long prompts fail beyond a chunk of 8,192 tokens'],
  ['both needles', { needles: failed('none') }, 'failed', 'long prompts fail (another answer)'],
  [
    'two facts',
    { 'facts-gold': failed('Ag'), 'facts-war': failed('1944') },
    'failed',
    'text is wrong in 2 of 14 answers (gold, war)',
  ],
  ['a greeting', { 'identity-answer': failed('what?') }, 'failed', 'text is wrong in 1 of 14 answers (answer)'],
  ['tools', { tools: failed('', 'HTTP 400') }, 'failed', 'tool calls fail (HTTP 400)'],
  ['cancellation', { cancel: failed('') }, 'failed', 'a cancelled stream keeps the engine busy'],
  [
    'a seed',
    { seed: failed('a / b', 'the same seed gave two answers') },
    'passed',
    'seeds are not kept: the same seed gave two answers',
  ],
  ['log-probabilities', { logprobs: { outcome: 'skipped', why: 'not offered' } }, 'passed', 'no log-probabilities'],
] as const)('of %s the verdict speaks', (_, changes, outcome, words) => {
  const judgement = judge(results(changes), true);
  expect(judgement.outcome).toBe(outcome);
  expect(`${judgement.verdict};`).toContain(words);
});

test('what fails is said first', () => {
  expect(judge(results({ ...SWAPPED, pictures: SKIPPED }), true).verdict).toStartWith('positions in pictures fail');
  expect(judge(results({ pictures: SKIPPED }), true).verdict).toStartWith('pictures were not all asked');
});

test('what works beside what fails is said too', () => {
  const { verdict } = judge(results(SWAPPED), true);
  for (const words of ['text works', 'tool calls work', 'JSON schemas are kept', 'long prompts are read'])
    expect(verdict).toContain(words);
});

test('a verdict holds no word of the engine', () => {
  const changes = Object.fromEntries([...scoutChecks].map(({ id }) => [id, failed('/srv/secret')]));
  expect(judge(results(changes), true).verdict).not.toContain('secret');
});

test('every group of checks that is required is spoken of', () => {
  const groups = new Set<CheckGroup>(scoutChecks.filter(({ required }) => required).map(({ group }) => group));
  for (const group of groups)
    expect(judge(results({ [group]: failed('', 'Reason.') }), true).verdict).toMatch(/Reason\.|text is wrong/);
});
