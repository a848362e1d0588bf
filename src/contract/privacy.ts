import { z } from 'zod';

/** Shapes of `/api/x/privacy`. */

export const privacyChange = z.object({
  /** Generation records older than so many days are deleted; null keeps them for ever. */
  retention_days: z.number().int().min(1).max(3_650).nullable().optional(),
  /** Requests and answers are kept, encrypted, from now on. */
  store_content: z.boolean().optional(),
  content_retention_days: z.number().int().min(1).max(365).optional(),
});
export type PrivacyChange = z.infer<typeof privacyChange>;

/** `content`: destroys the key of what is stored. `records`: deletes generation records of before; sums of money stay. */
export const deletion = z.object({
  what: z.enum(['content', 'records']),
  before: z.iso.datetime().optional(),
});
export type Deletion = z.infer<typeof deletion>;

export interface PrivacySettings {
  readonly retention_days: number | null;
  readonly store_content: boolean;
  readonly content_retention_days: number;
  readonly stored: {
    readonly records: number;
    readonly oldest_record_at: string | null;
    readonly contents: number;
    readonly content_bytes: number;
  };
}

export interface DeletionResult {
  readonly deleted: number;
}
