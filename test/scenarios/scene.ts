import type { PriceList } from '../../src/catalog/price.ts';
import { openScriptedProvider, type Script, type ScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse, type TestHouseOptions, type TestProvider } from '../support/test-house.ts';

const opened: { close(): Promise<void> }[] = [];

/** Keeps a part to be closed with the scene. */
export function keep<T extends { close(): Promise<void> }>(part: T): T {
  opened.push(part);
  return part;
}

/** Closes every scene that is open. For `afterEach`. */
export async function closeScenes(): Promise<void> {
  for (const part of opened.splice(0).reverse()) await part.close();
}

export const CREDIT = 1_000_000_000_000_000n;
export const PRICE: PriceList = {
  id: 'acme@test',
  prompt: 1_000_001n,
  completion: 2_000_003n,
  cacheRead: 100_007n,
  cacheWrite: 1_250_011n,
  reasoning: 3_000_013n,
  perRequest: 17n,
  source: 'test',
  seenAt: '2026-11-01',
};

/** One provider that keeps to a script, and a house that calls it. */
export async function scene(script: Script, options: Partial<TestHouseOptions> & { readonly price?: PriceList } = {}) {
  const provider = keep(await openScriptedProvider(script));
  const { price, ...rest } = options;
  const endpoint = testEndpoint('acme', { price: price ?? PRICE });
  const house = keep(await openTestHouse({ providers: [{ endpoint, baseUrl: provider.baseUrl }], ...rest }));
  return { house, provider };
}

export type Line = Partial<Pick<TestProvider, 'format' | 'continues' | 'quirks'>> & { readonly script: Script };

/** A house of providers by name, all of one format unless they say otherwise. */
export async function sceneOf(format: string, lines: Readonly<Record<string, Line>>) {
  const providers: TestProvider[] = [];
  const scripted: Record<string, ScriptedProvider> = {};
  for (const [name, { script, ...traits }] of Object.entries(lines)) {
    const provider = keep(await openScriptedProvider(script));
    scripted[name] = provider;
    const endpoint = testEndpoint(name, { price: PRICE });
    providers.push({ endpoint, baseUrl: provider.baseUrl, format, ...traits });
  }
  return { house: keep(await openTestHouse({ providers })), scripted };
}

/** The whole of a stream; says when `text` has been seen in it. */
export async function readUntil(response: Response, text: string, onText: () => void): Promise<string> {
  let bytes = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body!) {
    bytes += decoder.decode(piece, { stream: true });
    if (bytes.includes(text)) onText();
  }
  return bytes;
}

export function ask(stream: boolean, more: object = {}): object {
  return { model: 'demo/talker', stream, messages: [{ role: 'user', content: 'Hi' }], ...more };
}

/** What the account can still spend, everything drained and nothing in flight. */
export async function left(house: TestHouse): Promise<bigint> {
  await house.parts.journal.drain();
  return house.parts.budgets.affordable(house.key, CREDIT * 2n);
}

export async function spent(house: TestHouse): Promise<bigint> {
  await house.parts.journal.drain();
  return (await house.storage.balance(house.key.accountId)).spentPico;
}
