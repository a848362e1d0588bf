import type { ApiKey } from '../accounts/api-key.ts';
import {
  type ContentPolicy,
  isSampled,
  modeOf,
  NOTHING_STORED,
  readContentPolicy,
} from '../accounts/content-policy.ts';
import type { KeyVault } from '../accounts/sealed-secret.ts';
import {
  type ContentFacts,
  type ContentScope,
  type ContentTotals,
  type SealedContent,
  type StoredContent,
  storedContent,
} from '../accounts/stored-content.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import type { WireFormat } from '../formats/format.ts';
import { type ContentDraft, type ContentIntake, ContentTap } from '../gateway/content-tap.ts';
import { contentBytes, finishContent } from '../gateway/finish-content.ts';
import { type FoldedAnswer, foldAnswer } from '../gateway/fold-answer.ts';
import type { ContentBook } from '../http/content-book.ts';
import type { Storage } from '../storage/open-storage.ts';

const DRAIN_AFTER_MS = 200;
/** While storage is away. */
const RETRY_AFTER_MS = 2_000;
/** So much waits in memory at most: beyond it, what comes is not stored, and counted. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
const BATCH_MAX = 50;
const DAY_MS = 86_400_000;

export interface ContentKeeperParts {
  readonly storage: Pick<Storage, 'contents' | 'getSetting' | 'saveSetting'>;
  readonly vault: KeyVault;
  readonly clock: Clock;
  readonly log: Log;
  readonly formats: ReadonlyMap<string, WireFormat>;
  /** Whose policies there may be. */
  keys(): readonly ApiKey[];
}

/**
 * Stores requests and answers where a workspace wants that: behind the answers, sealed, for a time. What a crash finds in memory is
 * lost, unlike the records of generations, which cost money.
 */
export class ContentKeeper implements ContentIntake, ContentBook {
  lost = 0;
  readonly #parts: ContentKeeperParts;
  readonly #policies = new Map<string, ContentPolicy>();
  readonly #drafts: ContentDraft[] = [];
  readonly #sealed: SealedContent[] = [];
  #waitingBytes = 0;
  #draining: Promise<void> | undefined;
  #cancelDrain: (() => void) | undefined;

  constructor(parts: ContentKeeperParts) {
    this.#parts = parts;
  }

  /** Reads policies again, for changes made by another replica. */
  async refresh(): Promise<void> {
    for (const [name, scope] of this.#scopes()) {
      this.#policies.set(name, readContentPolicy(await this.#parts.storage.getSetting(settingOf(scope))));
    }
  }

  /** Deletes what has expired, by what its policy said then or says now. */
  async sweep(): Promise<number> {
    const { storage, clock } = this.#parts;
    const nowMs = clock.nowMs();
    let removed = await storage.contents.sweep(nowMs);
    for (const scope of this.#scopes().values()) {
      const beforeMs = nowMs - this.policy(scope).retentionDays * DAY_MS;
      removed += await storage.contents.remove(scope, { beforeMs });
    }
    return removed;
  }

  open(key: ApiKey, sample: string): ContentTap | undefined {
    const policy = this.#policies.get(nameOf(key));
    if (policy === undefined) return undefined;
    const mode = modeOf(policy, key.hash);
    if (mode === 'off' || (mode === 'all' && !isSampled(policy, sample))) return undefined;
    return new ContentTap({ key, policy, mode, keep: (draft) => this.#keep(draft) });
  }

  policy(scope: ContentScope): ContentPolicy {
    return this.#policies.get(nameOf(scope)) ?? NOTHING_STORED;
  }

  async changePolicy(scope: ContentScope, change: (policy: ContentPolicy) => ContentPolicy): Promise<ContentPolicy> {
    const { storage } = this.#parts;
    const policy = change(readContentPolicy(await storage.getSetting(settingOf(scope))));
    await storage.saveSetting(settingOf(scope), JSON.stringify(policy));
    this.#policies.set(nameOf(scope), policy);
    await this.sweep();
    return policy;
  }

  async facts(generationId: string): Promise<ContentFacts | undefined> {
    await this.drain();
    const facts = this.#unwritten(generationId) ?? (await this.#parts.storage.contents.facts(generationId));
    return facts && !this.#isOver(facts) ? facts : undefined;
  }

  async find(generationId: string): Promise<StoredContent | 'unreadable' | undefined> {
    await this.drain();
    const { storage, vault } = this.#parts;
    const found = this.#unwritten(generationId) ?? (await storage.contents.find(generationId));
    if (!found || this.#isOver(found)) return undefined;
    const opened = vault.open(purposeOf(generationId), found.sealed);
    return opened ? storedContent.parse(JSON.parse(opened.reveal())) : 'unreadable';
  }

  async fold({ format, answer, streamed }: StoredContent): Promise<FoldedAnswer | undefined> {
    if (answer.isFolded) return { completion: answer.text, reasoning: undefined };
    const spoken = this.#parts.formats.get(format);
    return spoken && foldAnswer(spoken, answer.text, streamed);
  }

  async totals(scope: ContentScope): Promise<ContentTotals> {
    await this.drain();
    return this.#parts.storage.contents.totals(scope);
  }

  async remove(scope: ContentScope, keyHash?: string): Promise<number> {
    await this.drain();
    return this.#parts.storage.contents.remove(scope, keyHash === undefined ? {} : { keyHash });
  }

  async removeOne(generationId: string): Promise<boolean> {
    await this.drain();
    return this.#parts.storage.contents.removeOne(generationId);
  }

  /** Writes what waits. Never throws: what storage does not take now waits on. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async close(): Promise<void> {
    await this.drain();
    this.#cancelDrain?.();
  }

  /** Each workspace that has keys, by its name. */
  #scopes(): ReadonlyMap<string, ContentScope> {
    return new Map(this.#parts.keys().map((key) => [nameOf(key), key]));
  }

  /** What storage did not take yet. */
  #unwritten(generationId: string): SealedContent | undefined {
    return this.#sealed.find((content) => content.generationId === generationId);
  }

  #keep(draft: ContentDraft): void {
    // Switched off while the answer was under way.
    if (modeOf(this.policy(draft.key), draft.key.hash) === 'off') return;
    const bytes = sizeOf(draft);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      if (this.lost++ === 0) this.#parts.log.write('warn', 'Requests and answers are not stored: storage is away', {});
      return;
    }
    this.#waitingBytes += bytes;
    this.#drafts.push(draft);
    this.#drainAfter(DRAIN_AFTER_MS);
  }

  #drainAfter(ms: number): void {
    this.#cancelDrain ??= this.#parts.clock.after(ms, () => {
      this.#cancelDrain = undefined;
      void this.drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#drafts.length > 0 || this.#sealed.length > 0) {
      while (this.#drafts.length > 0 && this.#sealed.length < BATCH_MAX) {
        await this.#seal(this.#drafts.shift()!);
        // Sealing takes milliseconds: answers that are under way go on in between.
        await new Promise(setImmediate);
      }
      const batch = this.#sealed.slice(0, BATCH_MAX);
      try {
        await this.#parts.storage.contents.save(batch);
      } catch (error) {
        this.#parts.log.write('debug', 'Requests and answers are not stored yet', { error: String(error) });
        this.#drainAfter(RETRY_AFTER_MS);
        return;
      }
      this.#sealed.splice(0, batch.length);
      for (const { sealed } of batch) this.#waitingBytes -= sealed.length;
    }
  }

  async #seal(draft: ContentDraft): Promise<void> {
    const { vault, formats } = this.#parts;
    const { id, createdAtMs, key, policy } = draft;
    const content = await finishContent(draft, formats.get(draft.format));
    const sealed = vault.seal(purposeOf(id), new Secret(JSON.stringify(content)));
    this.#waitingBytes += sealed.length - sizeOf(draft);
    this.#sealed.push({
      ...{ generationId: id, accountId: key.accountId, workspaceId: key.workspaceId, keyHash: key.hash, createdAtMs },
      expiresAtMs: createdAtMs + policy.retentionDays * DAY_MS,
      bytes: contentBytes(content),
      sealed,
    });
  }

  #isOver({ createdAtMs, expiresAtMs, ...scope }: ContentFacts): boolean {
    const nowMs = this.#parts.clock.nowMs();
    return expiresAtMs <= nowMs || createdAtMs + this.policy(scope).retentionDays * DAY_MS <= nowMs;
  }
}

function nameOf({ accountId, workspaceId }: ContentScope): string {
  return `${accountId}/${workspaceId}`;
}

function settingOf(scope: ContentScope): string {
  return `stored-content/${nameOf(scope)}`;
}

function purposeOf(generationId: string): string {
  return `content/${generationId}`;
}

function sizeOf({ request, answer, sent }: ContentDraft): number {
  return [request, answer, ...sent].flatMap(({ pieces }) => pieces).reduce((sum, piece) => sum + piece.length, 0);
}
