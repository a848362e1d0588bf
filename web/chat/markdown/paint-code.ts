/** Which words of a code are what, for colours. Loaded with the first code block; each language when it first comes. */
import type { LanguageFn } from 'highlight.js';
import { createLowlight } from 'lowlight';

/** A run of characters of one kind; all of them together are the code, to the letter. */
export interface Painted {
  readonly text: string;
  /** The ending of a class of `chat.css`; undefined for plain text. */
  readonly kind?: CodeKind;
}

export type CodeKind =
  | 'keyword'
  | 'string'
  | 'number'
  | 'comment'
  | 'title'
  | 'type'
  | 'name'
  | 'meta'
  | 'added'
  | 'removed';

type Load = () => Promise<{ readonly default: LanguageFn }>;

const LANGUAGES: Readonly<Record<string, Load>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  php: () => import('highlight.js/lib/languages/php'),
  python: () => import('highlight.js/lib/languages/python'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

/** What models write behind the fence, beside the names themselves. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ...{ js: 'javascript', jsx: 'javascript', mjs: 'javascript', cjs: 'javascript', node: 'javascript' },
  ...{ ts: 'typescript', tsx: 'typescript', py: 'python', python3: 'python', rb: 'ruby', rs: 'rust', golang: 'go' },
  ...{ sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', curl: 'bash', 'c++': 'cpp', h: 'c', hpp: 'cpp' },
  ...{ cs: 'csharp', 'c#': 'csharp', html: 'xml', svg: 'xml', vue: 'xml', yml: 'yaml', toml: 'ini', conf: 'ini' },
  ...{ jsonc: 'json', json5: 'json', jsonl: 'json', kt: 'kotlin', patch: 'diff', docker: 'dockerfile', scss: 'css' },
  ...{ postgresql: 'sql', sqlite: 'sql', mysql: 'sql' },
};

const KINDS: Readonly<Record<string, CodeKind>> = {
  ...{ keyword: 'keyword', 'selector-tag': 'keyword', tag: 'keyword', literal: 'number', number: 'number' },
  ...{ string: 'string', regexp: 'string', char: 'string', symbol: 'number', bullet: 'number' },
  ...{ comment: 'comment', quote: 'comment', doctag: 'comment', title: 'title', section: 'title' },
  ...{ 'selector-id': 'title', 'selector-class': 'title', type: 'type', built_in: 'type', class: 'type' },
  ...{ attr: 'name', attribute: 'name', property: 'name', variable: 'name', 'template-variable': 'name' },
  ...{ name: 'keyword', meta: 'meta', addition: 'added', deletion: 'removed' },
};

/** Longer code, or a longer line, is shown without colours: reading it could keep the page busy. */
const CODE_MAX = 40_000;
const LINE_MAX = 2_000;

const lowlight = createLowlight();

/** Undefined where it stays plain: a language that is not known here, too much of it, or words that its grammar trips over. */
export async function paintCode(text: string, language: string): Promise<readonly Painted[] | undefined> {
  const wanted = language.toLowerCase();
  const name = Object.hasOwn(OTHER_NAMES, wanted) ? OTHER_NAMES[wanted]! : wanted;
  if (!Object.hasOwn(LANGUAGES, name) || text.length > CODE_MAX) return undefined;
  if (text.split('\n').some((line) => line.length > LINE_MAX)) return undefined;
  try {
    if (!lowlight.registered(name)) lowlight.register(name, (await LANGUAGES[name]!()).default);
    const painted = flatten(lowlight.highlight(name, text).children as readonly Node[], undefined);
    return painted.map((piece) => piece.text).join('') === text ? painted : undefined;
  } catch {
    return undefined;
  }
}

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly Node[];
}

/** The innermost kind that is known here wins. */
function flatten(nodes: readonly Node[], kind: CodeKind | undefined): readonly Painted[] {
  return nodes.flatMap((node) => {
    if (node.type === 'text') return [{ text: node.value ?? '', ...(kind && { kind }) }];
    const [name] = (node.properties?.className ?? []) as readonly string[];
    return flatten(node.children ?? [], KINDS[String(name).replace(/^hljs-/, '')] ?? kind);
  });
}
