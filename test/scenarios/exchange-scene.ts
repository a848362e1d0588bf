import { HOME_ACCOUNT } from '../../src/accounts/directory.ts';
import { openDirectory } from '../../src/accounts/open-directory.ts';
import { KeyVault } from '../../src/accounts/sealed-secret.ts';
import { SessionBook } from '../../src/accounts/session-book.ts';
import { ContentKeeper } from '../../src/assembly/keep-content.ts';
import { PolicyKeeper } from '../../src/assembly/keep-policies.ts';
import { SwitchKeeper } from '../../src/assembly/keep-switches.ts';
import { makeEventHub, makeExchange } from '../../src/assembly/make-exchange.ts';
import { silentLog } from '../../src/base/log.ts';
import { DEMO_WORKSPACE } from '../../src/billing/demo.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { routeFactsKey } from '../../src/catalog/route-facts.ts';
import anthropicMessages from '../../src/formats/anthropic-messages.ts';
import gemini from '../../src/formats/gemini.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import openaiResponses from '../../src/formats/openai-responses.ts';
import type { GatewayParts } from '../../src/gateway/gateway-parts.ts';
import { AuditLog } from '../../src/http/audit-log.ts';
import { routes } from '../../src/http/routes.ts';
import { makeApp } from '../../src/http/server.ts';
import type { Script } from '../support/scripted-provider.ts';
import { openScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestProvider } from '../support/test-house.ts';
import { keep } from './scene.ts';

const FORMATS = [openaiChat, openaiResponses, anthropicMessages, gemini];

/** A scripted provider, and what a prompt token of it costs; a completion token costs twice that. */
export interface ScenePart {
  readonly script: Script;
  readonly promptPico: bigint;
  /** Serves the demonstration alone. */
  readonly isDemo?: boolean;
  /** Its key is gone since. */
  readonly isGone?: boolean;
}

/** The whole gateway behind its real door: providers that keep to a script, and every route over what they did. */
export async function exchangeScene(parts: Readonly<Record<string, ScenePart>>) {
  const providers: TestProvider[] = [];
  for (const [id, { script, promptPico, isDemo }] of Object.entries(parts)) {
    const provider = keep(await openScriptedProvider(script));
    const price = {
      id: `${id}@test`,
      prompt: promptPico,
      completion: 2n * promptPico,
      source: 'test',
      seenAt: '2026-11-01',
    };
    providers.push({ endpoint: testEndpoint(id, { price, ...(isDemo && { isDemo }) }), baseUrl: provider.baseUrl });
  }
  const house = keep(await openTestHouse({ providers }));
  const { storage } = house;
  const directory = await openDirectory({ store: storage, clock: house.parts.clock });
  await storage.saveAccount({ id: 'stranger', name: 'Stranger', createdAtMs: 0 });
  await storage.deposit({ id: 'stranger', accountId: 'stranger', amountPico: 10n ** 15n, note: '', createdAtMs: 0 });
  const make = async (accountId: string, isManagement = false, workspaceId?: string) =>
    (await directory.create({ name: 'scene', accountId, isManagement, ...(workspaceId && { workspaceId }) })).text;
  const keys = {
    own: await make(HOME_ACCOUNT),
    demo: await make(HOME_ACCOUNT, false, DEMO_WORKSPACE),
    management: await make(HOME_ACCOUNT, true),
    stranger: await make('stranger'),
  };
  const switches = new SwitchKeeper(storage.statistics);
  const contents = new ContentKeeper({
    ...{ storage, clock: house.parts.clock, log: silentLog, vault: new KeyVault(new Uint8Array(32).fill(7)) },
    ...{ formats: house.parts.formats, keys: () => directory.list() },
  });
  keep(contents);
  const policies = new PolicyKeeper(storage.policies, silentLog);
  const events = makeEventHub(house.parts.clock, house.parts.health, switches);
  const gateway: GatewayParts = {
    ...house.parts,
    contents,
    off: () => switches.targets(),
    policies,
    journal: new Proxy(house.parts.journal, {
      get(target, name) {
        if (name === 'append') {
          return (record: GenerationRecord) => {
            target.append(record);
            events.settled(record);
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    routeFactsKey(modelId) {
      const catalog = house.parts.catalog();
      const key = routeFactsKey(catalog, modelId);
      void storage.saveRouteFacts(key, catalog.endpoints(modelId)).catch(() => undefined);
      return key;
    },
  };
  const exchange = makeExchange({
    ...{ log: silentLog, version: 'test', gateway, directory, storage, journal: gateway.journal },
    ...{ switches, contents, policies, events },
    verifications: { list: () => [] },
    providers: () =>
      Object.entries(parts).map(([id, { isGone }]) => ({ id, name: id, connected: !isGone, environmentKeys: [] })),
  });
  const app = makeApp({
    ...{ exchange, gateway, routes, formats: FORMATS, errorFormat: openaiChat },
    metrics: { countAnswer: () => undefined },
    book: new SessionBook(storage.people, directory, gateway.clock),
    audit: new AuditLog(storage.audit, gateway.clock, silentLog),
  });
  const call = async (method: string, path: string, key?: string, body?: unknown, headers?: Record<string, string>) =>
    await app.request(`http://exchange.test${path}`, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  return { house, exchange, contents, keys, switches, call, drain: () => house.parts.journal.drain() };
}
