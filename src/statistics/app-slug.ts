import { createHash } from 'node:crypto';
import type { GenerationRecord } from '../billing/generation-record.ts';

/** An app as callers named it: their own text, bounded, believed for nothing but display. */
export interface App {
  readonly slug: string;
  readonly title: string;
  readonly url?: string;
  readonly categories: readonly string[];
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

const WORDS_MAX = 60;
const TITLE_MAX = 100;
const URL_MAX = 256;

/**
 * A name for addresses and rows: readable words and a fingerprint, so that two apps never share one. Empty for requests that
 * named none. As with OpenRouter, the address makes the app and the title only names it.
 */
export function appSlug({ url, title }: Pick<GenerationRecord['app'], 'url' | 'title'>): string {
  if (url === undefined && title === undefined) return '';
  const identity = url === undefined ? `title:${title}` : `url:${url.slice(0, URL_MAX)}`;
  const words = (url === undefined ? title! : url.replace(/^[a-z]+:\/\/(?:www\.)?/i, ''))
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, WORDS_MAX)
    .replace(/^-+|-+$/g, '');
  const print = createHash('sha256').update(identity.toWellFormed()).digest('hex').slice(0, 10);
  return words === '' ? `app-${print}` : `${words}-${print}`;
}

export function appTitle({ url, title }: Pick<GenerationRecord['app'], 'url' | 'title'>): string {
  return (title ?? url?.replace(/^[a-z]+:\/\//i, '') ?? '').slice(0, TITLE_MAX).toWellFormed();
}

/** OpenRouter numbers its apps: 48 bits of the slug's fingerprint, the same on every installation. */
export function appNumber(slug: string): number {
  return Number.parseInt(createHash('sha256').update(slug).digest('hex').slice(0, 12), 16);
}
