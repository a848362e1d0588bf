import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { forecastMonth } from './forecast.ts';

test('an even month goes on evenly, without a band', () => {
  expect(forecastMonth([10n, 10n, 10n, 4n], 30)).toEqual({ lowPico: 300n, middlePico: 300n, highPico: 300n, days: 3 });
});

test('an uneven month has a band of one standard error around its mean', () => {
  // Mean 20, deviation 10, error 10 / √4 = 5 for each of 26 days left.
  const forecast = forecastMonth([8n, 20n, 20n, 32n, 1n], 30)!;
  expect(forecast.middlePico).toBe(600n);
  expect([forecast.lowPico, forecast.highPico]).toEqual([80n + 26n * 16n, 80n + 26n * 24n]);
});

test('two whole days say nothing yet', () => {
  expect(forecastMonth([10n, 10n, 10n], 30)).toBeUndefined();
  expect(forecastMonth([], 30)).toBeUndefined();
});

test('no forecast is below what is spent', () => {
  const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 4, maxLength: 31 });
  fc.assert(
    fc.property(amounts, (spending) => {
      const spent = spending.reduce((sum, one) => sum + one, 0n);
      const { lowPico, middlePico, highPico } = forecastMonth(spending, 31)!;
      expect(lowPico >= spent && lowPico <= middlePico && middlePico <= highPico).toBe(true);
    }),
  );
});
