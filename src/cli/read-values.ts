import { parseUsd } from '../base/money.ts';
import { UsageError } from './command.ts';

/** More than the 64-bit integer of a database could hold beside others. */
const AMOUNT_PICO_MAX = 1_000_000n * 1_000_000_000_000n;

const MS_PER = { h: 3_600_000, d: 86_400_000 } as const;

/** A positive amount of US dollars, in picodollars. */
export function readAmount(what: string, text: string): bigint {
  const amountPico = parseUsd(text.replace(/^\$/, ''));
  if (amountPico === undefined) throw new UsageError(`${what} takes an amount in US dollars, such as 5 or 0.25.`);
  if (amountPico <= 0n || amountPico > AMOUNT_PICO_MAX)
    throw new UsageError(`${what} takes an amount above 0 and up to 1000000.`);
  return amountPico;
}

/** `12h` and `30d` from now, or an ISO date or time (UTC unless it says otherwise); milliseconds since 1970. */
export function readMoment(what: string, text: string, nowMs: number): number {
  const momentMs = readDuration(text, nowMs) ?? readDate(text);
  if (momentMs === undefined || Number.isNaN(momentMs))
    throw new UsageError(`${what} takes a date such as 2027-01-31 or a time from now such as 12h or 30d.`);
  if (momentMs <= nowMs) throw new UsageError(`${what} lies in the past.`);
  return momentMs;
}

/** A whole number from 1 to `max`. */
export function readCount(what: string, text: string, max: number): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > max) throw new UsageError(`${what} takes a whole number from 1 to ${max}.`);
  return count;
}

function readDuration(text: string, nowMs: number): number | undefined {
  const match = /^(\d{1,5})([hd])$/.exec(text);
  return match ? nowMs + Number(match[1]) * MS_PER[match[2] as 'h' | 'd'] : undefined;
}

function readDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return undefined;
  // `Date` takes a 30th of February for a day in March.
  const day = Date.parse(text.slice(0, 10));
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  const isWithoutZone = text.includes('T') && !/(Z|[+-]\d{2}:\d{2})$/.test(text);
  return Date.parse(isWithoutZone ? `${text}Z` : text);
}
