import type { ApiKey } from './api-key.ts';

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
}
