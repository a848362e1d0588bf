import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiKey, hashApiKey } from '../../src/accounts/api-key.ts';
import { HOME_ACCOUNT, HOME_WORKSPACE } from '../../src/accounts/directory.ts';
import { KeyVault } from '../../src/accounts/sealed-secret.ts';
import { ContentKeeper } from '../../src/assembly/keep-content.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { Secret } from '../../src/base/secret.ts';
import { Budgets } from '../../src/billing/budgets.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import { loadFormats, type RequestAddress, type RequestQuirks, type WireFormat } from '../../src/formats/format.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import type { ProviderConnection } from '../../src/gateway/connection.ts';
import { DEFAULT_DEADLINES, type Deadlines, DeadlineWheel } from '../../src/gateway/deadlines.ts';
import { Egress } from '../../src/gateway/egress.ts';
import { makeMediaFetcher } from '../../src/gateway/fetch-media.ts';
import type { GatewayParts } from '../../src/gateway/gateway-parts.ts';
import { probeAddress } from '../../src/gateway/probe-address.ts';
import { answerCount } from '../../src/http/answer-count.ts';
import { answerGeneration, statusOf } from '../../src/http/generations.ts';
import { loadPlugins } from '../../src/plugins/plugin.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { EngineBook } from '../../src/routing/engine-book.ts';
import { HealthBook } from '../../src/routing/health-book.ts';
import { openJournal } from '../../src/storage/journal.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { testCatalog } from './test-catalog.ts';

const FORMATS = await loadFormats();
const PLUGINS = await loadPlugins();

export interface TestProvider {
  readonly endpoint: Endpoint;
  readonly baseUrl: string;
  readonly quirks?: RequestQuirks;
  readonly format?: string;
  readonly wake?: ProviderConnection['wake'];
  readonly continues?: Provider['continues'];
  readonly completes?: Provider['completes'];
  readonly signer?: Provider['signer'];
  /** `TEST_SECRET` unless given. */
  readonly secret?: string;
}

export interface TestHouseOptions {
  readonly providers: readonly TestProvider[];
  readonly clock?: Clock;
  readonly log?: Log;
  readonly deadlines?: Partial<Deadlines>;
  readonly creditPico?: bigint;
  readonly limitPico?: bigint;
  readonly seed?: number;
  /** What an operator took out. */
  readonly off?: ReadonlySet<string>;
  /** What the configuration says for plugins, by their id. */
  readonly pluginSettings?: Readonly<Record<string, unknown>>;
  /** Files given by address may be fetched from this machine. */
  readonly servesMedia?: boolean;
}

export interface TestHouse {
  readonly parts: GatewayParts;
  /** Of the house's key; nothing is stored until its policy says so. */
  readonly contents: ContentKeeper;
  /** Where everything of the house is on disk. */
  readonly directory: string;
  readonly storage: Storage;
  readonly key: ApiKey;
  readonly baseUrl: string;
  /** Sends a body to the house's own HTTP server. */
  post(
    body: object,
    init?: {
      readonly headers?: Record<string, string>;
      readonly signal?: AbortSignal;
      /** Of another format than chat completions. */
      readonly path?: string;
    },
  ): Promise<Response>;
  /** Settled generations, oldest first. */
  records(): readonly GenerationRecord[];
  close(): Promise<void>;
}

const NONE_OFF: ReadonlySet<string> = new Set();

export const TEST_SECRET = 'provider-secret-canary-0123456789';

/** The real gateway behind a real HTTP server on loopback, with real storage in a temporary folder; only time may be wound. */
export async function openTestHouse(options: TestHouseOptions): Promise<TestHouse> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLog;
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-test-'));
  const storage = await openStorage({ directory, clock, log });
  await storage.saveAccount({ id: HOME_ACCOUNT, name: 'Home', createdAtMs: clock.nowMs() });
  const amountPico = options.creditPico ?? 1_000_000_000_000_000n;
  await storage.deposit({ id: 'opening', accountId: HOME_ACCOUNT, amountPico, note: '', createdAtMs: clock.nowMs() });
  const key = testKey(options.limitPico, clock);
  await storage.saveApiKey(key);
  const appended: GenerationRecord[] = [];
  const journal = await openJournal({ directory, store: storage, clock, log, drainEveryMs: 50, replicaId: 'test' });
  const keeping = new Proxy(journal, {
    get(target, name) {
      if (name === 'append') {
        return (record: GenerationRecord) => {
          target.append(record);
          appended.push(record);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const contents = new ContentKeeper({
    ...{ storage, clock, log, vault: new KeyVault(new Uint8Array(32).fill(7)), keys: () => [key] },
    formats: new Map(FORMATS.map((format) => [format.id, format])),
  });
  const parts = { ...makeParts(options, clock, log, keeping, new Budgets(storage, clock, 'test')), contents };
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: (request) => serve(request, parts, key),
  });
  const baseUrl = `http://127.0.0.1:${server.port}`;
  return {
    parts,
    contents,
    directory,
    storage,
    key,
    baseUrl,
    post: (body, init) =>
      fetch(`${baseUrl}${init?.path ?? '/api/v1/chat/completions'}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...init?.headers },
        ...(init?.signal && { signal: init.signal }),
      }),
    records: () => appended,
    async close() {
      await server.stop(true);
      await contents.close();
      await journal.close();
      await storage.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function serve(request: Request, parts: GatewayParts, key: ApiKey): Promise<Response> {
  const { format, address, isCount } = findRoute(request);
  try {
    const caller = { key, app: { categories: [] } };
    const call = { request, caller, format, requestId: 'req-test', parts };
    if (isCount) return await answerCount(call);
    return await answerGeneration(address ? { ...call, address } : call);
  } catch (error) {
    const { asFailure } = await import('../../src/generation/failure.ts');
    const failure = asFailure(error);
    return Response.json(format.server.encodeFailure(failure), { status: statusOf(failure, format) });
  }
}

/** Which format is spoken at an address, as the server's own table has it. */
interface FoundRoute {
  readonly format: WireFormat;
  readonly address?: RequestAddress;
  readonly isCount?: boolean;
}

function findRoute(request: Request): FoundRoute {
  const { pathname, searchParams } = new URL(request.url);
  for (const format of FORMATS) {
    if (format.server.counting?.routes.some(({ path }) => path === pathname)) return { format, isCount: true };
    for (const route of format.server.routes) {
      const names = [...route.path.matchAll(/:(\w+)(?:\{[^}]*\})?/g)].map((match) => match[1]!);
      const pattern = route.path.replace(
        /:\w+(?:\{([^}]*)\})?/g,
        (_, inner: string | undefined) => `(${inner ?? '[^/]+'})`,
      );
      const found = new RegExp(`^${pattern}$`).exec(pathname);
      if (!found) continue;
      const params = Object.fromEntries(names.map((name, i) => [name, found[i + 1]!]));
      const address = route.read?.(params, searchParams);
      return address ? { format, address } : { format };
    }
  }
  return { format: openaiChat };
}

function makeParts(
  options: TestHouseOptions,
  clock: Clock,
  log: Log,
  journal: GatewayParts['journal'],
  budgets: Budgets,
): Omit<GatewayParts, 'contents'> {
  const connections = new Map(options.providers.map((provider) => [provider.endpoint.providerId, connect(provider)]));
  const catalog = testCatalog(options.providers.map(({ endpoint }) => endpoint));
  return {
    clock,
    random: seededRandom(options.seed ?? 1),
    log,
    deadlines: { ...DEFAULT_DEADLINES, ...options.deadlines },
    wheel: new DeadlineWheel(clock),
    egress: new Egress(clock, async () => ['127.0.0.1']),
    formats: new Map(FORMATS.map((format) => [format.id, format])),
    health: new HealthBook(),
    engines: new EngineBook(),
    budgets,
    journal,
    userAgent: 'trunkline-test',
    media: makeMediaFetcher({
      resolve: async () => ['127.0.0.1'],
      userAgent: 'trunkline-test',
      isForbidden: (address) => !options.servesMedia || address !== '127.0.0.1',
      ports: { has: () => true } as unknown as ReadonlySet<string>,
    }),
    plugins: new Map(PLUGINS.map((plugin) => [plugin.id, plugin])),
    pluginSettings: (id) => options.pluginSettings?.[id],
    fetch: (url, init) => fetch(url, init),
    probe: probeAddress,
    catalog: () => catalog,
    routeFactsKey: (modelId) => modelId,
    connections: () => connections,
    connectedIds: () => new Set(connections.keys()),
    off: () => options.off ?? NONE_OFF,
    policies: { layersOf: () => [], findPreset: () => undefined },
    keysOf: (providerId) => [`${providerId.toUpperCase()}_API_KEY`],
    hashUser: (user) => `hash-of-${user}`,
    seal: (text) => `seal-of-${text.replaceAll('\0', '/')}`,
  };
}

function connect(given: TestProvider): ProviderConnection {
  const { endpoint, baseUrl, quirks, format, wake, continues, completes, signer, secret = TEST_SECRET } = given;
  return {
    provider: {
      id: endpoint.providerId,
      name: endpoint.providerName,
      baseUrl,
      format: format ?? 'openai-chat',
      environmentKeys: [],
      documentation: 'https://example.test/docs',
      ...(quirks && { quirks }),
      ...(continues && { continues }),
      ...(completes && { completes }),
      ...(signer && { signer }),
    },
    baseUrl,
    secret: new Secret(secret),
    allowPrivateNetwork: true,
    ...(wake && { wake }),
  };
}

function testKey(limitPico: bigint | undefined, clock: Clock): ApiKey {
  return {
    hash: hashApiKey('test'),
    accountId: HOME_ACCOUNT,
    name: 'test',
    label: 'sk-tl-v1-tes...est',
    isManagement: false,
    disabled: false,
    ...(limitPico !== undefined && { limitPico }),
    includeByokInLimit: false,
    createdAtMs: clock.nowMs(),
    workspaceId: HOME_WORKSPACE,
  };
}
