/** `trunkline models add`: what the weights are, whether they fit, who runs them; then they are written down and loaded. */

import { lookup } from 'node:dns/promises';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { matchNativeId } from '../catalog/match-native-id.ts';
import type { ModelOrder, ModelView } from '../cli/model-order.ts';
import type { Config } from '../config/read-config.ts';
import type { Engine } from '../engines/engine.ts';
import { inspectProjector, inspectWeights, type Projector, type Weights } from '../engines/inspect-weights.ts';
import { findLlamaServer, readVersion } from '../engines/llama-server.ts';
import { changeLocalModels, LOCAL_MODEL_ID, type LocalModelEntry, readLocalModels } from '../engines/local-model.ts';
import { readMachineMemory } from '../engines/machine-memory.ts';
import type { MemoryAsk } from '../engines/memory-need.ts';
import { readModelSource } from '../engines/model-source.ts';
import { findNodeLlama, NODE_LLAMA, type NodeLlamaPackage } from '../engines/node-llama.ts';
import { matchModel, namesOf } from '../engines/offer-engines.ts';
import { sizeModel } from '../engines/size-model.ts';
import { SCOUT } from '../verification/scout-checks.ts';
import { fetchPlanned, planFetch } from './fetch-model.ts';
import { handToOllama, isOllamaHere, tellOllama } from './hand-to-ollama.ts';
import { machineReaders } from './machine-readers.ts';
import { readConfigFile } from './read-config-file.ts';
import { freeOf, type MemoryLimits, tellMemory, tellProjector, tellWeights } from './report-model.ts';
import type { Settings } from './settings.ts';
import { askGateway, followWish } from './wish-model.ts';

export interface AddParts {
  readonly settings: Settings;
  /** The folder of the installation. */
  readonly installation: string;
  /** Aborted when the person stops it. */
  readonly signal: AbortSignal;
  findEngines(config: Config): Promise<readonly Engine[]>;
}

/** Weights and what goes with them, on this machine. */
interface Files {
  readonly model: string;
  readonly projector?: string;
}

interface Inspected {
  readonly weights: Weights;
  readonly projector?: Projector;
}

/** What would run it, and the memory that it could use. */
interface Runner {
  /** A llama-server. */
  readonly path?: string;
  /** An Ollama of this machine, where there is no llama-server or it was asked for. */
  readonly ollama?: Engine;
  /** The last resort, for text. */
  readonly nodeLlama?: NodeLlamaPackage;
  readonly limits: MemoryLimits;
}

/** Throws an `Error` whose message is for the person at the terminal. */
export async function addModel(parts: AddParts, asked: ModelOrder, view: ModelView): Promise<void> {
  const { settings } = parts;
  const config = readConfigFile(settings.configPath);
  readLocalModels(settings.home);
  const runner = await findRunner(parts, config, asked);
  // It reads text only.
  const order = runner.nodeLlama ? { ...asked, projector: 'none' } : asked;
  const source = readModelSource(order.source);
  if (order.sha256 !== undefined && source.type !== 'address')
    throw new Error('--sha256 is for a file that is downloaded from an address.');
  let files: Files;
  let ask: MemoryAsk | undefined;
  if (source.type === 'file') {
    files = localFiles(source.path, order);
  } else {
    const fetching = { home: settings.home, environment: settings.environment, tools: downloadTools(parts.signal) };
    const plan = await planFetch(source, order, fetching, view);
    if (plan.look) ask = await judge(plan.look, plan.projector?.target ?? ownProjector(order), runner, order, view);
    const fetched = await fetchPlanned(plan, order, fetching, view);
    const projector = fetched.projector ?? ownProjector(order);
    files = { model: fetched.model, ...(projector !== undefined && { projector }) };
  }
  const inspected = await inspect(files);
  ask ??= await judge(inspected, files.projector, runner, order, view);
  const id = await chooseId(inspected.weights, order);
  if (runner.ollama && !runner.path) {
    const handing = { ollama: runner.ollama, signal: parts.signal, contextTokens: ask.contextTokens };
    await handToOllama({ id, parts: inspected.weights.parts, projector: files.projector }, handing, view);
    return;
  }
  await write(settings.home, entryOf({ id, files, inspected, ask, order, runner }), view);
}

async function findRunner(parts: AddParts, config: Config, order: ModelOrder): Promise<Runner> {
  const { settings, installation } = parts;
  const asked = order.engine;
  const wantsOther = asked === 'ollama' || asked === NODE_LLAMA;
  const path = wantsOther ? undefined : await findLlamaServer(settings.environment, asked);
  if (asked !== undefined && !wantsOther && path === undefined)
    throw new Error(`there is no program at ${asked} that can be started.`);
  const { memory_gb } = config.local_engines;
  const machine = await readMachineMemory(machineReaders(), path);
  const limits = { machine, ...(memory_gb !== undefined && { budgetBytes: memory_gb * 1e9 }) };
  if (path !== undefined) return { path, limits };
  const ollama = asked === NODE_LLAMA ? undefined : (await parts.findEngines(config)).find(isOllamaHere);
  if (ollama) return { ollama, limits };
  if (asked === 'ollama') throw new Error('no Ollama was found on this machine: ollama serve');
  const nodeLlama = findNodeLlama([settings.home, installation]);
  if (asked === NODE_LLAMA && !nodeLlama)
    throw new Error(`${NODE_LLAMA} is not installed: npm install --prefix ${settings.home} ${NODE_LLAMA}`);
  return { limits, ...(nodeLlama && { nodeLlama }) };
}

function localFiles(path: string, order: ModelOrder): Files {
  const projector = ownProjector(order);
  return { model: path, ...(projector !== undefined && { projector }) };
}

function ownProjector({ projector }: ModelOrder): string | undefined {
  return projector === undefined || projector === 'none' || projector.includes('://') ? undefined : resolve(projector);
}

async function inspect(files: Files): Promise<Inspected> {
  const weights = await inspectWeights(files.model);
  return {
    weights,
    ...(files.projector !== undefined && { projector: await inspectProjector(files.projector, weights) }),
  };
}

/** Tells what it is and refuses what cannot work. */
async function judge(
  look: Inspected,
  projectorPath: string | undefined,
  runner: Runner,
  order: ModelOrder,
  view: ModelView,
): Promise<MemoryAsk> {
  const { weights } = look;
  const projector =
    look.projector ??
    (projectorPath !== undefined && existsSync(projectorPath)
      ? await inspectProjector(projectorPath, weights)
      : undefined);
  tellWeights(weights, view);
  tellProjector(projectorPath, projector, weights, view);
  if (projectorPath === undefined && order.projector !== 'none') hintProjector(weights, view);
  await tellEngine(runner, weights, view);
  // How many it answers at once is Ollama's own matter.
  const asked = runner.ollama ? { ...order, slots: order.slots ?? 1 } : order;
  const ask = sizeModel(weights, projector?.bytes ?? 0, asked, freeOf(runner.limits));
  const isTooLarge = tellMemory(ask, runner.limits, weights, view);
  if (order.id === SCOUT && !weights.isScout)
    throw new Error(`these weights are not Llama 4 Scout's, so they cannot be called ${SCOUT}.`);
  const { contextTokensTrained: trained } = weights;
  if (trained !== undefined && ask.contextTokens > trained)
    throw new Error(`--context ${ask.contextTokens} is more than the ${trained} tokens that it was trained for.`);
  if (order.force) return ask;
  const [fault] = projector?.faults ?? [];
  if (fault !== undefined) throw new Error(`${fault}. --force adds it all the same.`);
  if (isTooLarge) throw new Error('there is not enough memory for it. --force adds it all the same.');
  if (runner.path === undefined && !runner.ollama && !runner.nodeLlama) throw new Error(NO_ENGINE);
  return ask;
}

const NO_ENGINE = `no engine was found that runs GGUF files. Install llama.cpp, which brings llama-server:
  macOS, Linux   brew install llama.cpp
  Windows        winget install llama.cpp
  Debian         apt install llama.cpp-tools (forky and later)
  container      ghcr.io/ggml-org/llama.cpp:server, found by itself when it listens on port 8080
or say where it is: --engine <path>. Or start Ollama, which takes such files too; or,
for text alone, install the package node-llama-cpp into the data folder (npm install --prefix).`;

async function tellEngine({ path, ollama, nodeLlama }: Runner, weights: Weights, view: ModelView): Promise<void> {
  if (path !== undefined) {
    const output = await machineReaders().run(path, ['--version']);
    view.tell('Engine', `${path}, ${readVersion(output ?? '') ?? 'which does not say its version'}`);
  } else if (ollama) tellOllama(ollama, weights, view);
  else if (nodeLlama) {
    view.tell('Engine', `${NODE_LLAMA} ${nodeLlama.version} in ${nodeLlama.folder}`);
    view.tell('', 'text only: no pictures, no tools, no log-probabilities; a llama-server has them');
  } else view.tell('Engine', 'none found');
}

function hintProjector(weights: Weights, view: ModelView): void {
  const file = weights.parts[0]!;
  const folder = dirname(file);
  if (!existsSync(folder)) return;
  const [likely] = readdirSync(folder)
    .filter((name) => /mmproj.*\.gguf$/i.test(name))
    .toSorted((a, b) => commonLength(b, basename(file)) - commonLength(a, basename(file)));
  if (likely !== undefined) view.tell('', `beside it lies a projector: --mmproj ${join(folder, likely)}`);
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

async function chooseId(weights: Weights, order: ModelOrder): Promise<string> {
  if (order.id !== undefined) return order.id;
  if (weights.isScout) return SCOUT;
  const catalog: Catalog = await loadCatalog();
  const file = basename(weights.parts[0]!);
  const matchNativeName = (name: string): string | undefined => {
    const id = matchNativeId(catalog, name);
    // Tiny models in its architecture call themselves Scout.
    return id !== undefined && id !== SCOUT && LOCAL_MODEL_ID.test(id) ? id : undefined;
  };
  const names = { nativeId: file, ...(weights.name !== undefined && { origin: weights.name }) };
  const matched = matchModel(names, { matchNativeId: matchNativeName });
  if (matched !== undefined) return matched;
  const slug = (namesOf(file)[1] ?? file)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '');
  return `local/${slug.slice(0, 100) || 'model'}`;
}

function entryOf(draft: {
  readonly id: string;
  readonly files: Files;
  readonly inspected: Inspected;
  readonly ask: MemoryAsk;
  readonly order: ModelOrder;
  readonly runner: Runner;
}): LocalModelEntry {
  const { id, files, ask, order, runner } = draft;
  const { weights, projector } = draft.inspected;
  if (!LOCAL_MODEL_ID.test(id))
    throw new Error(`${id} cannot be the name of a model: give another with --id author/name.`);
  return {
    id,
    name: (weights.name ?? id).slice(0, 200),
    ...{ parts: weights.parts.map((part) => resolve(part)), bytes: weights.bytes, architecture: weights.architecture },
    ...(files.projector !== undefined && { projector: files.projector }),
    projectorBytes: projector?.bytes ?? 0,
    ...(weights.format !== undefined && { format: weights.format }),
    ...{ quantization: weights.quantization, shape: weights.shape },
    tools: weights.tools && !runner.nodeLlama,
    ...{ contextTokens: ask.contextTokens, slots: ask.slots },
    ...(runner.nodeLlama && { engine: NODE_LLAMA }),
    ...(runner.path !== undefined && order.engine !== undefined && { engine: resolve(order.engine) }),
    ...{ autoload: order.autoload, force: order.force },
    ...(order.idleMinutes !== undefined && { idleMinutes: order.idleMinutes }),
    addedAt: new Date(systemClock.nowMs()).toISOString(),
  };
}

async function write(home: string, entry: LocalModelEntry, view: ModelView): Promise<void> {
  const gateway = askGateway(home);
  const wish = { to: 'load', atMs: systemClock.nowMs() } as const;
  const isKnown = readLocalModels(home).some(({ id }) => id === entry.id);
  changeLocalModels(home, (models) => [
    ...models.filter(({ id }) => id !== entry.id),
    gateway === undefined ? entry : { ...entry, wish },
  ]);
  view.tell(
    isKnown ? 'Replaced' : 'Added',
    `${entry.id}, ${entry.slots} x ${entry.contextTokens.toLocaleString('en-US')} tokens`,
  );
  if (gateway === undefined) view.tell('Loaded', 'by the first request, once `trunkline serve` runs');
  else await followWish(home, entry.id, wish, view);
}

function downloadTools(signal: AbortSignal) {
  return {
    clock: systemClock,
    signal,
    // Weights take hours: only our own watch over silence counts.
    fetch: (url: string, init: RequestInit) => fetch(url, { ...init, timeout: false } as RequestInit),
    resolve: async (hostname: string) => (await lookup(hostname, { all: true })).map(({ address }) => address),
  };
}
