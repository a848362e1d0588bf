import type { KeyListing } from '../../src/contract/api-key.ts';
import { dollars } from '../text/numbers.ts';

const RESETS: Readonly<Record<string, string>> = { daily: 'today', weekly: 'this week', monthly: 'this month' };

/** The API has amounts as JSON numbers; their digits are those of the text. */
export function amountOf(amount: number | null): string | undefined {
  return amount === null ? undefined : String(amount);
}

export interface LimitFacts {
  /** 0 to 1, for a bar. */
  readonly share: number;
  readonly text: string;
}

/** What of the limit is used in its window; undefined without a limit. */
export function limitFacts({ limit, limit_remaining: left, limit_reset: reset }: KeyListing): LimitFacts | undefined {
  if (limit === null || left === null) return undefined;
  const used = Math.max(0, limit - left);
  // Only drawn; the words say what is left, which the API knows exactly.
  const share = limit === 0 ? 1 : Math.min(1, used / limit);
  const window = reset === null ? '' : ` ${RESETS[reset] ?? ''}`;
  return { share, text: `${dollars(String(left))} left of ${dollars(String(limit))}${window}` };
}

export type KeyState = 'active' | 'disabled' | 'expired' | 'used up';

export function stateOf(key: KeyListing, nowMs: number): KeyState {
  if (key.disabled) return 'disabled';
  if (key.expires_at !== null && Date.parse(key.expires_at) <= nowMs) return 'expired';
  return key.limit_remaining !== null && key.limit_remaining <= 0 ? 'used up' : 'active';
}

export interface KeyDraft {
  readonly name: string;
  /** Dollars as typed; empty is none. */
  readonly limit: string;
  readonly reset: string;
  /** A date, in UTC; empty is never. */
  readonly expires: string;
  readonly includesByok: boolean;
}

export const EMPTY_DRAFT: KeyDraft = { name: '', limit: '', reset: '', expires: '', includesByok: false };

export function draftOf(key: KeyListing): KeyDraft {
  return {
    name: key.name,
    limit: amountOf(key.limit) ?? '',
    reset: key.limit_reset ?? '',
    expires: key.expires_at?.slice(0, 10) ?? '',
    includesByok: key.include_byok_in_limit,
  };
}

/** What is wrong with a draft, by field; empty when it may be sent. */
export function problemsOf(draft: KeyDraft, nowMs: number): Partial<Record<keyof KeyDraft, string>> {
  const expiresMs = Date.parse(`${draft.expires}T23:59:59Z`);
  return {
    ...(draft.name.trim() === '' && { name: 'A key needs a name' }),
    ...(draft.limit !== '' && !/^\d{1,7}(?:\.\d{1,12})?$/.test(draft.limit) && { limit: 'Dollars, such as 5 or 0.25' }),
    ...(draft.reset !== '' && draft.limit === '' && { reset: 'Only a limit can start anew' }),
    ...(draft.expires !== '' && !(expiresMs > nowMs) && { expires: 'A day that is not over yet' }),
  };
}

/** As `POST /api/v1/keys` and `PATCH /api/v1/keys/:hash` take it. When a key expires is said once, at its making. */
export function bodyOf(draft: KeyDraft, isNew: boolean): Record<string, unknown> {
  return {
    name: draft.name.trim(),
    limit: draft.limit === '' ? null : Number(draft.limit),
    limit_reset: draft.reset === '' ? null : draft.reset,
    include_byok_in_limit: draft.includesByok,
    ...(isNew && draft.expires !== '' && { expires_at: `${draft.expires}T23:59:59Z` }),
  };
}
