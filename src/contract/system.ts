import { z } from 'zod';

/** Shapes of `/api/x/audit`, `/api/x/system`, `/api/x/ledger` and `/api/x/deposits`. */

const cursor = z
  .string()
  .regex(/^\d{1,16}$/, 'must be a cursor that a page before gave')
  .transform(Number)
  .optional();
const limit = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.number().min(1).max(500))
  .optional();

export const auditQuery = z.object({ before: cursor, limit, actor: z.string().max(200).optional() });

export interface AuditEntry {
  readonly sequence: number;
  readonly at: string;
  readonly actor: { readonly kind: 'user' | 'key' | 'nobody' | 'operator'; readonly id: string; readonly name: string };
  /** Such as `key.create`, `session.password`, `user.role`. */
  readonly action: string;
  readonly target: string;
  readonly outcome: 'done' | 'denied' | 'failed';
  readonly detail: string;
  /** SHA-256 over the entry before and this one. */
  readonly hash: string;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** For `before` of the next page; null at the end. */
  readonly next: string | null;
  /** Whether the chain of all entries holds, and where it first does not. */
  readonly chain: { readonly ok: boolean; readonly broken_at: number | null };
}

export interface SystemFacts {
  readonly version: string;
  readonly runtime: string;
  readonly started_at: string;
  readonly uptime_seconds: number;
  readonly memory: { readonly resident_bytes: number; readonly heap_bytes: number };
  readonly storage: { readonly kind: 'sqlite' | 'postgres'; readonly ready: boolean; readonly bytes: number | null };
  readonly journal: { readonly pending: number };
  readonly backups: readonly BackupListing[];
}

export interface BackupListing {
  readonly name: string;
  readonly bytes: number;
  readonly created_at: string;
}

export const ledgerQuery = z.object({ before: z.iso.date().optional(), limit });

/** One UTC day. Amounts are decimal strings in USD. */
export interface LedgerDay {
  readonly date: string;
  readonly deposited: string;
  readonly spent: string;
  readonly generations: number;
  readonly deposits: readonly {
    readonly id: string;
    readonly amount: string;
    readonly note: string;
    readonly created_at: string;
  }[];
}

export interface LedgerPage {
  readonly balance: { readonly deposited: string; readonly spent: string; readonly left: string };
  /** Newest first; days without any movement are left out. */
  readonly days: readonly LedgerDay[];
  /** For `before` of the next page; null at the end. */
  readonly next: string | null;
}

/** An amount in USD as a JSON number or a decimal string; its exact digits count. `id` makes a repeated request one deposit. */
export const depositCreation = z.object({
  amount: z.union([z.number().positive(), z.string().regex(/^\d{1,7}(\.\d{1,12})?$/, 'must be an amount in USD')]),
  note: z
    .string()
    .trim()
    .max(200)
    .regex(/^[^\p{Cc}]*$/u)
    .default(''),
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/)
    .optional(),
});
