import { expect, test } from 'bun:test';
import { tellErrors, tellHours } from './tell-incident.ts';

test('the errors of an incident are named, one or many, also of a class that is new', () => {
  expect(tellErrors({ class: 'server', count: 6 })).toBe('6 server errors');
  expect(tellErrors({ class: 'cut', count: 1 })).toBe('1 answer cut off');
  expect(tellErrors({ class: 'cut', count: 5 })).toBe('5 answers cut off');
  expect(tellErrors({ class: 'on_fire', count: 2 })).toBe('2 on fire errors');
});

test('an incident lasts to the end of its last hour, and never into the future', () => {
  const at = (hour: string) => `2026-11-27T${hour}:00:00.000Z`;
  const later = '2026-11-28T09:00:00.000Z';
  expect(tellHours({ first_hour: at('22'), last_hour: at('22') }, later)).toBe('2026-11-27 22:00 to 23:00 UTC');
  expect(tellHours({ first_hour: at('22'), last_hour: at('23') }, later)).toBe(
    '2026-11-27 22:00 to 2026-11-28 00:00 UTC',
  );
  const amid = '2026-11-27T23:37:08.000Z';
  expect(tellHours({ first_hour: at('22'), last_hour: at('23') }, amid)).toBe('2026-11-27 22:00 to 23:37 UTC');
});
