import { createHash } from 'node:crypto';

/** Sixteen characters that change with every character of the content: enough to tell versions apart, short enough to record. */
export function contentHash(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 16);
}
