/** What is started for a model of the operator's own: a llama-server, or the door before node-llama-cpp. Its files are looked at once more. */
import type { Secret } from '../base/secret.ts';
import { GgufError } from './gguf-header.ts';
import { inspectProjector, inspectWeights } from './inspect-weights.ts';
import { findLlamaServer, llamaServerEnvironment, llamaServerParameters } from './llama-server.ts';
import type { LocalModelEntry } from './local-model.ts';
import { type DoorOrder, findNodeLlama, NODE_LLAMA } from './node-llama.ts';
import { CannotRun, type ChildOrder } from './process-keeper.ts';

export interface EnginePrograms {
  /** The gateway's; a few variables of it are passed on, secrets are not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs a program that ends with us: this very Bun and `run-tied.ts`. */
  readonly tied: readonly [program: string, ...parameters: string[]];
  /** Runs the door before node-llama-cpp, and where that may be installed. */
  readonly nodeLlama: {
    readonly door: readonly [program: string, ...parameters: string[]];
    readonly folders: readonly string[];
  };
}

export interface EngineStart {
  readonly threads: number;
  readonly port: number;
  /** A new one at each start. */
  readonly secret: Secret;
  readonly promptCacheBytes: number;
}

/** Throws `CannotRun`. */
export async function orderEngine(
  entry: LocalModelEntry,
  start: EngineStart,
  programs: EnginePrograms,
): Promise<ChildOrder> {
  return entry.engine === NODE_LLAMA
    ? await orderDoor(entry, start, programs)
    : await orderLlamaServer(entry, start, programs);
}

async function orderLlamaServer(
  entry: LocalModelEntry,
  start: EngineStart,
  { environment, tied }: EnginePrograms,
): Promise<ChildOrder> {
  const engine = await findLlamaServer(environment, entry.engine);
  if (engine === undefined)
    throw new CannotRun(
      entry.engine === undefined ? 'no llama-server is on the PATH' : `there is no program at ${entry.engine}`,
    );
  await checkFiles(entry);
  const order = {
    ...{ engine, alias: entry.id, model: entry.parts[0]!, contextTokens: entry.contextTokens, slots: entry.slots },
    ...(entry.projector !== undefined && { projector: entry.projector }),
    ...start,
  };
  return {
    command: [...tied, engine, ...llamaServerParameters(order)],
    environment: llamaServerEnvironment(order, environment),
  };
}

/** It watches over its own end, and its key comes with its orders. */
async function orderDoor(
  entry: LocalModelEntry,
  { threads, port, secret }: EngineStart,
  { nodeLlama }: EnginePrograms,
): Promise<ChildOrder> {
  const found = findNodeLlama(nodeLlama.folders);
  if (!found) throw new CannotRun(`${NODE_LLAMA} is not installed in ${nodeLlama.folders.join(' or ')}`);
  await checkFiles(entry);
  const { contextTokens, slots } = entry;
  const files = { package: found.folder, model: entry.parts[0]!, alias: entry.id };
  const order: DoorOrder = { ...files, contextTokens, slots, threads, port, key: secret.reveal() };
  return { command: nodeLlama.door, firstLine: JSON.stringify(order) };
}

/** A native engine is never given a file that did not pass; and what was added is what is loaded. */
async function checkFiles(entry: LocalModelEntry): Promise<void> {
  try {
    const weights = await inspectWeights(entry.parts[0]!);
    if (weights.bytes !== entry.bytes || weights.architecture !== entry.architecture)
      throw new CannotRun(`${entry.parts[0]} is not the file that was added: add it again`);
    if (entry.projector === undefined) return;
    const [fault] = (await inspectProjector(entry.projector, weights)).faults;
    if (fault !== undefined && !entry.force) throw new CannotRun(fault);
  } catch (error) {
    throw error instanceof GgufError ? new CannotRun(error.message) : error;
  }
}
