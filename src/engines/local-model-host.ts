/**
 * Runs the operator's own models: loads one when somebody asks for it, sends the one away that was not used for the longest time when
 * memory is short, and lets them sleep when nobody asks. One is loaded at a time: two would only share the disk.
 */
import { availableParallelism } from 'node:os';
import type { Json } from '../base/json.ts';
import { Failure } from '../generation/failure.ts';
import type { Engine } from './engine.ts';
import { type AwakeEngine, LocalEngine, type LocalEngineParts } from './local-engine.ts';
import type { LocalModelEntry } from './local-model.ts';
import { type MachineMemory, type MachineReaders, readMachineMemory } from './machine-memory.ts';
import { NODE_LLAMA } from './node-llama.ts';
import { type MemoryPlan, planMemory } from './plan-memory.ts';

export interface LocalModelHostOptions extends Omit<LocalEngineParts, 'threads'> {
  readonly readers: MachineReaders;
  /** For all models together; as much as the machine has unless given. */
  readonly budgetBytes?: number;
  /** Something changed: what is offered, how far one is loaded, who uses it. */
  onChange(): void;
}

/** A model as an engine of its own, and how it is woken. */
export interface LocalModelOffer {
  readonly engine: Engine;
  /** While it is awake: where its load can be read. */
  readonly awake?: { readonly baseUrl: string; readonly authorization: string };
  wake(signal: AbortSignal): Promise<AwakeEngine>;
}

/** Left in memory for prompts that do not fit the slots any more. */
const PROMPT_CACHE_SHARE = 1 / 4;
const PROMPT_CACHE_BYTES_MAX = 2 * 1024 ** 3;
/** What its door does not do that a llama-server does. */
const NODE_LLAMA_LACKS = { lacks: ['logit_bias', 'logprobs', 'top_logprobs'], continuesNothing: true } as const;

export class LocalModelHost {
  readonly #options: LocalModelHostOptions;
  readonly #parts: LocalEngineParts;
  readonly #startedMs: number;
  readonly #wishes = new Map<string, number>();
  #engines: ReadonlyMap<string, LocalEngine> = new Map();
  /** Taken away, and still answering. */
  readonly #leaving = new Set<LocalEngine>();
  readonly #queued = new Set<LocalEngine>();
  #turn: Promise<void> = Promise.resolve();
  #awaitsChange: (() => void)[] = [];
  #isFollowing = false;
  #isStopped = false;

  constructor(options: LocalModelHostOptions) {
    this.#options = options;
    this.#startedMs = options.clock.nowMs();
    // All cores at once are slower than all but one when anything else runs: measured, by an order of magnitude.
    this.#parts = { ...options, threads: Math.max(1, availableParallelism() - 1) };
  }

  /** What is there from now on. Models that are the same stay as they are. */
  follow(entries: readonly LocalModelEntry[]): void {
    const isFirst = !this.#isFollowing;
    this.#isFollowing = true;
    const before = this.#engines;
    this.#engines = new Map(
      entries.map((entry) => {
        const known = before.get(entry.id);
        const isSame = known !== undefined && printOf(known.entry) === printOf(entry);
        return [entry.id, isSame ? known : new LocalEngine(entry, this.#parts, () => this.#changed())];
      }),
    );
    for (const engine of before.values()) {
      if (this.#engines.get(engine.entry.id) === engine) continue;
      this.#leaving.add(engine);
      engine.retire();
    }
    for (const entry of entries) {
      const engine = this.#engines.get(entry.id)!;
      if (isFirst && entry.autoload) {
        engine.wish('load');
        this.#load(engine);
      }
      this.#hearWish(entry, engine);
    }
    this.#changed();
  }

  models(): readonly LocalEngine[] {
    return [...this.#engines.values()];
  }

  offers(): readonly LocalModelOffer[] {
    const tags = tagsOf(this.models().map(({ entry }) => entry));
    // By its name: the model may be another one by then, with other files.
    return this.models().map((model) => offerOf(model, tags, (signal) => this.#use(model.entry.id, signal)));
  }

  /** Resolves when all processes are gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const all = [...this.#engines.values(), ...this.#leaving];
    for (const engine of all) engine.retire();
    this.#changed();
    await Promise.all(all.map((engine) => engine.unload()));
  }

  #hearWish({ id, wish }: LocalModelEntry, engine: LocalEngine): void {
    if (!wish || wish.atMs < this.#startedMs || this.#wishes.get(id) === wish.atMs) return;
    this.#wishes.set(id, wish.atMs);
    engine.wish(wish.to, wish.atMs);
    if (wish.to === 'load') this.#load(engine);
  }

  async #use(id: string, signal: AbortSignal): Promise<AwakeEngine> {
    const engine = this.#engines.get(id);
    if (!engine || this.#isStopped) throw new Failure('provider-loading', { message: `${id} was taken away` });
    const awake = engine.use(signal);
    this.#load(engine);
    return await awake;
  }

  #load(engine: LocalEngine): void {
    if (engine.isUp || this.#queued.has(engine) || !engine.isWanted || !engine.mayTry) return;
    this.#queued.add(engine);
    engine.queue();
    this.#turn = this.#turn
      .then(() => this.#bringUp(engine))
      .catch((error: unknown) => engine.fail(String(error)))
      .finally(() => this.#queued.delete(engine));
  }

  async #bringUp(engine: LocalEngine): Promise<void> {
    while (!this.#isStopped && engine.isWanted) {
      const machine = await readMachineMemory(this.#options.readers, await engine.findLlamaServer());
      const plan = this.#plan(engine, machine);
      if (plan.type === 'fits') {
        await engine.load(Math.min(PROMPT_CACHE_BYTES_MAX, Math.floor(plan.spareBytes * PROMPT_CACHE_SHARE)));
        return;
      }
      if (plan.type === 'never') {
        engine.fail(plan.reason);
        return;
      }
      if (plan.type === 'evict') {
        this.#log('info', 'A model leaves memory for another', { leaves: plan.id, comes: engine.entry.id });
        await this.#awake()
          .find(({ entry }) => entry.id === plan.id)
          ?.unload();
      } else {
        engine.queue(plan.reason);
        await this.#endOfWait(engine, machine);
      }
    }
    engine.leaveQueue();
  }

  /** Until somebody has finished, or nobody wants it any more. */
  async #endOfWait(engine: LocalEngine, machine: MachineMemory): Promise<void> {
    do await new Promise<void>((resolve) => this.#awaitsChange.push(resolve));
    while (!this.#isStopped && engine.isWanted && this.#plan(engine, machine).type === 'wait');
  }

  #plan(engine: LocalEngine, machine: MachineMemory): MemoryPlan {
    const { readers, budgetBytes } = this.#options;
    const plan = planMemory({
      needBytes: engine.needBytes,
      machine,
      platform: readers.platform,
      ...(budgetBytes !== undefined && { budgetBytes }),
      held: this.#awake()
        .filter((model) => model !== engine)
        .map((model) => {
          const resident = model.resident();
          return {
            id: model.entry.id,
            needBytes: model.needBytes,
            weightsBytes: model.entry.bytes + model.entry.projectorBytes,
            ...(resident && { resident }),
            isBusy: model.users > 0,
            usedMs: model.usedMs,
          };
        }),
    });
    // The operator said so, and knows.
    return plan.type === 'never' && engine.entry.force ? { type: 'fits', spareBytes: 0 } : plan;
  }

  #awake(): readonly LocalEngine[] {
    return [...this.#engines.values(), ...this.#leaving].filter((engine) => engine.holdsMemory);
  }

  #changed(): void {
    for (const engine of this.#leaving) if (!engine.holdsMemory && engine.users === 0) this.#leaving.delete(engine);
    const waiting = this.#awaitsChange;
    this.#awaitsChange = [];
    for (const resolve of waiting) resolve();
    this.#options.onChange();
  }

  #log(level: 'info', message: string, fields: Readonly<Record<string, Json>>): void {
    this.#options.log.write(level, message, fields);
  }
}

/** A new wish does not make it another model. */
function printOf({ wish: _, ...entry }: LocalModelEntry): string {
  return JSON.stringify(entry);
}

/**
 * The provider of each local model: each runs in a process of its own. Named for the model, in full where two would be named alike,
 * or for what engines that are found are named for: their port.
 */
export function tagsOf(entries: readonly Pick<LocalModelEntry, 'id' | 'engine'>[]): ReadonlyMap<string, string> {
  const names = entries.map(({ id }) => id.split('/')[1]!);
  return new Map(
    entries.map(({ id, engine }, index) => {
      const name = names[index]!;
      const isPlain = names.indexOf(name) === names.lastIndexOf(name) && !/^\d+$/.test(name);
      return [id, `${runnerOf(engine)}/${isPlain ? name : id.replace('/', '-')}`];
    }),
  );
}

function runnerOf(engine: string | undefined): string {
  return engine === NODE_LLAMA ? NODE_LLAMA : 'llama-server';
}

function offerOf(
  model: LocalEngine,
  tags: ReadonlyMap<string, string>,
  wake: LocalModelOffer['wake'],
): LocalModelOffer {
  const { entry } = model;
  const info = model.info();
  const contextTokens = info?.contextTokens ?? entry.contextTokens;
  return {
    engine: {
      kind: 'llama-server',
      baseUrl: info?.baseUrl.replace(/\/v1$/, '') ?? 'http://127.0.0.1',
      tag: tags.get(entry.id)!,
      name: `${runnerOf(entry.engine)} (${entry.name})`,
      ...(entry.engine === NODE_LLAMA && NODE_LLAMA_LACKS),
      parallel: info?.slots ?? entry.slots,
      models: [
        {
          nativeId: entry.id,
          ...{ modelId: entry.id, title: entry.name },
          ...{ contextTokens, contextTokensMax: contextTokens },
          quantization: entry.quantization,
          vision: entry.projector !== undefined && info?.vision !== false,
          tools: entry.tools,
          isLoaded: info !== undefined,
          architecture: entry.architecture,
        },
      ],
    },
    ...(info && {
      awake: { baseUrl: info.baseUrl.replace(/\/v1$/, ''), authorization: `Bearer ${info.secret.reveal()}` },
    }),
    wake,
  };
}
