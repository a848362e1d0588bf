/** What `trunkline doctor scout` asks, and where: an address, files, or whatever engines of this machine offer Scout. */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { openDirectory } from '../accounts/open-directory.ts';
import { sleep, systemClock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import { drawSeed, systemRandom } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { matchNativeId } from '../catalog/match-native-id.ts';
import type { ScoutOrder, ScoutView } from '../cli/cli-tools.ts';
import type { Config } from '../config/read-config.ts';
import { readEnvFile } from '../config/read-env-file.ts';
import { readText } from '../config/watch-file.ts';
import type { Verification } from '../contract/verification.ts';
import type { Engine } from '../engines/engine.ts';
import { type LocalModelEntry, readLocalModels } from '../engines/local-model.ts';
import { tagsOf } from '../engines/local-model-host.ts';
import { readMachineMemory } from '../engines/machine-memory.ts';
import { matchModel, offerEngines } from '../engines/offer-engines.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { FileOrder } from '../verification/check-files.ts';
import { readTargetUrl } from '../verification/read-target-url.ts';
import { SCOUT } from '../verification/scout-checks.ts';
import { openVerificationBook } from '../verification/verification-book.ts';
import { type VerifyTarget, verifyScout } from '../verification/verify-scout.ts';
import { machineReaders } from './machine-readers.ts';
import { VERSION } from './open-exchange.ts';
import { readConfigFile } from './read-config-file.ts';
import { DEFAULT_HOST, DEFAULT_PORT, type Settings } from './settings.ts';

export interface ScoutParts {
  readonly settings: Settings;
  findEngines(config: Config): Promise<readonly Engine[]>;
  withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T>;
}

/** One place to ask, or files alone. */
interface Undertaking {
  /** For the person at the terminal. */
  readonly name: string;
  readonly target?: VerifyTarget;
  readonly files?: FileOrder;
}

/** The reports, one for each place; none when nothing here offers Scout. Each is kept. */
export async function runScoutDoctor(
  parts: ScoutParts,
  order: ScoutOrder,
  view: ScoutView,
): Promise<readonly Verification[]> {
  const { settings } = parts;
  const config = readConfigFile(settings.configPath);
  const catalog = await loadCatalog();
  const book = openVerificationBook(settings.home);
  // A file that cannot be read is told before an hour of work, not after it.
  book.list(SCOUT);
  const machine = await readMachineMemory(machineReaders());
  const undertake = async (undertakings: readonly Undertaking[]): Promise<readonly Verification[]> => {
    const verifications: Verification[] = [];
    for (const { name, target, files } of undertakings) {
      view.begin(name);
      const verification = await verifyScout({
        ...(target && { target }),
        ...(files && { files }),
        ...(order.groups && { groups: order.groups }),
        ...{ machine, clock: systemClock, waitMs: order.waitSeconds * 1000, salt: drawSeed(systemRandom) },
        ...{ id: `ver-${randomText(20)}`, version: VERSION },
        fetch: patientFetch,
        matchModel: (nativeId) => matchModel({ nativeId }, { matchNativeId: (name) => matchNativeId(catalog, name) }),
        onResult: (result) => view.result(result),
      });
      book.add(verification);
      view.end(verification);
      verifications.push(verification);
    }
    return verifications;
  };
  const files = order.file === undefined ? undefined : fileOrder(order.file, order);
  if (order.url !== undefined) {
    const target = targetOf(order, order.url, { ...settings.environment, ...readEnvFile(readText(settings.envPath)) });
    return await undertake([{ name: order.url, target, ...(files && { files }) }]);
  }
  if (files) return await undertake([{ name: files.model, files }]);
  const found = findScout(await parts.findEngines(config), catalog, order);
  const locals = readLocalModels(settings.home);
  const own = locals.find(({ id }) => id === SCOUT);
  if (found.length === 0 && !own) return [];
  return await withGateway(parts, config, async (gateway) => {
    const undertakings = found.map((place) => reach(place, gateway));
    if (own) undertakings.push(await reachOwn(own, tagsOf(locals).get(SCOUT)!, order, gateway));
    return await undertake(undertakings);
  });
}

/** Long prompts on a slow machine take longer than the five minutes after which Bun would give up; our own wait counts. */
function patientFetch(url: string, init: RequestInit): Promise<Response> {
  const patient: RequestInit & { readonly timeout: false } = { ...init, timeout: false };
  return fetch(url, patient);
}

function targetOf(
  order: ScoutOrder,
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): VerifyTarget {
  const text = order.keyName === undefined ? undefined : environment[order.keyName];
  if (order.keyName !== undefined && !text) throw new Error(`the variable ${order.keyName} is not set`);
  const key = text ? new Secret(text) : undefined;
  return { ...readTargetUrl(url, key !== undefined), model: order.model ?? '', ...(key && { key }) };
}

function fileOrder(model: string, order: ScoutOrder): FileOrder {
  const { projector, contextTokens, slots, wholeChecksum } = order;
  return { model, contextTokens, slots, wholeChecksum, ...(projector !== undefined && { projector }) };
}

/** An endpoint of Scout on this machine. */
interface Place {
  readonly engine: Engine;
  readonly tag: string;
  readonly upstreamModel: string;
  readonly contextTokensMax: number;
  readonly files?: FileOrder;
}

function findScout(engines: readonly Engine[], catalog: Catalog, order: ScoutOrder): readonly Place[] {
  const seenAt = new Date(systemClock.nowMs()).toISOString().slice(0, 10);
  const { endpoints } = offerEngines(engines, { matchNativeId: (name) => matchNativeId(catalog, name), seenAt });
  return endpoints.flatMap(({ modelId, providerId, tag, upstreamModel, contextTokensMax }) => {
    const engine = engines.find((candidate) => candidate.tag === providerId);
    if (modelId !== SCOUT || !engine || (order.model !== undefined && order.model !== upstreamModel)) return [];
    const origin = engine.models.find(({ nativeId }) => nativeId === upstreamModel)?.origin;
    // llama-server tells which file it loaded; on this machine we may look at its header ourselves.
    const place = { engine, tag, upstreamModel, contextTokensMax };
    if (!origin?.endsWith('.gguf') || !/\/\/127\./.test(engine.baseUrl) || !existsSync(origin)) return [place];
    return [{ ...place, files: fileOrder(origin, { ...order, contextTokens: contextTokensMax }) }];
  });
}

interface Gateway {
  readonly baseUrl: string;
  readonly key: Secret;
}

/** Callers reach engines through the gateway, so that is what is asked where it runs; the engine itself is asked who it is. */
function reach(
  { engine, tag, upstreamModel, contextTokensMax, files }: Place,
  gateway: Gateway | undefined,
): Undertaking {
  const direct = { baseUrl: `${engine.baseUrl}/v1`, model: upstreamModel };
  const more = files ? { files } : {};
  const name = `${engine.name} at ${engine.baseUrl}, ${upstreamModel}`;
  if (!gateway) return { name, target: { ...direct, isHere: true }, ...more };
  const fields = { provider: { only: [tag], allow_fallbacks: false } };
  const target = { ...gateway, model: SCOUT, fields, engine: direct, contextTokens: contextTokensMax, isHere: true };
  return { name: `${name}, through the gateway at ${gateway.baseUrl}`, target, ...more };
}

/** A model of the operator's own files, which only the gateway starts and reaches. Without a gateway the files are looked at. */
async function reachOwn(
  own: LocalModelEntry,
  tag: string,
  order: ScoutOrder,
  gateway: Gateway | undefined,
): Promise<Undertaking> {
  const { parts, projector, contextTokens, slots } = own;
  const files: FileOrder = {
    ...{ model: parts[0]!, contextTokens, slots, wholeChecksum: order.wholeChecksum },
    ...(projector !== undefined && { projector }),
  };
  if (!gateway) return { name: `${files.model} (start \`trunkline serve\` to have it asked, too)`, files };
  if (!(await offers(gateway, tag))) return { name: `${files.model} (the gateway does not offer it now)`, files };
  const fields = { provider: { only: [tag], allow_fallbacks: false } };
  const target = { ...gateway, model: SCOUT, fields, contextTokens, isHere: true };
  return { name: `${tag}, through the gateway at ${gateway.baseUrl}`, target, files };
}

const endpointsSchema = z.object({
  data: z.object({ endpoints: z.array(z.object({ tag: z.string(), status: z.number() })) }),
});
/** How the API marks an endpoint that is not connected; those that are merely unwell lie above. */
const UNCONNECTED = -5;

async function offers({ baseUrl, key }: Gateway, tag: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${key.reveal()}` };
  const answer = await fetch(`${baseUrl}/models/${SCOUT}/endpoints`, { headers, signal: AbortSignal.timeout(LOOK_MS) });
  const { data } = endpointsSchema.parse(await answer.json());
  return data.endpoints.some((endpoint) => endpoint.tag === tag && endpoint.status > UNCONNECTED);
}

/** A key of our own for as long as it takes; it dies by itself if we do not live to delete it. */
const KEY_LASTS_MS = 6 * 3_600_000;
const LOOK_MS = 2_000;
const NEW_KEY_MS = 600;

/** Undefined where no gateway with this data folder runs. */
async function withGateway<T>(
  { settings, withStorage }: ScoutParts,
  config: Config,
  use: (gateway: Gateway | undefined) => Promise<T>,
): Promise<T> {
  const host = settings.host ?? config.server.host ?? DEFAULT_HOST;
  const port = settings.port ?? config.server.port ?? DEFAULT_PORT;
  const address = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  if (!(await answers(`${address}/health/ready`))) return await use(undefined);
  const { text, hash } = await withStorage(async (storage) => {
    const directory = await openDirectory({ store: storage, clock: systemClock });
    const expiresAtMs = systemClock.nowMs() + KEY_LASTS_MS;
    const draft = { name: 'doctor scout', accountId: HOME_ACCOUNT, isManagement: false, expiresAtMs };
    const { text, key } = await directory.create(draft);
    return { text, hash: key.hash };
  });
  try {
    const knowsKey = () => answers(`${address}/api/v1/key`, { authorization: `Bearer ${text}` });
    // It looks for new keys at most twice a second.
    const isOurs = (await knowsKey()) || (await sleep(systemClock, NEW_KEY_MS).then(knowsKey));
    return await use(isOurs ? { baseUrl: `${address}/api/v1`, key: new Secret(text) } : undefined);
  } finally {
    await withStorage((storage) => storage.deleteApiKey(hash));
  }
}

async function answers(url: string, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
  try {
    const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(LOOK_MS) });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  }
}
