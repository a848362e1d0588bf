import type { PriceList } from '../../src/catalog/price.ts';
import { openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse, type TestHouseOptions } from '../support/test-house.ts';

const opened: { close(): Promise<void> }[] = [];
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
  const provider = await openScriptedProvider(script);
  opened.push(provider);
  const { price, ...rest } = options;
  const endpoint = testEndpoint('acme', { price: price ?? PRICE });
  const house = await openTestHouse({ providers: [{ endpoint, baseUrl: provider.baseUrl }], ...rest });
  opened.push(house);
  return { house, provider };
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
