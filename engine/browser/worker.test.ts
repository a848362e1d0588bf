import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dataUrl, drawPng, endlessBias, PROJECTOR, user, WEIGHTS } from '../test-engine.ts';
import { buildWorker } from './build-worker.ts';
import type { FromWorker, ToWorker } from './messages.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-worker-'));
  await buildWorker(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const read = (path: string) => Bun.file(path).arrayBuffer();

/** A worker of the built script, and what it said so far. */
class Page {
  readonly heard: FromWorker[] = [];
  readonly #worker = new Worker(pathToFileURL(join(folder, 'worker.js')).href);
  readonly #listeners = new Set<() => void>();

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.heard.push(data);
      for (const listener of this.#listeners) listener();
    };
  }

  say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  until(isIt: (message: FromWorker) => boolean): Promise<FromWorker> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.heard.find(isIt);
        if (!found) return;
        this.#listeners.delete(look);
        resolve(found);
      };
      this.#listeners.add(look);
      look();
    });
  }

  close(): void {
    this.#worker.terminate();
  }
}

async function openPage(changes: Partial<ToWorker & { readonly type: 'open' }> = {}): Promise<Page> {
  const page = new Page();
  page.say({
    type: 'open',
    weights: await read(WEIGHTS),
    projector: await read(PROJECTOR),
    kernels: await read(join(folder, 'kernels.wasm')),
    codecs: {
      jpeg: pathToFileURL(join(folder, 'jpeg.wasm')).href,
      webp: pathToFileURL(join(folder, 'webp.wasm')).href,
    },
    contextTokens: 1024,
    outputTokensMax: 900,
    ...changes,
  });
  return page;
}

const textOf = (page: Page, id: number) =>
  page.heard
    .map((message) =>
      message.type === 'answer' && message.id === id && message.event.type === 'text' ? message.event.text : '',
    )
    .join('');
const isOver = (id: number) => (message: FromWorker) =>
  (message.type === 'answer' && message.id === id && message.event.type === 'ended') ||
  (message.type === 'refused' && message.id === id);

test('the script is small and asks for nothing that a browser lacks', async () => {
  const script = await Bun.file(join(folder, 'worker.js')).text();
  expect(script).not.toMatch(/node:|require\(|\bBun\b|\bprocess\./);
  expect(script.length).toBeLessThan(400_000);
  expect(new Bun.Transpiler({ loader: 'js' }).scanImports(script)).toEqual([]);
});

describe('an engine in a worker', () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage();
  });
  afterAll(() => page.close());

  test('opens and says how long it took', async () => {
    expect(await page.until(({ type }) => type === 'opened')).toMatchObject({ readsPictures: true });
  });

  test('answers in pieces, with counts at the end', async () => {
    page.say({ type: 'generate', id: 1, request: { messages: [user('How do I get JSON?')] } });
    const last = await page.until(isOver(1));
    expect(last).toMatchObject({ event: { finishReason: 'stop', counts: { promptTokens: 22, outputTokens: 31 } } });
    expect(textOf(page, 1)).toBe(
      'Send response_format with type json_schema and your schema. Endpoints that cannot hold the answer to it are avoided.',
    );
    expect(page.heard.filter((message) => message.type === 'answer').length).toBeGreaterThan(10);
  });

  test('looks at pictures of any format', async () => {
    const png = drawPng(64, [214, 40, 40], [20, 20, 20]);
    const jpeg = await new Bun.Image(drawPng(300, [214, 40, 40], [20, 20, 20])).jpeg().bytes();
    for (const [id, url] of [
      [2, dataUrl(png)],
      [3, dataUrl(jpeg, 'jpeg')],
    ] as const) {
      const parts = [
        { type: 'text', text: 'What do you see?' },
        { type: 'image_url', image_url: { url } },
      ];
      page.say({ type: 'generate', id, request: { messages: [user(parts)] } });
      await page.until(isOver(id));
      expect(textOf(page, id)).toMatch(/^A red \w+ on a black background\.$/);
    }
  });

  test('says nothing more of an answer that was cancelled', async () => {
    page.say({ type: 'generate', id: 4, request: { messages: [user('Hi')], logit_bias: await endlessBias() } });
    await page.until((message) => message.type === 'answer' && message.id === 4 && message.event.type === 'text');
    page.say({ type: 'cancel', id: 4 });
    page.say({ type: 'generate', id: 5, request: { messages: [user('Bye')] } });
    await page.until(isOver(5));
    expect(page.heard.some(isOver(4))).toBe(false);
    expect(page.heard.findLastIndex((message) => 'id' in message && message.id === 4)).toBeLessThan(
      page.heard.findIndex((message) => 'id' in message && message.id === 5),
    );
  });

  test('refuses what it cannot answer, with a code', async () => {
    page.say({ type: 'generate', id: 6, request: { messages: [] } });
    page.say({ type: 'generate', id: 7, request: { messages: [user('word '.repeat(1600))] } });
    expect(await page.until(isOver(6))).toMatchObject({ type: 'refused', code: 'invalid_value' });
    expect(await page.until(isOver(7))).toMatchObject({ type: 'refused', code: 'context_length_exceeded' });
  });
});

test('a model that is none makes the worker unavailable, with the reason', async () => {
  const page = await openPage({ weights: new TextEncoder().encode('hello').buffer });
  const told = await page.until(({ type }) => type === 'unavailable');
  expect(told).toMatchObject({ message: expect.any(String) });
  page.close();
});
