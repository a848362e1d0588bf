import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatUsd, parseUsd, parseUsdPerMillion, usdNumber } from './money.ts';

test('an amount is the same after it was printed and read', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (pico) => {
      expect(parseUsd(formatUsd(pico))).toBe(pico);
      expect(formatUsd(pico)).not.toMatch(/e|\.$|\.\d*0$/);
    }),
  );
});

test('prices are read exactly, with or without an exponent', () => {
  expect(parseUsdPerMillion('0.08')).toBe(80_000n);
  expect(parseUsdPerMillion('0.000001')).toBe(1n);
  expect(parseUsdPerMillion('1e-1')).toBe(100_000n);
  expect(parseUsd('8e-8')).toBe(80_000n);
  expect(parseUsd('1.5E3')).toBe(1_500_000_000_000_000n);
  expect(parseUsd('-0.5')).toBe(-500_000_000_000n);
  expect(usdNumber(80_000n)).toBe(8e-8);
});

test('what is no plain decimal, or finer than can be kept, is refused', () => {
  for (const text of ['', 'free', '1,5', '0x10', '1.', '.5', 'NaN', 'Infinity', '1e400', '1 2', '0.0000000000001']) {
    expect([text, parseUsd(text)]).toEqual([text, undefined]);
  }
  for (const text of ['-1', '0.0000001', '1e-9']) expect([text, parseUsdPerMillion(text)]).toEqual([text, undefined]);
});
