import { existsSync, statSync } from 'node:fs';
import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { openDirectory } from '../accounts/open-directory.ts';
import { type KeyVault, openKeyVault } from '../accounts/sealed-secret.ts';
import { systemClock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { plural } from '../base/plural.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import type {
  CliTools,
  CreditRow,
  DoctorLine,
  KeyRow,
  ModelFilter,
  ModelRow,
  ProviderRow,
  Terminal,
} from '../cli/cli-tools.ts';
import type { Config } from '../config/read-config.ts';
import { readText } from '../config/watch-file.ts';
import { EngineDiscovery } from '../engines/discovery.ts';
import type { Engine } from '../engines/engine.ts';
import { localModelsPath, readLocalModels } from '../engines/local-model.ts';
import { renewClaim } from '../http/claim.ts';
import { printVerification } from '../http/print-verification.ts';
import { loadProviders } from '../providers/provider.ts';
import { renderDecision } from '../routing/render-decision.ts';
import { isSamePlan, replay } from '../routing/route-decision.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { SCOUT } from '../verification/scout-checks.ts';
import { openVerificationBook } from '../verification/verification-book.ts';
import { addModel } from './add-model.ts';
import { askLine, askSecret } from './ask-terminal.ts';
import { dataPoliciesOf } from './keep-catalog.ts';
import { listLocalModels, removeModel } from './list-local-models.ts';
import { isLocalProvider, Marketplace } from './marketplace.ts';
import { VERSION } from './open-exchange.ts';
import { readConfigFile } from './read-config-file.ts';
import { readEnvironment } from './read-environment.ts';
import { makeRescueTools } from './rescue-tools.ts';
import { type DemoHouse, removeDemo, runDemo } from './run-demo.ts';
import { runScoutDoctor } from './scout-doctor.ts';
import { DEFAULT_HOST, DEFAULT_PORT, type Settings } from './settings.ts';
import { wishModel } from './wish-model.ts';

export interface CliOptions {
  readonly settings: Settings;
  /** The folder of the installation. */
  readonly installation: string;
  readonly terminal: Terminal;
  out(text: string): void;
  err(text: string): void;
  serve(): Promise<number>;
}

/** The commands' view of the house. They open the data folder themselves: a running server sees their changes within seconds. */
export function makeCliTools(options: CliOptions): CliTools {
  const { settings } = options;
  const withStorage = <T>(use: (storage: Storage) => Promise<T>): Promise<T> => useStorage(settings, use);
  const address = (): string => {
    const { server } = readConfigFile(settings.configPath);
    return `${server.public_url ?? demoHouse(settings, withStorage).address}${settings.base}`;
  };
  return {
    version: VERSION,
    clock: systemClock,
    terminal: options.terminal,
    out: options.out,
    err: options.err,
    serve: options.serve,
    createKey: (draft) =>
      withStorage(async (storage) => {
        const directory = await openDirectory({ store: storage, clock: systemClock });
        return (await directory.create({ ...draft, accountId: HOME_ACCOUNT })).text;
      }),
    listKeys: () => withStorage(listKeys),
    revokeKey: (hash) => withStorage((storage) => storage.deleteApiKey(hash)),
    listModels: (filter) => withMarketplace(settings, (marketplace) => listModels(marketplace, filter)),
    listProviders: () => withMarketplace(settings, listProviders),
    saveProviderKey: (providerId, key) =>
      withStorage(async (storage) => {
        const sealed = vaultOf(settings).seal(providerId, new Secret(key));
        const createdAtMs = systemClock.nowMs();
        await storage.saveProviderKey({ providerId, sealed, label: `...${key.slice(-4)}`, createdAtMs });
      }),
    deleteProviderKey: (providerId) => withStorage((storage) => storage.deleteProviderKey(providerId)),
    readInput: () => (process.stdin.isTTY ? askSecret() : Bun.stdin.text()),
    addCredit: (amountPico, note) =>
      withStorage(async (storage) => {
        const createdAtMs = systemClock.nowMs();
        await storage.deposit({ id: `cli-${randomText(20)}`, accountId: HOME_ACCOUNT, amountPico, note, createdAtMs });
        return balance(storage);
      }),
    balance: () => withStorage(balance),
    makeClaimLink: () =>
      withStorage(async (storage) => {
        const { token } = await renewClaim({ store: storage, clock: systemClock });
        return `${address()}/claim?token=${token}`;
      }),
    ...makeRescueTools({ settings, withStorage, address }),
    runDemo: (order, view) => runDemo(demoHouse(settings, withStorage), order, view),
    removeDemo: () => removeDemo(demoHouse(settings, withStorage)),
    explain: (id) => withStorage((storage) => explain(storage, id)),
    doctor: () => doctor(settings),
    verifyScout: (order, view) =>
      runScoutDoctor({ settings, findEngines: (config) => findEngines(settings, config), withStorage }, order, view),
    addModel: (order, view) => {
      const findHere = (config: Config) => findEngines(settings, config);
      const { signal } = new AbortController();
      return addModel({ settings, installation: options.installation, findEngines: findHere, signal }, order, view);
    },
    removeModel: async (id, deletesFiles) => removeModel(settings.home, id, deletesFiles),
    wishModel: (id, to, view) => wishModel(settings.home, id, to, view),
    listLocalModels: async () => listLocalModels(settings.home),
    askLine,
  };
}

function demoHouse(settings: Settings, withStorage: DemoHouse['withStorage']): DemoHouse {
  const { server } = readConfigFile(settings.configPath);
  const port = settings.port ?? server.port ?? DEFAULT_PORT;
  return { home: settings.home, address: `http://127.0.0.1:${port}`, withStorage, clock: systemClock };
}

async function useStorage<T>(settings: Settings, use: (storage: Storage) => Promise<T>): Promise<T> {
  const { databaseUrl } = settings;
  const storage = await openStorage({
    directory: settings.home,
    clock: systemClock,
    log: silentLog,
    ...(databaseUrl && { url: databaseUrl }),
  });
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

function vaultOf(settings: Settings): KeyVault {
  return openKeyVault({ directory: settings.home, environment: settings.environment });
}

async function listKeys(storage: Storage): Promise<readonly KeyRow[]> {
  const nowMs = systemClock.nowMs();
  const keys = await storage.apiKeys();
  return Promise.all(
    keys.map(async (key) => ({ ...key, spentPico: (await storage.keyUsage(key.hash, nowMs)).totalPico })),
  );
}

async function balance(storage: Storage): Promise<CreditRow> {
  const { depositedPico, spentPico } = await storage.balance(HOME_ACCOUNT);
  return { depositedPico, spentPico };
}

/** The recorded decision as a table, and whether the same inputs still give the same plan. */
async function explain(storage: Storage, id: string): Promise<string | undefined> {
  const record = await storage.findGeneration(id);
  if (!record) return undefined;
  if (!record.route) return `${id} has no route decision: it failed before a plan was made.\n`;
  const facts = new Map<string, Awaited<ReturnType<Storage['findRouteFacts']>>>();
  for (const { factsKey } of record.route.models) facts.set(factsKey, await storage.findRouteFacts(factsKey));
  const endpoints = [...facts.values()].flatMap((rows) => rows ?? []);
  const plan = replay(record.route, (key) => facts.get(key) ?? []);
  const verdict = isSamePlan(record.route, plan)
    ? 'Replayed from its recorded inputs: the same plan.'
    : 'Replayed from its recorded inputs: NOT the same plan.';
  const attempts = record.attempts.map(
    (attempt, i) =>
      `  ${i + 1}. ${attempt.providerName}: ${attempt.failure ?? 'answered'}` +
      `${attempt.status === undefined ? '' : ` (${attempt.status})`}, ${Math.round(attempt.durationMs)} ms`,
  );
  return `${renderDecision(record.route, endpoints)}\n\nAttempts\n${attempts.join('\n')}\n\n${verdict}\n`;
}

/** The marketplace as a server of these settings would see it now, local engines included. */
async function withMarketplace<T>(settings: Settings, use: (marketplace: Marketplace) => T): Promise<T> {
  const config = readConfigFile(settings.configPath);
  const shelf = await loadProviders();
  const catalog = await loadCatalog({ dataPolicies: dataPoliciesOf(shelf) });
  const envText = readText(settings.envPath);
  const environment = readEnvironment({ environment: settings.environment, envText, shelf }, readText);
  return useStorage(settings, async (storage) => {
    const options = { clock: systemClock, log: silentLog, ledger: storage, shelf, catalog, config, environment };
    const marketplace = new Marketplace(options);
    const storedKeys = vaultOf(settings).openAll(await storage.providerKeys());
    // The bundled engine belongs to the server; where it is switched on, the server has it.
    const hasBundled = settings.runsBundledEngine && config.local_engines.bundled;
    const bundled = hasBundled ? { baseUrl: 'http://127.0.0.1', secret: new Secret('') } : 'gone';
    marketplace.change({ engines: await findEngines(settings, config), storedKeys, bundled });
    return use(marketplace);
  });
}

async function findEngines(settings: Settings, config: Config): Promise<readonly Engine[]> {
  if (!settings.discoversEngines || !config.local_engines.discover) return [];
  const discovery = new EngineDiscovery({
    fetch: (url, init) => fetch(url, init),
    clock: systemClock,
    log: silentLog,
    extraBaseUrls: config.local_engines.addresses,
    ownPort: settings.port ?? config.server.port ?? DEFAULT_PORT,
    periodMs: 60_000,
    onChange: () => undefined,
  });
  const engines = await discovery.refresh();
  discovery.stop();
  return engines;
}

function listModels(marketplace: Marketplace, filter: ModelFilter): readonly ModelRow[] {
  const catalog: Catalog = marketplace.catalog();
  const connected = marketplace.connectedIds();
  const search = filter.search?.toLowerCase();
  const rows: ModelRow[] = [];
  for (const model of catalog.models) {
    if (search && !model.id.includes(search) && !model.name.toLowerCase().includes(search)) continue;
    if (filter.author && model.author !== filter.author) continue;
    const endpoints = catalog.endpoints(model.id).filter(({ status }) => status === 'active');
    if (filter.provider && !endpoints.some(({ providerId }) => providerId === filter.provider)) continue;
    const cheapest = endpoints.toSorted((a, b) => Number(a.price.prompt - b.price.prompt))[0];
    const connectedEndpoints = endpoints.filter(({ providerId }) => connected.has(providerId)).length;
    if (filter.connected && connectedEndpoints === 0) continue;
    if (filter.free && !(cheapest && cheapest.price.prompt === 0n && cheapest.price.completion === 0n)) continue;
    rows.push({
      id: model.id,
      name: model.name,
      contextTokensMax: Math.max(0, ...endpoints.map(({ contextTokensMax }) => contextTokensMax)),
      ...(cheapest && { promptPico: cheapest.price.prompt, completionPico: cheapest.price.completion }),
      endpoints: endpoints.length,
      connectedEndpoints,
    });
  }
  return rows;
}

function listProviders(marketplace: Marketplace): readonly ProviderRow[] {
  const catalog = marketplace.catalog();
  const counts = new Map<string, number>();
  for (const model of catalog.models) {
    for (const { providerId, status } of catalog.endpoints(model.id)) {
      if (status === 'active') counts.set(providerId, (counts.get(providerId) ?? 0) + 1);
    }
  }
  return marketplace.providers().map((provider) => ({
    id: provider.id,
    name: provider.name,
    connected: provider.connected,
    isLocal: isLocalProvider(provider.id),
    endpoints: counts.get(provider.id) ?? 0,
    environmentKeys: provider.environmentKeys,
  }));
}

async function doctor(settings: Settings): Promise<readonly DoctorLine[]> {
  const lines: DoctorLine[] = [];
  lines.push(dataFolder(settings));
  let config: Config | undefined;
  try {
    config = readConfigFile(settings.configPath);
    const { configPath } = settings;
    const detail = existsSync(configPath) ? configPath : `none at ${configPath}: the defaults hold`;
    lines.push({ what: 'configuration', verdict: 'good', detail });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    lines.push({ what: 'configuration', verdict: 'problem', detail, remedy: `mend ${settings.configPath}` });
  }
  const storage = await storageLine(settings);
  lines.push(storage);
  lines.push(await serverLine(settings, config));
  // Without either, nothing is known of providers.
  if (config && storage.verdict !== 'problem') lines.push(...(await providerLines(settings)));
  lines.push(...ownModelsLines(settings), scoutLine(settings));
  return lines;
}

async function providerLines(settings: Settings): Promise<readonly DoctorLine[]> {
  let rows: readonly ProviderRow[];
  try {
    rows = await withMarketplace(settings, listProviders);
  } catch (error) {
    return [{ what: 'providers', verdict: 'problem', detail: error instanceof Error ? error.message : String(error) }];
  }
  const connected = rows.filter((row) => row.connected && !row.isLocal).map(({ name }) => name);
  const engines = rows
    .filter((row) => row.connected && row.isLocal)
    .map(({ name, endpoints }) => `${name} (${plural(endpoints, 'model')})`);
  return [
    connected.length > 0
      ? { what: 'providers', verdict: 'good', detail: `${connected.length} with a key: ${connected.join(', ')}` }
      : {
          what: 'providers',
          verdict: 'warning',
          detail: 'no provider has a key; only local models answer',
          remedy: `set one, such as GROQ_API_KEY, in the environment or in ${settings.envPath}`,
        },
    { what: 'local engines', verdict: 'good', detail: engines.join(', ') || 'none found on this machine' },
  ];
}

/** Silent where the list is sound: `models local` shows it. */
function ownModelsLines({ home }: Settings): readonly DoctorLine[] {
  try {
    readLocalModels(home);
    return [];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [
      { what: 'own models', verdict: 'problem', detail, remedy: `mend ${localModelsPath(home)}, or move it away` },
    ];
  }
}

/** It is no fault of an installation not to run it. */
function scoutLine({ home }: Settings): DoctorLine {
  const what = 'Llama 4 Scout';
  try {
    const { state, summary } = printVerification(SCOUT, openVerificationBook(home).list(SCOUT), false);
    const verdict = state === 'failing' ? 'warning' : 'good';
    return { what, verdict, detail: summary, ...(state !== 'verified' && { remedy: 'trunkline doctor scout' }) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { what, verdict: 'problem', detail, remedy: 'move the file away, and ask again' };
  }
}

function dataFolder(settings: Settings): DoctorLine {
  if (!existsSync(settings.home)) {
    return { what: 'data folder', verdict: 'good', detail: `${settings.home} will be made at the first start` };
  }
  const stats = statSync(settings.home);
  if (!stats.isDirectory())
    return {
      what: 'data folder',
      verdict: 'problem',
      detail: `${settings.home} is no folder`,
      remedy: 'set TRUNKLINE_HOME to another path',
    };
  const isOpen = (stats.mode & 0o077) !== 0;
  return isOpen
    ? {
        what: 'data folder',
        verdict: 'warning',
        detail: `${settings.home} can be read by others`,
        remedy: `chmod 700 ${settings.home}`,
      }
    : { what: 'data folder', verdict: 'good', detail: settings.home };
}

async function storageLine(settings: Settings): Promise<DoctorLine> {
  try {
    return await useStorage(settings, async (storage) => {
      const { depositedPico, spentPico } = await storage.balance(HOME_ACCOUNT);
      const left = Number((depositedPico - spentPico) / 1_000_000_000n) / 1000;
      return { what: 'storage', verdict: 'good', detail: `${storage.kind}, $${left} of credit left` };
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { what: 'storage', verdict: 'problem', detail, remedy: 'check TRUNKLINE_DATABASE_URL, or the data folder' };
  }
}

async function serverLine(settings: Settings, config: Config | undefined): Promise<DoctorLine> {
  const host = settings.host ?? config?.server.host ?? DEFAULT_HOST;
  const port = settings.port ?? config?.server.port ?? DEFAULT_PORT;
  const address = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
  try {
    const answer = await fetch(`${address}/health/ready`, { signal: AbortSignal.timeout(1_000) });
    const verdict = answer.ok ? 'good' : 'problem';
    return { what: 'server', verdict, detail: `${address} answers ${answer.status}` };
  } catch {
    return { what: 'server', verdict: 'warning', detail: `nothing answers at ${address}`, remedy: 'trunkline serve' };
  }
}
