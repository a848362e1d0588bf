import type { ApiKey } from './api-key.ts';
import type { Role } from './person.ts';

/** What the caller says its app is, for attribution. Untrusted text, length-capped at the door. */
export interface AppAttribution {
  readonly url?: string;
  readonly title?: string;
  readonly categories: readonly string[];
}

/** Account and key behind a request. */
export interface Caller {
  readonly key: ApiKey;
  readonly app: AppAttribution;
  readonly userAgent?: string;
  /** Present when a browser's session is the credential: `key` is then the person's own, whose text nobody knows. */
  readonly session?: { readonly userId: string; readonly name: string; readonly role: Role; readonly hash: string };
}
