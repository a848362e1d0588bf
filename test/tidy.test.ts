import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { layers } from './layers.ts';
import * as rules from './tidy-rules.ts';

const root = join(import.meta.dir, '..');
const IGNORED = new Set(['node_modules', '.git', 'dist', 'coverage', '.trunkline', 'recordings']);
const SOURCES = /\.(?:tsx?|m?js|css|c|h)$/;
/** Generated or vendored, so no one reads them as text. */
const isWritten = (path: string) => !path.startsWith('data/');

const paths = walk('').sort();
const files = paths
  .filter((path) => SOURCES.test(path) && isWritten(path))
  .map((path) => rules.sourceFile(path, readFileSync(join(root, path), 'utf8')));
const code = files.filter((file) => /\.(?:tsx?|m?js)$/.test(file.path));
const sourcesOf = (folder: string) => code.filter((file) => file.path.startsWith(`${folder}/`));
const providerIds = new Set(
  sourcesOf('src/providers')
    .map((file) => file.path.slice('src/providers/'.length, -'.ts'.length))
    .filter((id) => id !== 'provider' && !id.includes('.') && !id.includes('/')),
);

test('the rules see the files they are about', () => {
  const seen = new Set(paths);
  const known = ['src/base/clock.ts', 'src/cli/run-command.ts', 'test/tidy.test.ts', 'bin/trunkline.mjs', 'README.md'];
  expect([...known, 'docs/tour.md', 'docs/glossary.md'].filter((path) => !seen.has(path))).toEqual([]);
  expect(sourcesOf('src').length).toBeGreaterThan(100);
  expect(providerIds.size).toBeGreaterThanOrEqual(60);
  expect(paths.filter((path) => path.startsWith('docs/decisions/')).length).toBeGreaterThan(0);
});

test('every folder of src is in the table of layers, and the table names no folder twice over', () => {
  const folders = readdirSync(join(root, 'src')).filter((name) => statSync(join(root, 'src', name)).isDirectory());
  expect(folders.filter((name) => !(name in layers))).toEqual([]);
  const named = [...Object.keys(layers), ...Object.values(layers).flat()];
  expect(named.filter((name) => !(name in layers))).toEqual([]);
});

test('imports keep the walls of test/layers.ts', () => expectNone(code.flatMap(rules.findWallBreaks)));

test('every file of a shelf default-exports its item', () => expectNone(rules.findShelfBreaks(code)));

test('what is banned does not occur', () => expectNone(code.flatMap((file) => rules.findBans(file))));

test('outside data passes a schema where it is parsed, or its file says why not', () => {
  const bare = new Map(code.map((file) => [file.path, rules.findBareJson(file)]));
  expectNone([...bare].filter(([path]) => !rules.JSON_PARSERS.has(path)).flatMap(([, found]) => found));
  // A reason that nothing needs any more would hide the next offender.
  expect([...rules.JSON_PARSERS.keys()].filter((path) => (bare.get(path) ?? []).length === 0)).toEqual([]);
});

test('shared code names no provider', () =>
  expectNone(code.flatMap((file) => rules.findProviderIds(file, providerIds))));

test('no file is too long to read in a sitting', () => expectNone(files.flatMap(rules.findLongFile)));

test('names say something, and folders are at most two deep', () => expectNone(paths.flatMap(rules.findBadPlaces)));

test('nothing only passes on what stands elsewhere', () => expectNone(code.flatMap(rules.findReExports)));

test('links of the documents lead somewhere', () => {
  const read = (path: string) => {
    const full = join(root, path);
    return existsSync(full) ? (statSync(full).isFile() ? readFileSync(full, 'utf8') : '') : undefined;
  };
  const documents = paths.filter((path) => path.endsWith('.md'));
  expectNone(documents.flatMap((path) => rules.findDeadLinks(path, readFileSync(join(root, path), 'utf8'), read)));
});

test('the README names the commands that are run on a clean checkout', () => {
  const lines = readFileSync(join(root, 'README.md'), 'utf8').split('\n');
  expect(lines).toContain('npm ci && npm start');
  expect(lines).toContain('npm ci && npm test');
});

describe('the rules themselves', () => {
  const file = (path: string, text: string) => rules.sourceFile(path, text);

  test.each([
    ['const a = Date.now();', 1],
    ['const a = new Date( );', 1],
    ['const a = new Date(nowMs);', 0],
    ['performance.now() + Math.random()', 2],
    ["process.env['HOME']; console.log(1);", 2],
    ['value as any', 1],
    ['Number(charge.chargedPico)', 1],
    ['// Date.now()\n/* console.log */ const a = "Math.random()"; const b = /as any/;', 0],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is a template.
    ['const a = `Date.now() ${Date.now()} Date.now()`;', 1],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample is a template.
    ['const a = `${{ b: `${c}` }} Date.now()`; Date.now();', 1],
  ])('%s holds %d bans', (text, count) => {
    expect(rules.findBans(file('src/routing/x.ts', text)).length).toBe(count);
  });

  test('a ban names file, line, reason and replacement', () => {
    const [found] = rules.findBans(file('src/routing/x.ts', '\n\nMath.random()'));
    expect(found).toStartWith('src/routing/x.ts:3 Math.random: a decision must be repeatable');
    expect(found).toContain('base/random.ts');
  });

  test('scripts may read the environment and print', () => {
    expect(rules.findBans(file('bench/x.ts', 'console.log(process.env.A, Date.now())'))).toEqual([]);
  });

  test.each([
    ['JSON.parse(text)', 1],
    ['const a = await response.json();', 1],
    ['schema.parse(JSON.parse(text))', 0],
    ['schema.safeParse(await response.json())', 0],
    ['schema.parse(a); const b = JSON.parse(text)', 1],
    ['const a: unknown = JSON.parse(text)', 0],
    ['let a: unknown; try { a = JSON.parse(text); } catch {}', 0],
    ['let a: Row; try { a = JSON.parse(text); } catch {}', 1],
    ['return JSON.parse(text)', 1],
    ['try { JSON.parse(text); return true; } catch {}', 0],
    ['return JSON.parse(JSON.stringify(value))', 0],
  ])('%s holds %d bare parses', (text, count) => {
    expect(rules.findBareJson(file('src/http/x.ts', text)).length).toBe(count);
  });

  test.each([
    ['src/base/x.ts', "import { a } from '../http/a.ts';", 1],
    ['src/base/x.ts', "import type { a } from '../http/a.ts';", 1],
    ['src/base/x.ts', "const a = await import('../http/a.ts');", 1],
    ['src/base/x.ts', "import './y.ts'; import z from 'zod'; // import '../http/a.ts'", 0],
    ['src/http/x.ts', "import { a } from '../gateway/a.ts';", 0],
    ['src/attic/x.ts', "import { a } from '../base/a.ts';", 1],
    ['src/http/x.ts', "import { a } from '../../engine/a.ts';", 1],
    ['src/http/x.test.ts', "import { a } from '../../test/a.ts';", 0],
    ['engine/x.ts', "import { a } from '../src/base/a.ts';", 1],
    ['web/pages/x.ts', "import { a } from '../../src/contract/a.ts';", 0],
    ['src/main.ts', "import { a } from './http/a.ts';", 0],
  ])('%s with %s breaks %d walls', (path, text, count) => {
    expect(rules.findWallBreaks(file(path, text)).length).toBe(count);
  });

  test('a shelf refuses a file without an item and a room without one beside it', () => {
    const item = file('src/formats/a.ts', 'export default {}');
    expect(rules.findShelfBreaks([item, file('src/formats/a/room.ts', ''), file('src/formats/format.ts', '')])).toEqual(
      [],
    );
    expect(rules.findShelfBreaks([file('src/formats/b.ts', 'export const b = 1')]).length).toBe(1);
    expect(rules.findShelfBreaks([file('src/formats/c/room.ts', '')]).length).toBe(1);
  });

  test('a provider is found by its id and by its tags, in shared code only', () => {
    const ids = new Set(['acme']);
    const text = "if (id === 'acme' || tag === `acme/fp8` || other === 'acmeist') {} // acme";
    expect(rules.findProviderIds(file('src/routing/x.ts', text), ids).length).toBe(2);
    expect(rules.findProviderIds(file('src/providers/x.ts', text), ids)).toEqual([]);
  });

  test('long files, deep folders, empty names and re-exports are found', () => {
    expect(rules.findLongFile(file('src/a/x.ts', 'a\n'.repeat(401))).length).toBe(1);
    expect(rules.findLongFile(file('src/a/x.ts', 'a\n'.repeat(400)))).toEqual([]);
    for (const path of ['src/a/b/x.ts', 'src/a/service-tier.ts', 'deploy/trunkline.service'])
      expect(rules.findBadPlaces(path)).toEqual([]);
    for (const path of ['src/a/b/c/x.ts', 'src/utils/x.ts', 'src/a/string-helpers.ts', 'src/a/key-service.ts'])
      expect(rules.findBadPlaces(path).length).toBe(1);
    expect(rules.findReExports(file('src/a/index.ts', "export { b } from './b.ts';")).length).toBe(1);
    expect(rules.findReExports(file('src/a/x.ts', "export * from './b.ts';")).length).toBe(1);
    expect(rules.findReExports(file('src/a/x.ts', 'export { b };'))).toEqual([]);
  });

  test('dead links to files and to headings are found', () => {
    const read = (path: string) => (path === 'docs/a.md' ? '# One `two`, three\n' : undefined);
    const find = (text: string) => rules.findDeadLinks('docs/b.md', text, read);
    expect(find('[a](a.md) [b](a.md#one-two-three) [c](https://example.com/x)')).toEqual([]);
    expect(find('[a](c.md) [b](a.md#four)').length).toBe(2);
    expect(find('```\n[a](c.md)\n```\n`[a](c.md)`')).toEqual([]);
  });
});

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (IGNORED.has(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });
}

/** One offender per line, so that the list can be read. */
function expectNone(offenders: readonly string[]): void {
  if (offenders.length > 0) throw new Error(`${offenders.length} found\n${offenders.join('\n')}`);
}
