import { expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { Boot } from '../contract/page.ts';
import { renderPages } from './render-pages.ts';

/** An installation whose thread is busy for a while with its first page, and says how many it has drawn. */
const SLOW_AT_FIRST = `
let drawn = 0;
self.onmessage = ({ data: { id } }) => {
  const untilMs = performance.now() + (drawn === 0 ? 1300 : 0);
  while (performance.now() < untilMs);
  self.postMessage({ id, value: { inside: String(++drawn) } });
};
`;

test('a slow page is left to the browser, and the thread that draws goes on with what it knows', async () => {
  const installation = mkdtempSync(join(tmpdir(), 'trunkline-render-'));
  mkdirSync(join(installation, 'src', 'assembly'), { recursive: true });
  writeFileSync(join(installation, 'src', 'assembly', 'render-worker.ts'), SLOW_AT_FIRST);
  const said: string[] = [];
  const log = { write: (_level: string, message: string) => said.push(message) };
  const { render } = renderPages({ installation, clock: systemClock, log });
  const boot = {} as Boot;
  expect(await render(boot, '/slow', '')).toBeUndefined();
  await Bun.sleep(500);
  expect(await render(boot, '/quick', '')).toEqual({ inside: '2' });
  expect(said).toEqual(['A page was not drawn by the server']);
  rmSync(installation, { recursive: true });
});

test('a page that cannot be planned is left to the browser, and the log says why', async () => {
  const installation = mkdtempSync(join(tmpdir(), 'trunkline-render-'));
  const folder = join(installation, 'src', 'assembly');
  mkdirSync(folder, { recursive: true });
  const refuses =
    'self.onmessage = ({ data: { id } }) => self.postMessage({ id, value: undefined, error: "no plan today" });';
  writeFileSync(join(folder, 'render-worker.ts'), refuses);
  const written: unknown[] = [];
  const log = { write: (...line: unknown[]) => void written.push(line) };
  const plan = await renderPages({ installation, clock: systemClock, log }).plan('/models', '');
  expect([plan.isKnown, plan.isPublic, plan.preload]).toEqual([true, false, []]);
  expect(JSON.stringify(written)).toContain('no plan today');
  rmSync(installation, { recursive: true, force: true });
});
