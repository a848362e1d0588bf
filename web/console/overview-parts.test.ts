import { expect, test } from 'bun:test';
import type { Overview, Status } from '../../src/contract/overview.ts';
import { alertsOf, daysLeft, daysOfSpending } from './overview-parts.tsx';

const overviewOf = (left: string | null, month: string) =>
  ({
    spend: { credit_left: left, month, days: Array.from({ length: 10 }, () => ({ spend: '2' })) },
  }) as unknown as Overview;

test('credit lasts as long as the mean of the month says, and endlessly when nothing is spent', () => {
  expect(daysLeft('10', '20', 10)).toBe(5);
  expect(daysLeft('10', '0', 10)).toBe(Number.POSITIVE_INFINITY);
});

test('the pace of a month is counted from its first day that cost anything', () => {
  const spending = (...days: readonly string[]) =>
    daysOfSpending({ spend: { days: days.map((spend) => ({ spend })) } } as unknown as Overview);
  expect(spending('0', '0', '3', '0', '1')).toBe(3);
  expect(spending('1')).toBe(1);
  expect(spending('0', '0')).toBe(2);
});

test('only what is wrong is told', () => {
  const incident = { name: 'Acme', class: 'rate_limited', count: 12, share: 0.4, is_open: true };
  const status = { state: 'ok', incidents: [incident, { ...incident, is_open: false }] } as unknown as Status;
  expect(alertsOf(overviewOf('1000', '1'), undefined)).toEqual([]);
  expect(alertsOf(overviewOf(null, '100'), undefined)).toEqual([]);
  expect(alertsOf(overviewOf('10', '20'), status).map(({ text }) => text)).toEqual([
    'At this month’s pace the credit lasts 5 days.',
    'Acme: 12 rate limited errors, 40 % of its attempts of those hours.',
  ]);
  expect(alertsOf(overviewOf('0', '20'), undefined)[0]?.text).toContain('used up');
});
