import { expect, test } from 'bun:test';
import type { Activity, ActivityMeta } from '../../src/contract/overview.ts';
import { printValue, questionOf, readAsked, tableOf, tellChange } from './activity-question.ts';

const NOW_MS = Date.parse('2026-11-20T12:34:56.000Z');
const meta = {
  metrics: [
    { id: 'spend', splits: ['model', 'key'] },
    { id: 'end_to_end_p50', splits: ['model'] },
  ],
  grains: ['hour', 'day'],
} as unknown as ActivityMeta;
const read = (text: string) => readAsked(new URLSearchParams(text), meta);

test('the address says what is asked, and what it has wrong is left out', () => {
  expect(read('metric=end_to_end_p50&split=key&range=7d&grain=hour&f=model:a/b&f=colour:red&compare=1')).toEqual({
    metric: 'end_to_end_p50',
    split: undefined,
    range: '7d',
    grain: 'hour',
    filters: ['model:a/b'],
    isCompared: true,
  });
  expect(read('metric=nonsense&range=9y&grain=hour')).toMatchObject({ metric: 'spend', range: '30d', grain: 'hour' });
  expect(read('range=90d&grain=hour').grain).toBe('');
});

test('a question ends with the hour that goes on, and has filters of one field together', () => {
  expect(questionOf(read('range=24h&f=model:a/b&f=model:c:free&f=key:1'), NOW_MS)).toEqual({
    metric: 'spend',
    split: 'model',
    filters: [
      { field: 'model', values: ['a/b', 'c:free'] },
      { field: 'key', values: ['1'] },
    ],
    from: '2026-11-19T13:00:00.000Z',
    to: '2026-11-20T13:00:00.000Z',
  });
});

test('so many days are so many whole days in UTC, today the last of them; hours end with this hour', () => {
  const between = (text: string) => {
    const { from, to } = questionOf(read(text), NOW_MS);
    return [from, to];
  };
  expect(between('range=7d')).toEqual(['2026-11-14T00:00:00.000Z', '2026-11-21T00:00:00.000Z']);
  expect(between('range=7d&grain=hour')).toEqual(['2026-11-13T13:00:00.000Z', '2026-11-20T13:00:00.000Z']);
});

const activity = {
  unit: 'usd',
  n: 3,
  buckets: ['2026-11-19T00:00:00.000Z', '2026-11-20T00:00:00.000Z'],
  series: [{ id: 'a', name: 'A', values: ['0.1', '0.2'], total: '0.3', n: 3 }],
  total: '0.3',
  previous: { total: '0.2', n: 2, values: ['0.2', null] },
} as unknown as Activity;

test('the table has every digit, and nothing where nothing is known', () => {
  expect(tableOf(activity).rows).toEqual([
    ['2026-11-19 00:00', '0.1', '0.2'],
    ['2026-11-20 00:00', '0.2', undefined],
  ]);
  expect(printValue('0.000000123456', 'usd', true)).toBe('$0.000000123456');
  expect([printValue(null, 'ms'), printValue(12.5, 'percent'), printValue(12_345, 'count')]).toEqual([
    '—',
    '12.5 %',
    '12.3K',
  ]);
});

test('a change is told only against something', () => {
  expect(tellChange(activity)).toBe('Up 50 %: $0.20 in the window before (n = 2).');
  expect(tellChange({ ...activity, previous: { total: '0', n: 0, values: [] } })).toBe(
    '$0 in the window before (n = 0)',
  );
  expect(tellChange({ ...activity, previous: null })).toBeUndefined();
});
