import { expect, test } from 'bun:test';
import { printBytes } from './print-bytes.ts';

test('amounts are printed as disks and model pages count', () => {
  expect([0, 1, 999_400, 1e6, 999_400_000, 1e9, 114.5e9].map(printBytes)).toEqual([
    ...['0 kB', '1 kB', '1000 kB', '1 MB', '999 MB', '1.0 GB', '114.5 GB'],
  ]);
});
