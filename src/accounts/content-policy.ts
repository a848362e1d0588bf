import { createHash } from 'node:crypto';
import { z } from 'zod';

export const CONTENT_MODES = ['off', 'errors', 'all'] as const;
/** Which generations' texts are stored: none, those that failed, or all (of a sampled share). */
export type ContentMode = (typeof CONTENT_MODES)[number];

export const RETENTION_DAYS_MAX = 365;
export const CONTENT_BYTES_MIN = 1_024;
export const CONTENT_BYTES_MAX = 4 * 1024 * 1024;

const mode = z.enum(CONTENT_MODES);

/** What a workspace wants stored of its callers' requests and answers. Kept as JSON among the settings. */
export const contentPolicy = z.object({
  mode,
  /** Of mode `all`: this share of sessions, or of requests without a session; above 0, at most 1. */
  sampleShare: z.number().gt(0).max(1),
  retentionDays: z.int().min(1).max(RETENTION_DAYS_MAX),
  /** Of each body. */
  bytesMax: z.int().min(CONTENT_BYTES_MIN).max(CONTENT_BYTES_MAX),
  redactsSecrets: z.boolean(),
  /** Instead of `mode`, by the hash of a key. */
  keys: z.record(z.string(), mode),
});
export type ContentPolicy = z.infer<typeof contentPolicy>;

/** Unless an administrator says otherwise, nothing is stored; what is switched on starts with these. */
export const NOTHING_STORED: ContentPolicy = {
  mode: 'off',
  sampleShare: 1,
  retentionDays: 7,
  bytesMax: 256 * 1024,
  redactsSecrets: true,
  keys: {},
};

export function modeOf(policy: ContentPolicy, keyHash: string): ContentMode {
  return Object.hasOwn(policy.keys, keyHash) ? policy.keys[keyHash]! : policy.mode;
}

/** Whether what goes by this name is of the share: always the same for the same name, so that a session is whole or not there. */
export function isSampled({ sampleShare }: ContentPolicy, name: string): boolean {
  if (sampleShare >= 1) return true;
  return createHash('sha256').update(name).digest().readUInt32BE(0) / 2 ** 32 < sampleShare;
}

/** A policy that cannot be read stores nothing. */
export function readContentPolicy(text: string | undefined): ContentPolicy {
  if (text === undefined) return NOTHING_STORED;
  try {
    return contentPolicy.parse(JSON.parse(text));
  } catch {
    return NOTHING_STORED;
  }
}
