import type { Status } from '../../src/contract/overview.ts';
import { exactTime } from './dates.ts';
import { counted } from './numbers.ts';

type Incident = Status['incidents'][number];

/** One of them, in the words of the endpoint sheet. */
const CLASSES: Readonly<Record<string, string>> = {
  server: 'server error',
  timeout: 'timeout',
  cut: 'answer cut off',
  'rate-limited': 'rate limit',
  'content-filter': 'content filter',
  'bad-request': 'bad request',
  configuration: 'refused key or unknown model',
};
const MANY: Readonly<Record<string, string>> = {
  cut: 'answers cut off',
  configuration: 'refused keys or unknown models',
};

/** `6 server errors`. A class that is new is told by its name. */
export function tellErrors({ class: name, count }: Pick<Incident, 'class' | 'count'>): string {
  const one = CLASSES[name] ?? `${name.replaceAll('_', ' ')} error`;
  return counted(count, one, MANY[name]);
}

const HOUR_MS = 3_600_000;

/** `2026-11-27 22:00 to 23:00 UTC`: from the start of its first hour to the end of its last, or to `at` in the middle of that. */
export function tellHours({ first_hour, last_hour }: Pick<Incident, 'first_hour' | 'last_hour'>, at: string): string {
  const from = exactTime(first_hour).slice(0, 16);
  const to = exactTime(Math.min(Date.parse(last_hour) + HOUR_MS, Date.parse(at))).slice(0, 16);
  return `${from} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to} UTC`;
}
