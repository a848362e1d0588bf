import { expect, test } from 'bun:test';
import { logTicks, zeroAxis } from './axis-ticks.ts';
import { toCsv } from './chart-table.ts';
import { binValues } from './histogram-bins.ts';
import { paretoLine } from './pareto.ts';
import { summariseDays, summariseSpread, summariseUptime } from './summarise.ts';

test('a cell that a spreadsheet would run is taken for text, and a negative number stays a number', () => {
  const columns = [{ name: 'App' }, { name: 'Tokens', isFigure: true }];
  const rows = [
    ['=HYPERLINK("http://x")', -3],
    ['+1', 0.5],
    ['-1', undefined],
    ['@sum', 12],
    ['\tx', Number.NaN],
    ['a, "b"\nc', 1],
    ['plain=', 2],
  ];
  expect(toCsv({ columns, rows }).split('\r\n')).toEqual([
    'App,Tokens',
    `"'=HYPERLINK(""http://x"")",-3`,
    "'+1,0.5",
    "'-1,",
    "'@sum,12",
    "'\tx,",
    '"a, ""b""\nc",1',
    'plain=,2',
  ]);
});

test('days are summed, the largest is named, and a trend is told only from whole days', () => {
  const days = (totals: readonly number[]) =>
    totals.map((total, index) => ({ date: `2026-03-${String(index + 1).padStart(2, '0')}`, total }));
  expect(summariseDays(days([0, 0]), 'tokens')).toBe('No tokens in 2 days.');
  expect(summariseDays(days([10, 40, 20]), 'tokens')).toBe('70 tokens in 3 days; most on Mar 2 with 40.');
  // Today's single token is no fall: the day is not over.
  expect(summariseDays(days([10, 10, 10, 20, 20, 20, 1]), 'tokens')).toBe(
    '91 tokens in 7 days; most on Mar 4 with 20. Up 100 % on the 3 days before.',
  );
  expect(summariseDays(days([20, 20, 20, 10, 10, 10, 90]), 'tokens')).toContain('Down 50 %');
});

test('uptime is told from its own number of requests on, and never rounded up to whole', () => {
  const day = { success: 29_999, error: 1 };
  expect(summariseUptime(day, [day, { success: 0, error: 0 }], 50)).toBe(
    '99.99 % of 30,000 requests over 1 day with traffic, 1 with errors.',
  );
  expect(summariseUptime({ success: 12, error: 0 }, [], 50)).toBe('Too little data: 12 of 50 requests.');
  expect(summariseUptime({ success: 0, error: 0 }, [], 50)).toBe('No request that counts yet.');
});

test('the best of several is the lowest time or the highest speed', () => {
  const spreads = [
    { name: 'A', n: 30, p50: 200 },
    { name: 'B', n: 30, p50: 100 },
    { name: 'C', n: 3, p50: undefined },
  ];
  const ms = (value: number) => `${value} ms`;
  expect(summariseSpread(spreads, ms, true)).toStartWith('Best of 2: B with a median of 100 ms');
  expect(summariseSpread(spreads, ms, false)).toStartWith('Best of 2: A with a median of 200 ms');
  expect(summariseSpread([spreads[2]!], ms, true)).toBe('Too little data: 3 samples.');
});

test('the line of best trades leaves out what another beats on both axes, and equals too', () => {
  const at = (x: number, y: number) => ({ x, y });
  const points = [at(1, 10), at(2, 30), at(2, 20), at(3, 25), at(4, 40), at(5, 40)];
  expect(paretoLine(points, 'low', 'high')).toEqual([at(1, 10), at(2, 30), at(4, 40)]);
  expect(paretoLine(points, 'high', 'low')).toEqual([at(1, 10), at(2, 20), at(3, 25), at(5, 40)]);
  expect(paretoLine([], 'low', 'low')).toEqual([]);
});

test('a logarithmic axis has round ticks, few of them', () => {
  expect(logTicks([0.9, 12])).toEqual([1, 2, 5, 10]);
  expect(logTicks([0.01, 100_000]).every((tick) => Number.isInteger(Math.log10(tick)))).toBe(true);
  expect(logTicks([1, 1e12]).length).toBeLessThanOrEqual(7);
});

test('an axis from zero holds its largest value, and an empty one divides by nothing', () => {
  const axis = zeroAxis(97, 100, 0);
  expect([axis.at(0), axis.at(97) >= 0, axis.ticks[0]]).toEqual([100, true, 0]);
  expect(Number.isFinite(zeroAxis(0, 100, 0).at(0))).toBe(true);
});

test('each value falls into one bin, the largest into the last', () => {
  const bins = binValues([0, 1, 2, 3, 10, Number.NaN], 5);
  expect(bins.map(({ count }) => count)).toEqual([2, 2, 0, 0, 1]);
  expect(binValues([1, 10, 100, 0], 2, true).map(({ count }) => count)).toEqual([1, 2]);
  expect([binValues([7, 7], 5), binValues([], 5)]).toEqual([[{ from: 7, to: 7, count: 2 }], []]);
});
