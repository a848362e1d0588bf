import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { openKeyVault } from '../accounts/sealed-secret.ts';
import { systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { formatUsd } from '../base/money.ts';
import { type BundledEngine, bundledWeights, startBundledEngine } from '../engines/bundled.ts';
import { EngineDiscovery } from '../engines/discovery.ts';
import openaiChat from '../formats/openai-chat.ts';
import { makeClaim } from '../http/claim.ts';
import { claimRoutes } from '../http/claim-page.ts';
import { engineFileRoutes } from '../http/engine-files.ts';
import { healthRoutes } from '../http/health.ts';
import { metricsRoute } from '../http/metrics.ts';
import { oidcRoutes } from '../http/oidc-routes.ts';
import { Pages } from '../http/pages.ts';
import { passkeyRoutes } from '../http/passkey-routes.ts';
import { readAddress } from '../http/read-address.ts';
import { routes } from '../http/routes.ts';
import { makeApp } from '../http/server.ts';
import { sessionRoutes } from '../http/session-routes.ts';
import { userRoutes } from '../http/user-routes.ts';
import { browserEngine } from './browser-engine.ts';
import { installationRoutes } from './installation-routes.ts';
import { type OpenedExchange, openExchange, VERSION, WIRE_FORMATS } from './open-exchange.ts';
import { openPeople } from './open-people.ts';
import { readPageFiles, renderPages } from './render-pages.ts';
import { runLocalModels } from './run-local-models.ts';
import { DEFAULT_HOST, DEFAULT_PORT, type Settings } from './settings.ts';

const DISCOVERY_MS = 5_000;
const ENGINE_START_MS = 1_500;
/** Bodies are counted by the routes; this only bounds what the server itself would hold. */
const SERVER_BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface ServeOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** The folder of the installation, with the engine and its weights. */
  readonly installation: string;
  out(text: string): void;
  /** Resolves when the process is asked to stop. */
  readonly stopped: Promise<string>;
}

/** Runs the exchange until it is asked to stop: no new requests then, running streams end in their own time. */
export async function serve(options: ServeOptions): Promise<number> {
  const { settings, log } = options;
  const opened = await openExchange(settings, log);
  const state = { isStarting: true, isStopping: false };
  const host = settings.host ?? opened.config.server.host ?? DEFAULT_HOST;
  const port = settings.port ?? opened.config.server.port ?? DEFAULT_PORT;
  const first = await firstRun(opened);
  const engine = startEngine(options, opened);
  const server = toldWhere({ host, port }, () => listen(options, opened, state, { host, port }));
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}${settings.base}`;
  const locals = runLocalModels({
    ...{ settings, log, address, clock: systemClock, config: opened.config, installation: options.installation },
    onOffers: (offers) => opened.marketplace.change({ locals: offers }),
  });
  const [discovery] = await Promise.all([startDiscovery(settings, opened, log, server.port ?? port), settled(engine)]);
  state.isStarting = false;
  options.out(welcome(address, opened, first));
  const reason = await options.stopped;
  state.isStopping = true;
  log.write('info', 'Stopping', { reason });
  discovery?.stop();
  await drain(server, settings.drainSeconds);
  await Promise.all([engine?.stop(), locals.stop()]);
  await opened.close();
  return 0;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

interface FirstRun {
  readonly apiKey?: string;
  readonly claimToken?: string;
}

/** A fresh installation gets its account, its opening credit, a key, and a link for its administrator. */
async function firstRun(opened: OpenedExchange): Promise<FirstRun> {
  const { storage, directory, config } = opened;
  const accounts = await storage.accounts();
  if (!accounts.some(({ id }) => id === HOME_ACCOUNT)) {
    const createdAtMs = systemClock.nowMs();
    await storage.saveAccount({ id: HOME_ACCOUNT, name: 'Home', createdAtMs });
    const amountPico = config.account.opening_credit;
    await storage.deposit({ id: 'opening', accountId: HOME_ACCOUNT, amountPico, note: 'opening credit', createdAtMs });
  }
  const claim = await makeClaim({ store: storage, clock: systemClock });
  if (directory.list().length > 0) return claim ? { claimToken: claim.token } : {};
  const { text } = await directory.create({ name: 'first key', accountId: HOME_ACCOUNT, isManagement: false });
  return { apiKey: text, ...(claim && { claimToken: claim.token }) };
}

function startEngine({ settings, log, installation }: ServeOptions, opened: OpenedExchange): BundledEngine | undefined {
  if (!settings.runsBundledEngine || !opened.config.local_engines.bundled) return undefined;
  const engine = startBundledEngine({
    clock: systemClock,
    log,
    command: [process.execPath, `${installation}/engine/serve.ts`],
    environment: settings.environment,
    weights: bundledWeights(installation),
  });
  engine.onChange(() => opened.marketplace.change({ bundled: engine.endpointInfo() ?? 'gone' }));
  return engine;
}

/** Ready means that the bundled model answers too; one that cannot start, or takes its time, holds nobody up. */
function settled(engine: BundledEngine | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (engine?.state().type !== 'starting') return Promise.resolve();
  const cancel = systemClock.after(ENGINE_START_MS, resolve);
  engine.onChange(() => {
    cancel();
    resolve();
  });
  return promise;
}

async function startDiscovery(
  settings: Settings,
  opened: OpenedExchange,
  log: Log,
  ownPort: number,
): Promise<EngineDiscovery | undefined> {
  const { discover, addresses } = opened.config.local_engines;
  if (!settings.discoversEngines || !discover) return undefined;
  const discovery = new EngineDiscovery({
    fetch: (url, init) => fetch(url, init),
    clock: systemClock,
    log,
    extraBaseUrls: addresses,
    ownPort,
    periodMs: DISCOVERY_MS,
    // Somebody who starts an engine watches for it to appear; five refused connections cost nothing.
    absentPeriodMaxMs: DISCOVERY_MS,
    onChange: (engines) => opened.marketplace.change({ engines }),
  });
  await discovery.start();
  return discovery;
}

function listen(
  options: ServeOptions,
  opened: OpenedExchange,
  state: { readonly isStarting: boolean; readonly isStopping: boolean },
  place: Place,
): Bun.Server<undefined> {
  const { exchange, gateway, storage, metrics, journal } = opened;
  const { installation, settings, log } = options;
  const { base } = settings;
  const people = openPeople(opened, settings);
  const pages = new Pages({
    ...{ base, clock: systemClock, version: VERSION, files: readPageFiles(installation) },
    renderer: renderPages({ installation, clock: systemClock, log }),
    visitor: people.summary,
    ask: (request) => app.fetch(request),
  });
  const app = makeApp({
    ...{ pages, base, book: opened.book, audit: opened.audit },
    exchange,
    gateway,
    metrics,
    errorFormat: openaiChat,
    formats: WIRE_FORMATS,
    routes: [
      ...routes,
      ...healthRoutes({
        isReady: () => !state.isStarting && !state.isStopping,
        isStopping: () => state.isStopping,
        isStorageHere: () => storage.isReady(),
      }),
      metricsRoute(metrics, {
        journal_pending: () => journal.pendingCount,
        connected_providers: () => opened.marketplace.connectedIds().size,
        models: () => opened.marketplace.catalog().models.length,
        open_deadlines: () => gateway.wheel.size,
      }),
      ...claimRoutes(people),
      ...sessionRoutes(people),
      ...passkeyRoutes(people),
      ...oidcRoutes(people),
      ...userRoutes(people),
      ...installationRoutes({
        ...{ opened, settings, startedAtMs: systemClock.nowMs() },
        vault: openKeyVault({ directory: settings.home, environment: settings.environment }),
        ask: (request) => app.fetch(request),
      }),
      ...engineFileRoutes(browserEngine(installation)),
    ],
  });
  return Bun.serve({
    hostname: place.host,
    port: place.port,
    // Streams may be silent for longer than any default; deadlines of our own watch them.
    idleTimeout: 0,
    maxRequestBodySize: SERVER_BODY_BYTES_MAX,
    fetch(request, socket) {
      const peer = socket.requestIP(request)?.address;
      const address = readAddress(peer, request.headers, opened.config.server.trusted_proxies);
      return app.fetch(request, address === undefined ? {} : { address });
    },
    error: (error) => {
      exchange.log.write('error', 'A bug outside any route', { stack: error.stack ?? error.message });
      return Response.json({ error: { code: 500, message: 'Internal error' } }, { status: 500 });
    },
  });
}

/** Bun's own words name neither the host nor what to change. */
function toldWhere({ host, port }: Place, listenThere: () => Bun.Server<undefined>): Bun.Server<undefined> {
  try {
    return listenThere();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!/^E[A-Z]+$/.test(code)) throw error;
    if (code === 'EADDRINUSE')
      throw new Error(`something else listens at ${host}:${port} already: stop it, or set TRUNKLINE_PORT.`);
    const wish = code === 'EACCES' ? 'TRUNKLINE_PORT to a higher one' : 'TRUNKLINE_HOST to an address of this machine';
    throw new Error(`cannot listen at ${host}:${port} (${code}): set ${wish}.`);
  }
}

function welcome(address: string, opened: OpenedExchange, first: FirstRun): string {
  const catalog = opened.marketplace.catalog();
  const connected = opened.marketplace.connectedIds().size;
  const lines = [
    `Trunkline ${VERSION} is ready.`,
    '',
    `  Address   ${address}`,
    `  API       ${address}/api/v1`,
    ...(first.claimToken ? [`  Admin     ${address}/claim?token=${first.claimToken}  (once, within 30 minutes)`] : []),
    ...(first.apiKey ? [`  API key   ${first.apiKey}  (shown this once)`] : []),
    `  Models    ${catalog.models.length} in the catalogue, ${connected} ${connected === 1 ? 'provider' : 'providers'} connected`,
    '',
  ];
  if (first.apiKey) {
    lines.push(
      `  curl ${address}/api/v1/chat/completions \\`,
      `    -H "Authorization: Bearer ${first.apiKey}" -H "Content-Type: application/json" \\`,
      `    -d '{"model": "trunkline/mini", "stream": true, "messages": [{"role": "user", "content": "What are you?"}]}'`,
      '',
      `  Opening credit: $${formatUsd(opened.config.account.opening_credit)}. More keys: trunkline keys create --name <name>`,
      '',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Stops accepting at once; running answers have so long to end. */
async function drain(server: Bun.Server<undefined>, seconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = systemClock.after(seconds * 1000, resolve);
  await Promise.race([server.stop(false), promise]);
  cancel();
  await server.stop(true);
}
