import { createHmac, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountDirectory } from '../accounts/directory.ts';
import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { openDirectory } from '../accounts/open-directory.ts';
import { openKeyVault } from '../accounts/sealed-secret.ts';
import { SessionBook } from '../accounts/session-book.ts';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { Budgets } from '../billing/budgets.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { Journal } from '../billing/journal.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { type Config, ConfigError } from '../config/read-config.ts';
import { readText, watchFile } from '../config/watch-file.ts';
import { loadFormats } from '../formats/format.ts';
import { DEFAULT_DEADLINES, type Deadlines, DeadlineWheel } from '../gateway/deadlines.ts';
import { Egress } from '../gateway/egress.ts';
import { makeMediaFetcher } from '../gateway/fetch-media.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { probeAddress } from '../gateway/probe-address.ts';
import { AuditLog } from '../http/audit-log.ts';
import type { EventHub } from '../http/event-hub.ts';
import type { Exchange } from '../http/exchange.ts';
import { Metrics } from '../http/metrics.ts';
import { loadPlugins } from '../plugins/plugin.ts';
import { loadProviders } from '../providers/provider.ts';
import type { EngineBook } from '../routing/engine-book.ts';
import { HealthBook } from '../routing/health-book.ts';
import { catalogFacts } from '../statistics/catalog-changes.ts';
import { DAY_MS, HOURS_KEPT_MS } from '../statistics/windows.ts';
import { openJournal } from '../storage/journal.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { openVerificationBook } from '../verification/verification-book.ts';
import { demoPath, readDemo } from './demo-file.ts';
import { CatalogKeeper, dataPoliciesOf } from './keep-catalog.ts';
import { ContentKeeper } from './keep-content.ts';
import { PolicyKeeper } from './keep-policies.ts';
import { SwitchKeeper } from './keep-switches.ts';
import { makeEventHub, makeExchange } from './make-exchange.ts';
import { Marketplace } from './marketplace.ts';
import { pluginSettingsOf } from './plugin-settings.ts';
import { readConfigFile } from './read-config-file.ts';
import { readEnvironment } from './read-environment.ts';
import type { Settings } from './settings.ts';
import { watchEngines } from './watch-engines.ts';

export const VERSION = '0.1.0';
const DRAIN_EVERY_MS = 200;
const REFRESH_MS = 2_000;
const TEND_MS = 1_000;
const CONTENT_SWEEP_MS = 600_000;
/** A replica that was not heard of for so long gives its leases up. */
const REPLICA_DEAD_MS = 600_000;

/** The running parts, opened in order and closed in the reverse. */
export interface OpenedExchange {
  readonly exchange: Exchange;
  readonly gateway: GatewayParts;
  readonly storage: Storage;
  readonly journal: Journal;
  readonly marketplace: Marketplace;
  readonly metrics: Metrics;
  readonly directory: AccountDirectory;
  readonly book: SessionBook;
  readonly audit: AuditLog;
  readonly config: Config;
  /** Stops the background work, then empties the journal into storage as far as storage is there. */
  close(): Promise<void>;
}

export const WIRE_FORMATS = await loadFormats();
const FORMATS = new Map(WIRE_FORMATS.map((format) => [format.id, format]));
const PLUGINS = await loadPlugins();

export async function openExchange(settings: Settings, log: Log): Promise<OpenedExchange> {
  const clock = systemClock;
  mkdirSync(settings.home, { recursive: true, mode: 0o700 });
  const config = readConfigFile(settings.configPath);
  const shelf = await loadProviders();
  const environmentOf = (envText: string) =>
    readEnvironment({ environment: settings.environment, envText, shelf }, readText, (variable) =>
      log.write('warn', 'The file of a key could not be read', { variable }),
    );
  const environment = environmentOf(readText(settings.envPath));
  const [storage, catalog] = await Promise.all([
    openStorage({ directory: settings.home, clock, log, ...(settings.databaseUrl && { url: settings.databaseUrl }) }),
    loadCatalog({ dataPolicies: dataPoliciesOf(shelf) }),
  ]);
  const journal = await openJournal({
    directory: join(settings.home, 'journal'),
    store: storage,
    clock,
    log,
    drainEveryMs: DRAIN_EVERY_MS,
  });
  await settleLeftOpen(journal, storage, clock.nowMs(), log);
  void backfill(storage, log);
  const directory = await openDirectory({ store: storage, clock });
  const book = new SessionBook(storage.people, directory, clock);
  const health = new HealthBook();
  const onConnected = (providerId: string): void => health.clearVeto(providerId);
  const marketplace = new Marketplace({
    clock,
    log,
    ledger: storage,
    shelf,
    catalog,
    config,
    demo: readDemo(demoPath(settings.home)),
    environment,
    onConnected,
  });
  const vault = openKeyVault({ directory: settings.home, environment: settings.environment });
  const contents = new ContentKeeper({
    ...{ storage, vault, clock, log },
    formats: FORMATS,
    keys: () => directory.list(),
  });
  const metrics = new Metrics();
  const budgets = new Budgets(storage, clock, journal.replicaId);
  const egress = new Egress(systemClock, resolveName);
  const switches = new SwitchKeeper(storage.statistics);
  const policies = new PolicyKeeper(storage.policies, log);
  const events = makeEventHub(clock, health, switches);
  const watch = watchEngines({ clock, egress, marketplace });
  const gateway = await makeGateway({
    settings,
    config,
    log,
    marketplace,
    budgets,
    journal: counting(journal, metrics, events),
    switches,
    policies,
    storage,
    contents,
    health,
    egress,
    environment,
    engines: watch.engines,
  });
  const keeper = new CatalogKeeper({
    ...{ clock, log, config, shelf, egress: gateway.egress, marketplace, catalog },
    onVersion: (version) => void recordCatalog(storage, version, clock.nowMs(), log),
  });
  const stops = [
    () => keeper.stop(),
    () => watch.stop(),
    watchConfig(settings, log, marketplace),
    watchFile(demoPath(settings.home), clock, () => marketplace.change({ demo: readDemo(demoPath(settings.home)) })),
    watchFile(settings.envPath, clock, (text) => marketplace.change({ environment: environmentOf(text) })),
    clock.every(REFRESH_MS, () => void refresh()),
    clock.every(DAY_MS, () => forgetHours(storage, clock.nowMs())),
    clock.every(CONTENT_SWEEP_MS, () => sweepContents(contents, log)),
    clock.every(TEND_MS, () => void budgets.tend().catch(() => undefined)),
    clock.every(
      REPLICA_DEAD_MS / 10,
      () => void keepLeases(storage, journal.replicaId, clock.nowMs()).catch(() => undefined),
    ),
  ];
  forgetHours(storage, clock.nowMs());
  let keysPrint = '[]';
  const refresh = async (): Promise<void> => {
    try {
      await Promise.all([directory.refresh(), book.refresh()]);
      await Promise.all([switches.refresh(), contents.refresh(), policies.refresh()]);
      const sealed = await storage.providerKeys();
      const print = JSON.stringify(sealed);
      if (print !== keysPrint) marketplace.change({ storedKeys: vault.openAll(sealed) });
      keysPrint = print;
      await keeper.followConnections();
    } catch (error) {
      log.write('debug', 'Storage could not be read again', { error: String(error) });
    }
  };
  await refresh();
  sweepContents(contents, log);
  keeper.start();
  return {
    exchange: makeExchange({
      contents,
      ...{ log, version: VERSION, gateway, directory, storage, journal, switches, policies, events },
      providers: () => marketplace.providers(),
      verifications: openVerificationBook(settings.home),
    }),
    gateway,
    storage,
    journal,
    marketplace,
    metrics,
    directory,
    book,
    audit: new AuditLog(storage.audit, clock, log),
    config,
    async close() {
      for (const stop of stops) stop();
      await journal.drain().catch(() => undefined);
      await contents.close();
      await budgets.close().catch(() => undefined);
      await journal.close();
      await storage.close();
    },
  };
}

/** A configuration that cannot be read changes nothing: the last good one stays, and the log says what is wrong. */
function watchConfig(settings: Settings, log: Log, marketplace: Marketplace): () => void {
  return watchFile(settings.configPath, systemClock, () => {
    try {
      marketplace.change({ config: readConfigFile(settings.configPath) });
      log.write('info', 'Configuration read again', { path: settings.configPath });
    } catch (error) {
      const reason = error instanceof ConfigError ? error.message : 'unreadable';
      log.write('error', 'The changed configuration is not valid; the last good one stays', { reason });
    }
  });
}

/** What an earlier process began and never settled is settled by its last checkpoint, before anything else is spent. */
async function settleLeftOpen(journal: Journal, storage: Storage, nowMs: number, log: Log): Promise<void> {
  const open = journal.leftOpen();
  for (const { record } of open) journal.append(record);
  if (open.length > 0)
    log.write('warn', 'Settled by estimate what a crash had left open', { generations: open.length });
  await journal.drain();
  // What this replica held before is free again: its holds died with it, and its spending is in storage now.
  await storage.dropLeases(journal.replicaId);
  await storage.expireLeases(nowMs - REPLICA_DEAD_MS);
}

/** Old rows by the hour are dropped once a day. */
function forgetHours(storage: Storage, nowMs: number): void {
  void storage.statistics.forgetHours(nowMs - HOURS_KEPT_MS).catch(() => undefined);
}

/** Requests and answers whose time has come are deleted. */
function sweepContents(contents: ContentKeeper, log: Log): void {
  contents.sweep().then(
    (removed) => removed > 0 && log.write('info', 'Expired requests and answers deleted', { generations: removed }),
    (error: unknown) => log.write('error', 'Expired requests and answers are not deleted', { error: String(error) }),
  );
}

/** Counts what an earlier version stored without counting it. In batches beside the traffic; a next start goes on where it stopped. */
async function backfill(storage: Storage, log: Log): Promise<void> {
  try {
    let generations = 0;
    for (let count = 1; count > 0; generations += count) count = await storage.statistics.backfill();
    if (generations > 0) log.write('info', 'Statistics of earlier generations counted', { generations });
  } catch (error) {
    log.write('debug', 'Statistics of earlier generations are not counted yet', { error: String(error) });
  }
}

/** What changed of prices and offers; storage knows what was seen before. */
async function recordCatalog(storage: Storage, catalog: Catalog, atMs: number, log: Log): Promise<void> {
  try {
    const seen = { version: catalog.version, facts: catalogFacts(catalog), atMs };
    const changes = await storage.statistics.recordCatalog(seen);
    if (changes > 0) log.write('info', 'Changes of the catalogue recorded', { changes });
  } catch (error) {
    log.write('debug', 'Changes of the catalogue are not recorded yet', { error: String(error) });
  }
}

/** Tells storage that this replica lives, so that its own leases stay while nobody calls; then frees those of dead ones. */
async function keepLeases(storage: Storage, replicaId: string, nowMs: number): Promise<void> {
  await storage.lease({ kind: 'account', accountId: HOME_ACCOUNT }, replicaId, 0n, nowMs);
  await storage.expireLeases(nowMs - REPLICA_DEAD_MS);
}

function deadlinesOf(config: Config): Deadlines {
  const { connect_seconds, first_content_seconds, silence_seconds, total_seconds, min_bytes_per_second } =
    config.deadlines;
  const ms = (seconds: number | undefined, otherwise: number): number =>
    seconds === undefined ? otherwise : seconds * 1000;
  return {
    ...DEFAULT_DEADLINES,
    connectMs: ms(connect_seconds, DEFAULT_DEADLINES.connectMs),
    firstContentMs: ms(first_content_seconds, DEFAULT_DEADLINES.firstContentMs),
    silenceMs: ms(silence_seconds, DEFAULT_DEADLINES.silenceMs),
    totalMs: ms(total_seconds, DEFAULT_DEADLINES.totalMs),
    bytesPerSecondMin: min_bytes_per_second ?? DEFAULT_DEADLINES.bytesPerSecondMin,
  };
}

interface GatewayOptions {
  readonly settings: Settings;
  readonly config: Config;
  readonly log: Log;
  readonly marketplace: Marketplace;
  readonly budgets: Budgets;
  readonly journal: Journal;
  readonly storage: Storage;
  readonly contents: ContentKeeper;
  readonly health: HealthBook;
  readonly egress: Egress;
  readonly engines: EngineBook;
  readonly switches: SwitchKeeper;
  readonly policies: PolicyKeeper;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

async function makeGateway(options: GatewayOptions): Promise<GatewayParts> {
  const { marketplace, storage } = options;
  const plugins = pluginSettingsOf(options.config, options.environment);
  const salt = await userSalt(storage);
  // A key of its own: no user's name can be chosen so that its hash is a seal.
  const sealingKey = createHmac('sha256', salt).update('seal').digest();
  return {
    clock: systemClock,
    random: systemRandom,
    log: options.log,
    deadlines: deadlinesOf(options.config),
    wheel: new DeadlineWheel(systemClock),
    egress: options.egress,
    media: makeMediaFetcher({ resolve: resolveName, userAgent: `trunkline/${VERSION}` }),
    formats: FORMATS,
    plugins: new Map(PLUGINS.map((plugin) => [plugin.id, plugin])),
    pluginSettings: (id) => plugins[id],
    health: options.health,
    engines: options.engines,
    budgets: options.budgets,
    journal: options.journal,
    contents: options.contents,
    userAgent: `trunkline/${VERSION}`,
    fetch: (url, init) => fetch(url, init),
    probe: probeAddress,
    catalog: () => marketplace.catalog(),
    routeFactsKey: (modelId) => marketplace.factsKey(modelId),
    connections: () => marketplace.connections(),
    connectedIds: () => marketplace.connectedIds(),
    off: () => options.switches.targets(),
    policies: options.policies,
    keysOf: (providerId) => marketplace.keysOf(providerId),
    hashUser: (user) => createHmac('sha256', salt).update(user).digest('hex').slice(0, 32),
    seal: (text) => createHmac('sha256', sealingKey).update(text).digest('base64url'),
  };
}

async function resolveName(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

async function userSalt(storage: Storage): Promise<string> {
  const known = await storage.getSetting('user-salt');
  if (known !== undefined) return known;
  const salt = randomBytes(32).toString('hex');
  await storage.saveSetting('user-salt', salt);
  return salt;
}

/** Every settled generation is counted and told where it is settled. */
function counting(journal: Journal, metrics: Metrics, events: EventHub): Journal {
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'append') {
        return (record: GenerationRecord) => {
          target.append(record);
          metrics.countGeneration(record);
          events.settled(record);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
