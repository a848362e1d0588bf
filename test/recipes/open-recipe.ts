import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOME_ACCOUNT } from '../../src/accounts/directory.ts';
import { openExchange, WIRE_FORMATS } from '../../src/assembly/open-exchange.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { EngineDiscovery } from '../../src/engines/discovery.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { makeApp } from '../../src/http/server.ts';

const FOLDER = join(import.meta.dir, '../../deploy/recipes');

/** The configuration that a recipe shows. */
export function recipeToml(name: string): string {
  const blocks = [...readFileSync(join(FOLDER, name), 'utf8').matchAll(/^```toml\n([\s\S]*?)^```/gm)];
  if (blocks.length !== 1) throw new Error(`${name} should show one trunkline.toml and shows ${blocks.length}`);
  return blocks[0]![1]!;
}

export interface RunningRecipe {
  /** Goes on when these engines are found at their addresses. */
  find(addresses: readonly string[]): Promise<void>;
  /** Asks as a caller does; the body of the answer, and what was kept of it. */
  ask(body: object): Promise<{ readonly status: number; readonly text: string; readonly record?: GenerationRecord }>;
  close(): Promise<void>;
}

/** Trunkline with this configuration and nothing else: the real parts, a fresh home, no discovery. */
export async function openRecipe(toml: string, environment: Readonly<Record<string, string>>): Promise<RunningRecipe> {
  const home = mkdtempSync(join(tmpdir(), 'trunkline-recipe-'));
  writeFileSync(join(home, 'trunkline.toml'), toml);
  const opened = await openExchange(
    {
      ...{ home, configPath: join(home, 'trunkline.toml'), envPath: join(home, '.env'), environment },
      ...{ discoversEngines: false, runsBundledEngine: false, drainSeconds: 1, base: '' },
    },
    silentLog,
  );
  const { storage, directory, exchange, gateway, metrics } = opened;
  await storage.saveAccount({ id: HOME_ACCOUNT, name: 'Home', createdAtMs: 0 });
  const credit = { id: 'opening', accountId: HOME_ACCOUNT, amountPico: 10n ** 15n, note: '', createdAtMs: 0 };
  await storage.deposit(credit);
  const { text: key } = await directory.create({ name: 'test', accountId: HOME_ACCOUNT, isManagement: false });
  const { book, audit } = opened;
  const app = makeApp({
    ...{ book, audit },
    exchange,
    gateway,
    metrics,
    routes: [],
    formats: WIRE_FORMATS,
    errorFormat: openaiChat,
  });
  return {
    async find(addresses) {
      const discovery = new EngineDiscovery({
        ...{ fetch: (url, init) => fetch(url, init), clock: systemClock, log: silentLog, ports: [], ownPort: 1 },
        ...{ extraBaseUrls: addresses, periodMs: 60_000 },
        onChange: (engines) => opened.marketplace.change({ engines }),
      });
      await discovery.refresh();
    },
    async ask(body) {
      const response = await app.request('http://trunkline.test/api/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      const id = /"id":\s*"(gen-[^"]+)"/.exec(text)?.[1];
      const record = id === undefined ? undefined : (exchange.findUndrained(id) ?? (await storage.findGeneration(id)));
      return { status: response.status, text, ...(record && { record }) };
    },
    async close() {
      await opened.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
