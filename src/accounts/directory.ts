import type { Clock } from '../base/clock.ts';
import type { AccountStore } from './account-store.ts';
import type { ApiKey, LimitReset } from './api-key.ts';

export type AuthenticationProblem = 'malformed' | 'unknown' | 'disabled' | 'expired';

/** All keys in memory, so that authentication never reads storage. Changes go to storage first, then to memory. */
export interface AccountDirectory {
  readonly store: AccountStore;
  readonly clock: Clock;
  /** The key behind a credential, or why there is none. Synchronous: hash, look up, compare in constant time. */
  authenticate(credential: string): ApiKey | AuthenticationProblem;
  list(): readonly ApiKey[];
  find(hash: string): ApiKey | undefined;
  /** Returns the record and the key text, which is shown this once. */
  create(draft: ApiKeyDraft): Promise<{ readonly key: ApiKey; readonly text: string }>;
  update(hash: string, change: ApiKeyChange): Promise<ApiKey | undefined>;
  remove(hash: string): Promise<boolean>;
  /** Reads storage again, for changes made by the CLI or by another replica. */
  refresh(): Promise<void>;
}

export interface ApiKeyDraft {
  readonly name: string;
  readonly accountId: string;
  readonly isManagement: boolean;
  readonly limitPico?: bigint;
  readonly limitReset?: LimitReset;
  readonly includeByokInLimit?: boolean;
  readonly expiresAtMs?: number;
  readonly creatorUserId?: string;
  readonly workspaceId?: string;
  /** Instead of its first and last characters, for a key whose text nobody is told. */
  readonly label?: string;
}

/** Absent fields stay; `limitPico: 'none'` and `limitReset: 'none'` remove. */
export interface ApiKeyChange {
  readonly name?: string;
  readonly disabled?: boolean;
  readonly includeByokInLimit?: boolean;
  readonly limitPico?: bigint | 'none';
  readonly limitReset?: LimitReset | 'none';
}

/** The one account and workspace of a fresh installation. */
export const HOME_ACCOUNT = 'home';
/** A fixed UUID, since OpenRouter's workspaces are UUIDs. */
export const HOME_WORKSPACE = '00000000-0000-4000-8000-000000000001';
