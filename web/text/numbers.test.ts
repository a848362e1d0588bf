import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  add,
  bytes,
  compact,
  compareDecimals,
  counted,
  dollars,
  duration,
  exact,
  exactDollars,
  multiply,
  percent,
  pricePerMillion,
} from './numbers.ts';

describe('prices', () => {
  test('are shown per million tokens with at least two figures, and never as nothing when they are something', () => {
    const shown = [
      '0.00000008',
      '0.0000000075',
      '0.0000125',
      '0',
      '0.000000000001',
      '1e-7',
      '0.0000003',
      '0.000001204',
    ];
    expect(shown.map((price) => pricePerMillion(price))).toEqual([
      ...['$0.08', '$0.0075', '$12.50', '$0', '$0.000001', '$0.10', '$0.30', '$1.20'],
    ]);
  });

  test('that nobody knows are a dash, not zero', () => {
    for (const unknown of [undefined, null, '', 'free', '-1', 'NaN']) expect(pricePerMillion(unknown)).toBe('—');
  });

  test('above zero never read as zero, whatever they are', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 15n), fc.integer({ min: 0, max: 24 }), (digits, scale) => {
        const text = digits.toString().padStart(scale + 1, '0');
        const amount = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
        expect(dollars(amount)).toMatch(/[1-9]/);
      }),
    );
  });
});

test('amounts keep their cents, their sign and their thousands', () => {
  expect(['1204.5', '-3.456', '0.0032', '0', '12', '0.999'].map((amount) => dollars(amount))).toEqual([
    ...['$1,204.50', '-$3.46', '$0.0032', '$0', '$12.00', '$1.00'],
  ]);
});

test('sums and products of money are exact', () => {
  expect(add('0.1', '0.2')).toBe('0.3');
  expect(add('1', '-1')).toBe('0');
  expect(multiply('0.00000008', 1_000_000)).toBe('0.08');
  expect(compareDecimals('0.00000008', '0.0000001')).toBe(-1);
  expect([undefined, '2', '1'].sort((a, b) => compareDecimals(a, b))).toEqual(['1', '2', undefined]);
});

test('counts are short in three figures and exact on request', () => {
  expect([999, 1000, 327_680, 999_950, 13_800_000_000, 0, 1.5, undefined].map((count) => compact(count))).toEqual([
    ...['999', '1K', '328K', '1M', '13.8B', '0', '1.5', '—'],
  ]);
  expect([exact(327_680), exact(-1200), counted(1, 'request'), counted(2000, 'request')]).toEqual([
    ...['327,680', '-1,200', '1 request', '2,000 requests'],
  ]);
});

test('a share reads as whole only when it is', () => {
  expect([percent(1), percent(0.99999), percent(0.5), percent(0), percent(undefined)]).toEqual([
    ...['100 %', '99.99 %', '50 %', '0 %', '—'],
  ]);
});

test('durations and sizes have one unit that fits', () => {
  expect([0, 0.4, 340, 1250, 59_990, 125_000, 7_260_000].map((ms) => duration(ms))).toEqual([
    ...['0 ms', '< 1 ms', '340 ms', '1.25 s', '59.99 s', '2 min 5 s', '2 h 1 min'],
  ]);
  expect([bytes(512), bytes(4_800_000), bytes(65 * 1024 ** 3)]).toEqual(['512 B', '4.6 MB', '65 GB']);
});

test('a bill keeps every digit', () => {
  expect(['0.0000006', '1204.50', '-0.00000055', '0', '0.000', 'x'].map(exactDollars)).toEqual([
    '$0.0000006',
    '$1,204.5',
    '-$0.00000055',
    '$0',
    '$0',
    '—',
  ]);
});
