import type { ContentPolicy } from '../accounts/content-policy.ts';
import type { ContentFacts, ContentScope, ContentTotals, StoredContent } from '../accounts/stored-content.ts';
import type { FoldedAnswer } from '../gateway/fold-answer.ts';

/** What is stored of requests and answers, and what shall be. */
export interface ContentBook {
  policy(scope: ContentScope): ContentPolicy;
  /** A shorter retention counts for what is stored already; a longer one does not. */
  changePolicy(scope: ContentScope, change: (policy: ContentPolicy) => ContentPolicy): Promise<ContentPolicy>;
  /** Undefined when nothing is stored, or no longer. */
  facts(generationId: string): Promise<ContentFacts | undefined>;
  /** `unreadable`: sealed with another key-encryption key than this one. */
  find(generationId: string): Promise<StoredContent | 'unreadable' | undefined>;
  /** The words of an answer; undefined where its format cannot be read. */
  fold(content: StoredContent): Promise<FoldedAnswer | undefined>;
  totals(scope: ContentScope): Promise<ContentTotals>;
  /** What is stored of one key or all, on its way into storage too. How many there were. */
  remove(scope: ContentScope, keyHash?: string): Promise<number>;
  removeOne(generationId: string): Promise<boolean>;
  /** How many this process could not store, since storage was away for too long. */
  readonly lost: number;
}
