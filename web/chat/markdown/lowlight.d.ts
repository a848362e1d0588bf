/** What we use of both packages. It lets the house be type-checked where they have not been installed yet. */
declare module 'lowlight' {
  import type { LanguageFn } from 'highlight.js';

  export function createLowlight(): {
    register(name: string, grammar: LanguageFn): void;
    registered(name: string): boolean;
    highlight(language: string, text: string): { readonly children: readonly unknown[] };
  };
}

declare module 'highlight.js' {
  export type LanguageFn = (highlighter: never) => object;
}

declare module 'highlight.js/lib/languages/*' {
  import type { LanguageFn } from 'highlight.js';

  const grammar: LanguageFn;
  export default grammar;
}
