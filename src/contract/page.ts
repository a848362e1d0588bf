import type { SessionSummary } from './session.ts';

/** What the server and the site say to each other about a page: `http/pages.ts` on one side, `web/` on the other. */

/** `system` follows the browser's own wish. */
export type Theme = 'system' | 'light' | 'dark' | 'contrast';

/** What a page at an address is, before anything was asked for it. */
export interface PagePlan {
  readonly isKnown: boolean;
  readonly isPublic: boolean;
  /** The file that draws it, as the build names it: `pages/keys.tsx`. Undefined when no page has the address. */
  readonly file?: string;
  readonly title: string;
  readonly description: string;
  /** Path of the same page that is to be named; its own unless given. */
  readonly canonical?: string;
  /** Addresses of our API, from the root, whose answers go with the page. */
  readonly preload: readonly string[];
  readonly isAboutFirst: boolean;
  /** The page has a twin in Markdown, at its address with `.md` behind it. */
  readonly hasTwin: boolean;
}

/** A page as the server draws it. */
export interface DrawnPage {
  /** The inside of `#root`, as HTML. */
  readonly inside: string;
  /** What it is about, in the words of schema.org. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/** A page of which there is a twin in Markdown, for the list of them. */
export interface ListedPage {
  readonly path: string;
  readonly title: string;
  readonly description: string;
}

/** What the server writes into a page: where it lives, who looks at it, and the answers it needs first. */
export interface Boot {
  /** Path prefix of the installation without a slash at its end: '' or '/gw'. */
  readonly base: string;
  /** Scheme, host and prefix as callers reach the installation: `https://llm.example.org/gw`. */
  readonly address: string;
  readonly version: string;
  readonly theme: Theme;
  readonly session: SessionSummary;
  /** Answers by address, as `preload` of the page asked for them. */
  readonly data: Readonly<Record<string, unknown>>;
  /** For style elements that a component must add. */
  readonly nonce: string;
}
