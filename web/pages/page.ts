import type { ComponentType } from 'react';
import type { Role } from '../../src/contract/session.ts';

/** Where a page stands: the variables of its path, and the query string, which holds everything a visitor may change. */
export interface PageCall {
  readonly params: Readonly<Record<string, string>>;
  readonly search: URLSearchParams;
}

/**
 * One page. The file's name is its path: `home` is `/`, dots are slashes, `$name` is a variable (`$author.$slug.tsx` answers at
 * `/meta-llama/llama-4-scout`). Every file of this folder but this one default-exports one.
 */
export interface Page {
  /** For the tab; ` · Trunkline` is added. */
  title(call: PageCall): string;
  /** One sentence for search engines and previews, on public pages. */
  description?(call: PageCall): string;
  /** The path that search engines should name, where the same page stands at several. */
  canonical?(call: PageCall): string;
  /** Addresses below the API whose answers the first view needs: the server sends them with the page. GET only. */
  preload?(call: PageCall): readonly string[];
  /** The first address of `preload` names what the page is about: when it answers 404, so does the page. */
  readonly isAboutFirst?: boolean;
  /** Rendered by the server as well. Only pages that anybody may read. */
  readonly isPublic?: boolean;
  /** Signed in with at least this role; others are asked to sign in. Left out, anybody. */
  readonly needs?: Role;
  /** In the frame of the console, with its own navigation. */
  readonly isConsole?: boolean;
  /** Without the footer and at full height, such as the chat. */
  readonly isFull?: boolean;
  /** The same for programs, from the answers of `preload`. Public pages only. */
  readonly twin?: PageTwin;
  readonly Component: ComponentType<PageCall>;
}

/** What a page says to programs. `undefined` from either while an answer that it needs is missing. */
export interface PageTwin {
  /** What the page is about, in the words of schema.org. */
  about?(call: TwinCall): Readonly<Record<string, unknown>> | undefined;
  /** The page as Markdown, at its address with `.md` behind it. Names from outside go through `text/markdown.ts`. */
  markdown(call: TwinCall): string | undefined;
}

export interface TwinCall extends PageCall {
  /** Scheme, host and prefix of the installation. */
  readonly address: string;
  /** Address of the page itself. */
  readonly url: string;
  /** An answer of `preload`. Its type is what the page itself takes it for. */
  read<Answer>(path: string): Answer | undefined;
}
