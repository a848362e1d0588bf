import { createHash } from 'node:crypto';

/** Who did something: a person by their session, a key, somebody unknown, or whoever may run the CLI on the machine. */
export interface Actor {
  readonly kind: 'user' | 'key' | 'nobody' | 'operator';
  readonly id: string;
  readonly name: string;
}

export interface AuditDraft {
  readonly atMs: number;
  readonly actor: Actor;
  /** Such as `key.create`. */
  readonly action: string;
  /** What it was done to, by its id. */
  readonly target: string;
  readonly outcome: 'done' | 'denied' | 'failed';
  /** A few words; never a secret. */
  readonly detail: string;
}

export interface AuditEntry extends AuditDraft {
  /** 1, 2, 3, … without a gap. */
  readonly sequence: number;
  /** Over the entry before and this one. */
  readonly hash: string;
}

export interface AuditStore {
  append(draft: AuditDraft): Promise<AuditEntry>;
  /** Newest first. */
  entries(query: {
    readonly limit: number;
    readonly beforeSequence?: number;
    readonly actorId?: string;
  }): Promise<readonly AuditEntry[]>;
  /** Oldest first, after `sequence`. */
  entriesAfter(sequence: number, limit: number): Promise<readonly AuditEntry[]>;
  /** What was written last, kept apart from the entries: without it nobody would miss the newest ones. */
  head(): Promise<{ readonly sequence: number; readonly hash: string } | undefined>;
}

export const FIRST_HASH = '0'.repeat(64);
const PAGE = 1_000;

/** The next link of the chain. The fields stand as a JSON list, so that none can reach into its neighbour. */
export function hashEntry(previousHash: string, sequence: number, draft: AuditDraft): string {
  const { atMs, actor, action, target, outcome, detail } = draft;
  const row = JSON.stringify([sequence, atMs, actor.kind, actor.id, actor.name, action, target, outcome, detail]);
  return createHash('sha256').update(previousHash).update(row).digest('hex');
}

/** The first sequence number at which the chain does not hold; undefined when it holds from end to end. */
export async function findBreak(store: AuditStore): Promise<number | undefined> {
  // Read first: what is appended meanwhile is then more than the head asks for, never less.
  const head = await store.head();
  let sequence = 0;
  let hash = FIRST_HASH;
  for (;;) {
    const page = await store.entriesAfter(sequence, PAGE);
    for (const entry of page) {
      if (entry.sequence !== sequence + 1 || entry.hash !== hashEntry(hash, entry.sequence, entry)) return sequence + 1;
      if (entry.sequence === head?.sequence && entry.hash !== head.hash) return entry.sequence;
      ({ sequence, hash } = entry);
    }
    if (page.length < PAGE) break;
  }
  return head !== undefined && head.sequence > sequence ? sequence + 1 : undefined;
}
