import { createHash } from 'node:crypto';
import { randomText } from '../base/ids.ts';

export type LimitReset = 'daily' | 'weekly' | 'monthly';

/** A caller's secret as it is kept: only the SHA-256 of the key, never the key. */
export interface ApiKey {
  /** SHA-256 of the whole key, lower-case hex: its public identifier, as OpenRouter's `hash`. */
  readonly hash: string;
  readonly accountId: string;
  readonly name: string;
  /** Masked key for display: prefix and last characters. */
  readonly label: string;
  /** Management keys administer and cannot generate; inference keys generate and cannot administer. */
  readonly isManagement: boolean;
  readonly disabled: boolean;
  /** Spending limit in picodollars per window; undefined means none. */
  readonly limitPico?: bigint;
  readonly limitReset?: LimitReset;
  readonly includeByokInLimit: boolean;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly updatedAtMs?: number;
  readonly expiresAtMs?: number;
  readonly creatorUserId?: string;
  readonly workspaceId: string;
}

export const KEY_PREFIX = 'sk-tl-v1-';
const SECRET_LENGTH = 43;

/** A new key: 43 base-62 characters (256 bits) and a checksum that lets a mistyped key be refused without a look-up. */
export function makeApiKeyText(): string {
  const secret = randomText(SECRET_LENGTH);
  return KEY_PREFIX + secret + checksum(secret);
}

export function hashApiKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function labelApiKey(text: string): string {
  return `${text.slice(0, KEY_PREFIX.length + 3)}...${text.slice(-3)}`;
}

export function hasValidChecksum(text: string): boolean {
  const body = text.slice(KEY_PREFIX.length);
  return (
    text.startsWith(KEY_PREFIX) &&
    body.length === SECRET_LENGTH + 6 &&
    checksum(body.slice(0, SECRET_LENGTH)) === body.slice(SECRET_LENGTH)
  );
}

function checksum(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 6);
}
