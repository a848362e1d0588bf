import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { AccountStore } from './account-store.ts';
import { type ApiKey, hashApiKey, hasValidChecksum, labelApiKey, makeApiKeyText } from './api-key.ts';
import {
  type AccountDirectory,
  type ApiKeyChange,
  type ApiKeyDraft,
  type AuthenticationProblem,
  HOME_WORKSPACE,
} from './directory.ts';

export async function openDirectory(parts: {
  readonly store: AccountStore;
  readonly clock: Clock;
}): Promise<AccountDirectory> {
  const directory = new Directory(parts.store, parts.clock);
  await directory.refresh();
  return directory;
}

class Directory implements AccountDirectory {
  readonly store: AccountStore;
  readonly clock: Clock;
  #keys: ReadonlyMap<string, ApiKey> = new Map();
  /** Counts changes of ours, so that a slow reading of storage never undoes one. */
  #changes = 0;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(store: AccountStore, clock: Clock) {
    this.store = store;
    this.clock = clock;
  }

  authenticate(credential: string): ApiKey | AuthenticationProblem {
    const hash = hashApiKey(credential);
    const key = this.#keys.get(hash);
    if (!key || !isSame(key.hash, hash)) return hasValidChecksum(credential) ? 'unknown' : 'malformed';
    if (key.disabled) return 'disabled';
    if (key.expiresAtMs !== undefined && key.expiresAtMs <= this.clock.nowMs()) return 'expired';
    return key;
  }

  list(): readonly ApiKey[] {
    return [...this.#keys.values()].sort((a, b) => b.createdAtMs - a.createdAtMs);
  }

  find(hash: string): ApiKey | undefined {
    return this.#keys.get(hash);
  }

  async create(draft: ApiKeyDraft): Promise<{ readonly key: ApiKey; readonly text: string }> {
    const text = makeApiKeyText();
    const { includeByokInLimit = false, workspaceId = HOME_WORKSPACE, label = labelApiKey(text), ...rest } = draft;
    const key: ApiKey = {
      ...rest,
      hash: hashApiKey(text),
      label,
      disabled: false,
      includeByokInLimit,
      workspaceId,
      createdAtMs: this.clock.nowMs(),
    };
    await this.#exclusively(() => this.#save(key));
    return { key, text };
  }

  async update(hash: string, change: ApiKeyChange): Promise<ApiKey | undefined> {
    return this.#exclusively(async () => {
      // Another replica or the CLI may have changed it: a rename must not undo what they did.
      await this.refresh();
      const known = this.#keys.get(hash);
      if (!known) return undefined;
      const key = changed(known, change, this.clock.nowMs());
      await this.#save(key);
      return key;
    });
  }

  async remove(hash: string): Promise<boolean> {
    return this.#exclusively(async () => {
      const existed = await this.store.deleteApiKey(hash);
      const keys = new Map(this.#keys);
      keys.delete(hash);
      this.#replace(keys);
      return existed;
    });
  }

  async refresh(): Promise<void> {
    for (;;) {
      const changes = this.#changes;
      const keys = await this.store.apiKeys();
      if (changes !== this.#changes) continue;
      this.#keys = new Map(keys.map((key) => [key.hash, key]));
      return;
    }
  }

  async #save(key: ApiKey): Promise<void> {
    await this.store.saveApiKey(key);
    this.#replace(new Map(this.#keys).set(key.hash, key));
  }

  #replace(keys: ReadonlyMap<string, ApiKey>): void {
    this.#keys = keys;
    this.#changes++;
  }

  /** One change after the other, so that two of the same key don't lose one another's fields. */
  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(work);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }
}

function changed(known: ApiKey, change: ApiKeyChange, nowMs: number): ApiKey {
  const { limitPico, limitReset, ...kept } = known;
  const limit = change.limitPico ?? limitPico;
  const reset = change.limitReset ?? limitReset;
  return {
    ...kept,
    ...(change.name !== undefined && { name: change.name }),
    ...(change.disabled !== undefined && { disabled: change.disabled }),
    ...(change.includeByokInLimit !== undefined && { includeByokInLimit: change.includeByokInLimit }),
    ...(limit !== undefined && limit !== 'none' && { limitPico: limit }),
    ...(reset !== undefined && reset !== 'none' && { limitReset: reset }),
    updatedAtMs: nowMs,
  };
}

/** The look-up is by digest, so that timing tells nothing of a key; the comparison keeps it so should the look-up change. */
function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
