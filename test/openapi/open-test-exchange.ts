import { HOME_ACCOUNT } from '../../src/accounts/directory.ts';
import { openDirectory } from '../../src/accounts/open-directory.ts';
import { KeyVault } from '../../src/accounts/sealed-secret.ts';
import { SessionBook } from '../../src/accounts/session-book.ts';
import { ContentKeeper } from '../../src/assembly/keep-content.ts';
import { PolicyKeeper } from '../../src/assembly/keep-policies.ts';
import { SwitchKeeper } from '../../src/assembly/keep-switches.ts';
import { makeEventHub } from '../../src/assembly/make-exchange.ts';
import { WoundClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { Verification } from '../../src/contract/verification.ts';
import gemini from '../../src/formats/gemini.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import type { GatewayParts } from '../../src/gateway/gateway-parts.ts';
import { draftPlan, emptyPlan } from '../../src/gateway/make-plan.ts';
import { AuditLog } from '../../src/http/audit-log.ts';
import type { Exchange, ProviderFacts } from '../../src/http/exchange.ts';
import { routes } from '../../src/http/routes.ts';
import { makeApp } from '../../src/http/server.ts';
import type { HealthBook } from '../../src/routing/health-book.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from '../../src/routing/health-numbers.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { demoCatalog } from './demo-catalog.ts';

export interface TestExchange {
  readonly exchange: Exchange;
  readonly clock: WoundClock;
  readonly storage: Storage;
  readonly contents: ContentKeeper;
  /** Keys of the home account, and one of a stranger's. */
  readonly keys: Readonly<Record<'inference' | 'management' | 'stranger' | 'strangerManagement', string>>;
  readonly undrained: GenerationRecord[];
  health: Map<string, EndpointHealth>;
  catalog: Catalog;
  providers: readonly ProviderFacts[];
  verifications: readonly Verification[];
  call(method: string, path: string, init?: CallOptions): Promise<Response>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly key?: string;
  /** Sent as it is when it is a string, else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of `/api/v1`. */
  readonly root?: string;
}

/** The real door, routes, accounts and storage; only the clock is wound, and what would come from the network is set by hand. */
export async function openTestExchange(): Promise<TestExchange> {
  const clock = new WoundClock(Date.UTC(2026, 10, 18, 12));
  const storage = await openStorage({ directory: ':memory:', clock, log: silentLog });
  const directory = await openDirectory({ store: storage, clock });
  for (const id of [HOME_ACCOUNT, 'stranger']) {
    await storage.saveAccount({ id, name: id, createdAtMs: clock.nowMs() });
    const amountPico = 25_500_000_000_000n;
    await storage.deposit({ id: `first-${id}`, accountId: id, amountPico, note: '', createdAtMs: clock.nowMs() });
  }
  const make = async (accountId: string, isManagement: boolean) =>
    (await directory.create({ name: 'test', accountId, isManagement })).text;
  const state = {
    clock,
    storage,
    undrained: [] as GenerationRecord[],
    health: new Map<string, EndpointHealth>(),
    catalog: demoCatalog(),
    providers: DEMO_PROVIDERS as readonly ProviderFacts[],
    verifications: [] as readonly Verification[],
    keys: {
      inference: await make(HOME_ACCOUNT, false),
      management: await make(HOME_ACCOUNT, true),
      stranger: await make('stranger', false),
      strangerManagement: await make('stranger', true),
    },
  };
  const charged = (records: readonly GenerationRecord[]) =>
    records.reduce((sum, record) => sum + record.charge.chargedPico, 0n);
  const switches = new SwitchKeeper(storage.statistics);
  const health = {
    health: (id: string) => state.health.get(id) ?? UNKNOWN_HEALTH,
    endpointIds: () => [...state.health.keys()],
  } as unknown as HealthBook;
  const policies = new PolicyKeeper(storage.policies, silentLog);
  const events = makeEventHub(clock, health, switches);
  const contents = new ContentKeeper({
    ...{ storage, clock, log: silentLog, vault: new KeyVault(new Uint8Array(32).fill(7)) },
    ...{ formats: new Map([[openaiChat.id, openaiChat]]), keys: () => directory.list() },
  });
  // What planning asks of the gateway: nobody is called here.
  const planning = {
    clock,
    random: seededRandom(1),
    health,
    catalog: () => state.catalog,
    connectedIds: () => new Set(state.providers.filter(({ connected }) => connected).map(({ id }) => id)),
    off: () => switches.targets(),
    keysOf: (id: string) => state.providers.find((provider) => provider.id === id)?.environmentKeys ?? [],
  } as unknown as GatewayParts;
  const exchange: Exchange = {
    clock,
    log: silentLog,
    version: 'test',
    formats: [openaiChat, gemini],
    catalog: () => state.catalog,
    providers: () => state.providers,
    health: (id) => state.health.get(id) ?? UNKNOWN_HEALTH,
    uptime: (id) => (state.health.has(id) ? { last5m: 100, last30m: 99.5, last1d: 98.25 } : {}),
    directory,
    ledger: storage,
    statistics: storage.statistics,
    contents,
    undrained: () => state.undrained,
    calledEndpoints: () => [...state.health.keys()],
    inFlight: () => 0,
    switches,
    policies,
    events,
    plan: (features, seed) => draftPlan(planning, features, { state: () => undefined }, seed),
    explainEmpty: (plan) => emptyPlan(planning, plan).message,
    startedAtMs: clock.nowMs(),
    journalPending: () => state.undrained.length,
    findUndrained: (id) => state.undrained.find((record) => record.id === id),
    undrainedSpending: (hash) => charged(state.undrained.filter(({ keyHash }) => keyHash === hash)),
    undrainedAccountSpending: (id) => charged(state.undrained.filter(({ accountId }) => accountId === id)),
    verifications: (modelId) => state.verifications.filter(({ model }) => model === modelId),
  };
  const app = makeApp({
    exchange,
    // No route here generates.
    gateway: {} as Parameters<typeof makeApp>[0]['gateway'],
    routes,
    formats: [gemini],
    errorFormat: openaiChat,
    metrics: { countAnswer: () => undefined },
    book: new SessionBook(storage.people, directory, clock),
    audit: new AuditLog(storage.audit, clock, silentLog),
  });
  return Object.assign(state, {
    exchange,
    contents,
    async call(method: string, path: string, { key, body, headers, root = '/api/v1' }: CallOptions = {}) {
      return await app.request(`http://exchange.test${path.startsWith('/api/') ? '' : root}${path}`, {
        method,
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    },
    close: () => storage.close(),
  });
}

const DEMO_PROVIDERS: readonly ProviderFacts[] = [
  {
    id: 'acme',
    name: 'Acme',
    connected: true,
    environmentKeys: ['ACME_KEY'],
    headquarters: 'DE',
    datacenters: ['DE', 'FR', 'somewhere'],
    privacyPolicyUrl: 'https://acme.test/privacy',
  },
  { id: 'distant', name: 'Distant', connected: false, environmentKeys: ['DISTANT_KEY'], headquarters: 'the moon' },
];
