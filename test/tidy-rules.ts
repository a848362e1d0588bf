import { posix } from 'node:path';
import { layers } from './layers.ts';
import { findImports, lineOf, readSource, type SourceText } from './source-text.ts';

/** A file by its path from the root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly source: SourceText;
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, source: readSource(text) };
}

/** A ban: what may not stand in which files, why, and what stands there instead. */
export interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  applies(path: string): boolean;
  readonly reason: string;
  readonly instead: string;
}

const isInSrc = (path: string) => path.startsWith('src/');
const isTest = (path: string) => /\.test(-data)?\.tsx?$/.test(path);

export const BANS: readonly Ban[] = [
  {
    what: 'reading the time of day',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)/g,
    applies: (path) => isInSrc(path) && path !== 'src/base/clock.ts',
    reason: 'the whole gateway runs on a wound clock in tests',
    instead: 'take a Clock from base/clock.ts as a parameter',
  },
  {
    what: 'measuring time, but for a test that bounds how long something takes',
    pattern: /\bperformance\.now\b|\bprocess\.hrtime\b|\bBun\.nanoseconds\b/g,
    applies: (path) => isInSrc(path) && path !== 'src/base/clock.ts' && !isTest(path),
    reason: 'the whole gateway runs on a wound clock in tests',
    instead: 'take a Clock from base/clock.ts as a parameter',
  },
  {
    what: 'Math.random',
    pattern: /\bMath\.random\b/g,
    applies: (path) => isInSrc(path) && path !== 'src/base/random.ts',
    reason: 'a decision must be repeatable from its seed, and a secret must not come from here',
    instead: 'take a Random from base/random.ts, or base/ids.ts for secrets',
  },
  {
    what: 'reading the environment',
    pattern: /\bprocess\.env\b|\bBun\.env\b|\bimport\.meta\.env\b/g,
    applies: (path) => isInSrc(path) && path !== 'src/main.ts',
    reason: 'what a part depends on must show in its parameters',
    instead: 'let main.ts read it and pass it in',
  },
  {
    what: 'console',
    pattern: /\bconsole\.\w+/g,
    applies: (path) => isInSrc(path) && !path.startsWith('src/cli/'),
    reason: 'logs are JSON lines with fields that were looked at for secrets',
    instead: 'write to a Log from base/log.ts',
  },
  {
    what: '`as any` or a silenced type error',
    pattern: /\bas any\b|<any>/g,
    applies: () => true,
    reason: 'it switches the type checker off for all that follows',
    instead: 'narrow with a schema, or `as unknown as` the type with a comment that gives the reason',
  },
  {
    what: 'money as a float',
    pattern: /\bparseFloat\b|\bNumber\(\s*[\w.]*[pP]ico\b/g,
    applies: (path) => isInSrc(path) && path !== 'src/base/money.ts',
    reason: 'cents get lost, and a sum differs from its parts',
    instead: 'bigint picodollars, and usdNumber() of base/money.ts at the rim',
  },
];

/** Files that parse JSON without a schema in the same expression, each with the reason why that is sound. */
export const JSON_PARSERS: ReadonlyMap<string, string> = new Map([
  ['src/base/json-scan.ts', 'a name is a string by the grammar already checked, and values are returned as unknown'],
  [
    'src/catalog/snapshot.ts',
    'the body is what the same file wrote, by its checksum; a schema over it would double the start',
  ],
  ['src/formats/openai-chat/amend-body.ts', 'the body is our own encoding of a request that passed its schema'],
  ['src/storage/record-json.ts', 'reads only what the same file wrote, and returns it as unknown'],
]);

export function findBans(file: SourceFile, bans: readonly Ban[] = BANS): readonly string[] {
  return bans
    .filter((ban) => ban.applies(file.path))
    .flatMap((ban) =>
      [...file.source.code.matchAll(ban.pattern)].map(
        (match) => `${at(file, match.index)} ${match[0]}: ${ban.reason}; instead ${ban.instead}`,
      ),
    );
}

/**
 * What `JSON.parse` gives is `any`: it switches the type checker off. Sound are a schema around it, a variable that is declared
 * `unknown` (the compiler then asks for a check), a value nobody reads, and a copy of our own value.
 */
export function findBareJson(file: SourceFile): readonly string[] {
  if (!isInSrc(file.path) || isTest(file.path)) return [];
  const { code } = file.source;
  return [...code.matchAll(/\bJSON\.parse\(|\.json\(\s*\)/g)]
    .filter((match) => !isSoundParse(code, match.index))
    .map(
      (match) =>
        `${at(file, match.index)} ${match[0]}: outside data passes a schema once; instead schema.parse(…) around it, or \`: unknown\` and a schema below`,
    );
}

function isSoundParse(code: string, offset: number): boolean {
  const before = code.slice(Math.max(0, offset - 200), offset);
  const statement = before.split(/;|\n\s*\n/).at(-1)!;
  if (/\.(?:parse|safeParse|parseAsync)\(\s*(?:await\s+)?[^{}]*$/.test(statement)) return true;
  if (code.startsWith('JSON.parse(JSON.stringify(', offset)) return true;
  if (/[{;]\s*$/.test(before)) return true;
  const [, name, type] = /(\w+)(: unknown)? = (?:await\s+)?[\w.()]*$/.exec(statement) ?? [];
  return type !== undefined || new RegExp(`\\blet ${name}: unknown\\b`).test(code);
}

/** Imports between the folders of `src`, and out of it. */
export function findWallBreaks(file: SourceFile): readonly string[] {
  if (file.path === 'src/main.ts') return [];
  const [top, folder] = file.path.split('/');
  if (top === 'src' && !(folder! in layers)) return [`${file.path}: src/${folder} is not in test/layers.ts`];
  return findImports(file.source)
    .filter(({ module }) => module.startsWith('.'))
    .flatMap(({ module, offset }) => {
      const target = posix.join(posix.dirname(file.path), module);
      const problem = top === 'src' ? wallProblem(folder!, target, isTest(file.path)) : rimProblem(top!, target);
      return problem ? [`${at(file, offset)} imports ${target}: ${problem}`] : [];
    });
}

function wallProblem(folder: string, target: string, isOfTest: boolean): string | undefined {
  const allowed = layers[folder]!;
  const [top, other] = target.split('/');
  if (top === 'data' || (isOfTest && top === 'test')) return undefined;
  if (top !== 'src') return 'src imports nothing outside src and data';
  if (other === folder || allowed.includes(other!)) return undefined;
  return `${folder} may import ${allowed.join(', ') || 'nothing'} (test/layers.ts)`;
}

/** `engine` imports nothing of ours; `web` only the shapes of the API. */
function rimProblem(top: string, target: string): string | undefined {
  const isOwn = target.startsWith(`${top}/`);
  if (top === 'engine' && !isOwn) return 'engine imports nothing of ours';
  if (top === 'web' && !isOwn && !target.startsWith('src/contract/')) return 'web may import src/contract only';
  return undefined;
}

export const SHELVES = { formats: 'format.ts', providers: 'provider.ts', plugins: 'plugin.ts' } as const;

/** Every file of a shelf but its contract default-exports one item; a folder holds the rooms of the item beside it. */
export function findShelfBreaks(files: readonly SourceFile[]): readonly string[] {
  const paths = new Set(files.map((file) => file.path));
  return files.flatMap((file) => {
    const [top, folder, ...rest] = file.path.split('/');
    if (top !== 'src' || !(folder! in SHELVES) || isTest(file.path)) return [];
    const shelf = folder as keyof typeof SHELVES;
    if (rest.length > 1) {
      const item = `src/${shelf}/${rest[0]}.ts`;
      return paths.has(item) ? [] : [`${file.path}: a room of ${item}, which is not there`];
    }
    if (rest[0] === SHELVES[shelf] || /\bexport default\b|\bas default\b/.test(file.source.code)) return [];
    return [`${file.path}: every file of the shelf ${shelf} but ${SHELVES[shelf]} default-exports one item`];
  });
}

/** Shared code never asks who: a provider's id as a string there. */
const SHARED = /^src\/(?:gateway|routing|billing|http|generation)\//;

export function findProviderIds(file: SourceFile, ids: ReadonlySet<string>): readonly string[] {
  if (!SHARED.test(file.path) || isTest(file.path)) return [];
  return file.source.strings
    .filter(({ value }) => ids.has(value) || ids.has(value.split('/')[0]!))
    .filter(
      ({ offset }) => !/\b(?:from|import)\s*\(?\s*['"]$/.test(file.source.code.slice(Math.max(0, offset - 20), offset)),
    )
    .map(
      ({ value, offset }) => `${at(file, offset)} '${value}': shared code reads a property that the provider declares`,
    );
}

const LINES_MAX = 400;

export function findLongFile(file: SourceFile): readonly string[] {
  const lines = file.text.replace(/\n$/, '').split('\n').length;
  return lines > LINES_MAX
    ? [`${file.path}: ${lines} lines of at most ${LINES_MAX}; split it by what it promises`]
    : [];
}

const FORBIDDEN_NAME = /(?:^|[-_.])(?:utils?|helpers?|commons?|services?|managers?|misc)(?:\.|$)/i;

/** Names that say nothing, files that only pass on, folders in folders in folders. */
export function findBadPlaces(path: string): readonly string[] {
  const parts = path.split('/');
  const [top] = parts;
  const problems = parts
    .filter((part) => FORBIDDEN_NAME.test(part.replace(/(?<=.)\.[^.]*$/, '')))
    .map((part) => `${path}: '${part}' says nothing; name it for the noun or the verb that it holds`);
  const isCounted = ['src', 'test', 'engine', 'web', 'bench', 'docs', 'bin'].includes(top!);
  if (isCounted && parts.length > 4) problems.push(`${path}: at most two levels of folders below ${top}`);
  return problems;
}

export function findReExports(file: SourceFile): readonly string[] {
  const isIndex = /(?:^|\/)index\.[jt]sx?$/.test(file.path);
  return [...file.source.code.matchAll(/\bexport\s*(?:type\s*)?(\*|\{[^}]*\})[^;\n]*?\bfrom\b/g)]
    .filter((match) => match[1] === '*' || isIndex)
    .map((match) => `${at(file, match.index)} passes on what stands elsewhere; import it from where it stands`);
}

/** Links of a Markdown file to files and headings that are not there. */
export function findDeadLinks(
  path: string,
  text: string,
  read: (path: string) => string | undefined,
): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/gm)]
    .map((match) => match[1] ?? match[2]!)
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
    .flatMap((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
      const content = file === '' ? text : read(target);
      if (content === undefined) return [`${path}: link to ${target}, which is not there`];
      return anchor && !headings(content).has(anchor) ? [`${path}: link to #${anchor}, no heading of ${target}`] : [];
    });
}

/** Anchors as GitHub makes them of headings. */
function headings(text: string): ReadonlySet<string> {
  const lines = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6}\s+(.+)$/gm);
  return new Set(
    [...lines].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );
}

function at(file: SourceFile, offset: number): string {
  return `${file.path}:${lineOf(file.text, offset)}`;
}
