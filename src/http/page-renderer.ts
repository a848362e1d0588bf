import type { SessionSummary } from '../contract/session.ts';

/** What draws pages, in a thread of its own so that streams of tokens never wait for one (`assembly/render-pages.ts`). */
export interface PageRenderer {
  plan(path: string, search: string): Promise<PagePlan>;
  /** The inside of `#root`; undefined when it could not be drawn in time, and the browser draws it alone. */
  render(boot: PageBoot, path: string, search: string): Promise<string | undefined>;
}

/** What a page at an address is, before anything was asked for it. */
export interface PagePlan {
  readonly isKnown: boolean;
  readonly isPublic: boolean;
  readonly title: string;
  readonly description: string;
  /** Path of the same page that is to be named; its own unless given. */
  readonly canonical?: string;
  /** Addresses of our API, from the root, whose answers go with the page. */
  readonly preload: readonly string[];
  readonly isAboutFirst: boolean;
}

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;

/** Everything that the server writes into a page; `web/boot.ts` reads it. */
export interface PageBoot {
  readonly base: string;
  readonly address: string;
  readonly version: string;
  readonly theme: (typeof THEMES)[number];
  readonly session: SessionSummary;
  readonly data: Readonly<Record<string, unknown>>;
  readonly nonce: string;
}

/** The files that the build made for browsers, by their names below `/assets`. Read from disk once. */
export interface PageFiles {
  /** Script and styles of the start, and what the script needs at once. Undefined: the pages were not built. */
  readonly entry:
    | { readonly script: string; readonly styles: readonly string[]; readonly imports: readonly string[] }
    | undefined;
  find(name: string): PageFile | undefined;
}

export interface PageFile {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly gzip?: Uint8Array;
  readonly brotli?: Uint8Array;
  readonly hash: string;
}
