import { expect, test } from 'bun:test';
import { logOf } from './ledger.tsx';

test('a day of the ledger leads to its own generations, at the end of a month too', () => {
  expect(decodeURIComponent(logOf('2026-11-30'))).toBe('/generations?q=after:2026-11-30 before:2026-12-01');
});
