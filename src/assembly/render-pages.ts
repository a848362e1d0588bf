import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Boot, PagePlan } from '../contract/page.ts';
import type { PageChunks, PageFile, PageFiles, PageRenderer } from '../http/page-renderer.ts';

/** A page that takes longer is drawn by the browser alone. */
const RENDER_MS_MAX = 1_000;
const PLAN_MS_MAX = 5_000;
/** Busy or slow to start is no reason to begin anew, which takes longer still; one that hangs is ended. */
const HANG_MS = 15_000;

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
  woff2: 'font/woff2',
  png: 'image/png',
};

const planned = z.object({
  isKnown: z.boolean(),
  isPublic: z.boolean(),
  file: z.string().exactOptional(),
  title: z.string(),
  description: z.string(),
  canonical: z.string().exactOptional(),
  preload: z.array(z.string()),
  isAboutFirst: z.boolean(),
  hasTwin: z.boolean(),
});
const drawn = z.object({ inside: z.string(), about: z.record(z.string(), z.unknown()).exactOptional() });
const listed = z.array(z.object({ path: z.string(), title: z.string(), description: z.string() }));
/** What is sent when the thread fails: nothing of the page, and the browser draws all of it. */
const SHELL: PagePlan = {
  isKnown: true,
  isPublic: false,
  title: 'Trunkline',
  description: '',
  preload: [],
  isAboutFirst: false,
  hasTwin: false,
};
const answer = z.object({ id: z.number(), value: z.unknown(), error: z.string().optional() });

type Question =
  | { readonly what: 'plan'; readonly path: string; readonly search: string }
  | { readonly what: 'render' | 'tell'; readonly boot: Boot; readonly path: string; readonly search: string }
  | { readonly what: 'list' };

/** Draws pages in a thread that starts with the first page; one that died is started again by the next. */
export function renderPages(options: {
  readonly installation: string;
  readonly clock: Clock;
  readonly log: Log;
}): PageRenderer {
  const { installation, clock, log } = options;
  const script = join(installation, 'src', 'assembly', 'render-worker.ts');
  const module = join(installation, 'dist', 'web-render', 'render.js');
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let worker: Worker | undefined;
  let asked = 0;
  /** Stops the timer that ends a thread of which nothing was heard since it was asked something. */
  let hanging: (() => void) | undefined;

  const hear = (): void => {
    hanging?.();
    hanging = undefined;
  };
  const end = (reason: string): void => {
    hear();
    worker?.terminate();
    worker = undefined;
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(script, { name: 'pages' });
    started.onmessage = ({ data }) => {
      hear();
      const { id, value, error } = answer.parse(data);
      const one = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) one?.resolve(value);
      else one?.reject(new Error(error));
    };
    started.onerror = (event) => {
      log.write('error', 'The thread that draws pages ended', { reason: event.message });
      end(event.message);
    };
    return started;
  };
  const ask = async (question: Question, msMax: number): Promise<unknown> => {
    worker ??= start();
    const id = ++asked;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.set(id, { resolve, reject });
    hanging ??= clock.after(HANG_MS, () => end(`no answer within ${HANG_MS} ms`));
    const cancel = clock.after(msMax, () => reject(new Error(`no answer within ${msMax} ms`)));
    worker.postMessage({ id, module, question });
    try {
      return await promise;
    } finally {
      cancel();
      waiting.delete(id);
    }
  };
  return {
    async plan(path, search): Promise<PagePlan> {
      try {
        return planned.parse(await ask({ what: 'plan', path, search }, PLAN_MS_MAX));
      } catch (error) {
        log.write('warn', 'A page was not planned by the server', {
          path: path.slice(0, 200),
          reason: String(error).slice(0, 500),
        });
        return SHELL;
      }
    },
    async render(boot, path, search) {
      try {
        return drawn.parse(await ask({ what: 'render', boot, path, search }, RENDER_MS_MAX));
      } catch (error) {
        log.write('warn', 'A page was not drawn by the server', {
          path: path.slice(0, 200),
          reason: String(error).slice(0, 500),
        });
        return undefined;
      }
    },
    async tell(boot, path, search) {
      return z
        .string()
        .optional()
        .parse(await ask({ what: 'tell', boot, path, search }, PLAN_MS_MAX));
    },
    async list() {
      return listed.parse(await ask({ what: 'list' }, PLAN_MS_MAX));
    },
  };
}

const manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    imports: z.array(z.string()).optional(),
    css: z.array(z.string()).optional(),
  }),
);

/** All files of the build, in memory: names that come from outside never reach the disk. */
export function readPageFiles(installation: string): PageFiles {
  const folder = join(installation, 'dist', 'web');
  const files = new Map<string, PageFile>();
  const assets = join(folder, 'assets');
  if (!existsSync(join(folder, '.vite', 'manifest.json')))
    return { entry: undefined, chunksOf: () => NO_CHUNKS, find: () => undefined };
  for (const name of readdirSync(assets)) {
    const type = TYPES[name.split('.').at(-1)!];
    if (type) files.set(name, readPageFile(join(assets, name), type));
  }
  const chunks = manifest.parse(JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8')));
  const start = Object.keys(chunks).find((name) => chunks[name]!.isEntry);
  const first = start === undefined ? [] : closureOf(chunks, start);
  return {
    entry: start === undefined ? undefined : { script: chunks[start]!.file, ...filesOf(chunks, first, start) },
    chunksOf: (file) =>
      filesOf(
        chunks,
        closureOf(chunks, file).filter((name) => !first.includes(name)),
      ),
    find: (name) => files.get(name),
  };
}

type Chunks = z.infer<typeof manifest>;

const NO_CHUNKS: PageChunks = { styles: [], imports: [] };

/** A chunk, what it imports, and what those import, each once. */
function closureOf(chunks: Chunks, start: string): readonly string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name) || !chunks[name]) return;
    seen.add(name);
    for (const next of chunks[name].imports ?? []) visit(next);
  };
  visit(start);
  return [...seen];
}

function filesOf(chunks: Chunks, names: readonly string[], without?: string): PageChunks {
  return {
    styles: names.flatMap((name) => chunks[name]!.css ?? []),
    imports: names.filter((name) => name !== without).map((name) => chunks[name]!.file),
  };
}

function readPageFile(path: string, type: string): PageFile {
  const plain = readFileSync(path);
  const twin = (ending: string): Uint8Array | undefined =>
    existsSync(path + ending) ? readFileSync(path + ending) : undefined;
  const gzip = twin('.gz');
  const brotli = twin('.br');
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 27);
  return { type, plain, hash, ...(gzip && { gzip }), ...(brotli && { brotli }) };
}
