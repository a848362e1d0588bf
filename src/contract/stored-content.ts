import { z } from 'zod';

/**
 * Shapes of OpenRouter's `GET /generation/content` and of our own `/api/x/privacy` and `/api/x/generations/:id/content`. Times are ISO
 * instants, sizes bytes.
 */

export const contentMode = z.enum(['off', 'errors', 'all']);
const instant = z.string();

export interface GenerationContent {
  readonly input: { readonly prompt: string } | { readonly messages: readonly unknown[] };
  readonly output: { readonly completion: string | null; readonly reasoning: string | null };
  readonly error: {
    readonly status: number | null;
    readonly message: string | null;
    readonly provider_name: string | null;
    readonly raw: null;
    readonly previous_errors: readonly {
      readonly code: number;
      readonly message: string;
      readonly provider_name: string | null;
      readonly raw: null;
    }[];
  } | null;
}

const policyFields = {
  mode: contentMode,
  /** Of mode `all`: this share of sessions, or of requests without one. */
  sample_share: z.number().gt(0).max(1),
  retention_days: z.int().min(1).max(365),
  /** Of each body: what is longer is cut, and says so. */
  bytes_max: z
    .int()
    .min(1024)
    .max(4 * 1024 * 1024),
  redacts_secrets: z.boolean(),
};

/** Fields that are absent stay. Retention that gets shorter counts for what is stored already. */
export const privacyChange = z.strictObject(policyFields).partial();

/** Null: what the workspace says. */
export const keyPrivacyChange = z.strictObject({ mode: contentMode.nullable() });

/** Of one key, or of all. */
export const contentDeletion = z.strictObject({ key: z.string().max(128).optional() });

export const contentDeleted = z.strictObject({ deleted: z.int() });

export const privacy = z.strictObject({
  policy: z.strictObject(policyFields),
  /** What counts for whoever asks. */
  own_mode: contentMode,
  may_change: z.boolean(),
  stored: z.strictObject({
    count: z.int(),
    bytes: z.int(),
    oldest: instant.nullable(),
    newest: instant.nullable(),
  }),
  /** For administrators: keys that may generate, and those of which something is stored. */
  keys: z.array(
    z.strictObject({
      hash: z.string(),
      /** Null: deleted. */
      name: z.string().nullable(),
      mode: contentMode.nullable(),
      count: z.int(),
      bytes: z.int(),
    }),
  ),
  /** Generations that this process could not store, since storage was away for too long. */
  lost: z.int(),
});
export type Privacy = z.infer<typeof privacy>;

const bodyFields = {
  text: z.string(),
  total_bytes: z.int(),
  /** Null: whole. */
  cut_at_bytes: z.int().nullable(),
  redacted: z.int(),
};
const body = z.strictObject(bodyFields);
export type ContentBody = z.infer<typeof body>;

export const contentDetail = z.strictObject({
  generation: z.string(),
  wire_format: z.string(),
  streamed: z.boolean(),
  expires_at: instant,
  /** As received, without headers. */
  request: body,
  /** As the caller saw it. `is_folded`: its words alone, since a secret in it was spread over frames of the stream. */
  answer: z.strictObject({ ...bodyFields, is_folded: z.boolean() }),
  /** The answer's words; null where there are none, or the format cannot be read. */
  completion: z.string().nullable(),
  reasoning: z.string().nullable(),
  /** What each attempt's provider was sent. */
  sent: z.array(z.strictObject({ ...bodyFields, endpoint: z.string(), provider_name: z.string() })),
  failure: z.strictObject({ kind: z.string(), status: z.int(), message: z.string() }).nullable(),
});
export type ContentDetail = z.infer<typeof contentDetail>;

/** What a generation's own page says of its content before anybody reads it. */
export const contentState = z.strictObject({
  /** Null: nothing is stored, or no longer. */
  stored: z.strictObject({ bytes: z.int(), expires_at: instant }).nullable(),
  /** What counts for its key now. */
  mode: contentMode,
  may_read: z.boolean(),
});
