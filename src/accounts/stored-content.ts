import { z } from 'zod';

const body = z.object({
  text: z.string(),
  /** Of the whole body; `text` holds fewer where it was cut. */
  totalBytes: z.number(),
  isCut: z.boolean(),
  /** How many secrets were taken out. */
  redacted: z.number(),
});
/** A request or answer as text, cut and redacted as the policy of that moment said. */
export type StoredBody = z.infer<typeof body>;

/** What is kept of one generation. Sealed as JSON. */
export const storedContent = z.object({
  /** Wire format that the caller spoke. */
  format: z.string(),
  streamed: z.boolean(),
  /** As received, without any header. */
  request: body,
  /** As the caller saw it; `isFolded`: only its text, since a secret stood in it that was spread over several frames. */
  answer: body.extend({ isFolded: z.boolean() }),
  /** What each attempt's provider was sent, in order. */
  sent: z.array(body.extend({ endpointId: z.string(), providerName: z.string() })),
  failure: z.object({ kind: z.string(), status: z.number(), message: z.string() }).optional(),
});
export type StoredContent = z.infer<typeof storedContent>;

/** Whose content something is: an account and a workspace of it. */
export interface ContentScope {
  readonly accountId: string;
  readonly workspaceId: string;
}

/** How content stands in storage: unreadable without the key-encryption key. */
export interface SealedContent extends ContentScope {
  readonly generationId: string;
  readonly keyHash: string;
  readonly createdAtMs: number;
  /** From here on nobody reads it, swept away or not. */
  readonly expiresAtMs: number;
  /** Of the texts, before sealing. */
  readonly bytes: number;
  /** Base64 of nonce, ciphertext and tag (AES-256-GCM). */
  readonly sealed: string;
}

export type ContentFacts = Omit<SealedContent, 'sealed'>;

export interface ContentTotals {
  readonly count: number;
  readonly bytes: number;
  readonly oldestMs?: number;
  readonly newestMs?: number;
  readonly keys: readonly { readonly keyHash: string; readonly count: number; readonly bytes: number }[];
}

export interface ContentStore {
  /** A second content of one generation changes nothing. */
  save(contents: readonly SealedContent[]): Promise<void>;
  find(generationId: string): Promise<SealedContent | undefined>;
  /** The same without the texts. */
  facts(generationId: string): Promise<ContentFacts | undefined>;
  totals(scope: ContentScope): Promise<ContentTotals>;
  /** Deletes what was made before `beforeMs` (all, unless given), of one key or of all. How many there were. */
  remove(scope: ContentScope, which?: { readonly keyHash?: string; readonly beforeMs?: number }): Promise<number>;
  removeOne(generationId: string): Promise<boolean>;
  /** Deletes what has expired, whosever it is. How many there were. */
  sweep(nowMs: number): Promise<number>;
}
