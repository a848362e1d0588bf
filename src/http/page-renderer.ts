import type { Boot, DrawnPage, ListedPage, PagePlan } from '../contract/page.ts';

/** What draws pages, in a thread of its own so that streams of tokens never wait for one (`assembly/render-pages.ts`). */
export interface PageRenderer {
  plan(path: string, search: string): Promise<PagePlan>;
  /** Undefined when it could not be drawn in time, and the browser draws it alone. */
  render(boot: Boot, path: string, search: string): Promise<DrawnPage | undefined>;
  /** The page as Markdown; undefined when it has no such twin, or nothing to say. */
  tell(boot: Boot, path: string, search: string): Promise<string | undefined>;
  /** Pages with a twin that stand at one address. */
  list(): Promise<readonly ListedPage[]>;
}

/** The files that the build made for browsers, by their names below `/assets`. Read from disk once. */
export interface PageFiles {
  /** Script and styles of the start, and what the script needs at once. Undefined: the pages were not built. */
  readonly entry: ({ readonly script: string } & PageChunks) | undefined;
  /** What one page needs besides, by the name of its file in the plan. */
  chunksOf(file: string): PageChunks;
  find(name: string): PageFile | undefined;
}

/** Names of files below the root of the site. */
export interface PageChunks {
  readonly styles: readonly string[];
  readonly imports: readonly string[];
}

export interface PageFile {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly gzip?: Uint8Array;
  readonly brotli?: Uint8Array;
  readonly hash: string;
}
