/**
 * Several engines with prompt caches under one router, in virtual time: nothing sleeps, nothing is random but by the seed. The
 * router's own modules decide; only the engines are made up, and their assumptions stand here as numbers.
 */
import { type Random, seededRandom } from '../../src/base/random.ts';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import type { GenerationRequest, PromptPiece } from '../../src/generation/request.ts';
import { NO_USAGE } from '../../src/generation/usage.ts';
import { EngineBook, type EngineView } from '../../src/routing/engine-book.ts';
import type { EngineState } from '../../src/routing/engine-state.ts';
import { planRoute } from '../../src/routing/plan.ts';
import { makePromptChain } from '../../src/routing/prompt-chain.ts';
import { makeEndpoint, makeInputs, makePrice, NOW_MS } from './routing-world.ts';

export interface Traffic {
  readonly chats: number;
  /** Mean time between two new chats. */
  readonly betweenChatsMs: number;
  readonly systemPrompts: number;
  /** Smallest and largest. */
  readonly systemTokens: readonly [number, number];
  readonly turnsMax: number;
  readonly questionTokens: readonly [number, number];
  readonly answerTokens: readonly [number, number];
  readonly thinkMs: readonly [number, number];
}

export interface EngineShape {
  /** Prompt tokens a second that are not in the cache; prompts are worked off one after the other. */
  readonly prefillPerSecond: number;
  /** Milliseconds a token of an answer takes alone; a full engine takes twice as long. */
  readonly decodeMs: number;
  readonly parallel: number;
  readonly cacheTokens: number;
}

/** `random`: as if nobody watched the engines. `load`: their caches are left out. `all`: as the gateway does it. */
export type Policy = 'random' | 'load' | 'all';

export interface Outcome {
  readonly requests: number;
  /** Share of prompt tokens that came out of a cache. */
  readonly cachedShare: number;
  /** From the decision to the first token. */
  readonly waitP50Ms: number;
  readonly waitP95Ms: number;
  /** Share of the requests that the busiest engine had. */
  readonly busiestShare: number;
}

/** Pages are read so often, and are as old as that at most. */
const SCRAPE_MS = 1_500;
const BYTES_PER_TOKEN = 4;

export function simulate(traffic: Traffic, shapes: readonly EngineShape[], policy: Policy, seed: number): Outcome {
  const world = new World(shapes, policy, seed);
  for (const chat of makeChats(traffic, seededRandom(seed))) world.at(chat.startMs, () => world.ask(chat, 0));
  world.run();
  return world.outcome();
}

interface Chat {
  readonly startMs: number;
  /** What is sent in each turn, with all before it. */
  readonly prompts: readonly (readonly PromptPiece[])[];
  readonly answerTokens: readonly number[];
  readonly thinkMs: readonly number[];
}

/** The same chats for every policy of a seed. */
function makeChats(traffic: Traffic, random: Random): readonly Chat[] {
  const between = ([least, most]: readonly [number, number]) => least + random.next() * (most - least);
  const systems = Array.from({ length: traffic.systemPrompts }, (_, index) =>
    text(`system ${index}`, between(traffic.systemTokens)),
  );
  let startMs = 0;
  return Array.from({ length: traffic.chats }, (_, index) => {
    startMs -= Math.log(1 - random.next()) * traffic.betweenChatsMs;
    const turns = 1 + Math.floor(random.next() * traffic.turnsMax);
    const answerTokens = Array.from({ length: turns }, () => Math.round(between(traffic.answerTokens)));
    const said: PromptPiece[] = [systems[Math.floor(random.next() * systems.length)]!];
    const prompts = answerTokens.map((answer, turn) => {
      said.push(text(`chat ${index} question ${turn}`, between(traffic.questionTokens)));
      const prompt = [...said];
      said.push(text(`chat ${index} answer ${turn}`, answer));
      return prompt;
    });
    return { startMs, prompts, answerTokens, thinkMs: prompts.map(() => between(traffic.thinkMs)) };
  });
}

function text(name: string, tokens: number): PromptPiece {
  const words = `${name}, which goes on and on. `;
  const length = Math.round(tokens * BYTES_PER_TOKEN);
  return {
    bytes: new TextEncoder().encode(words.repeat(Math.ceil(length / words.length)).slice(0, length)),
    isMedia: false,
  };
}

class World {
  readonly #policy: Policy;
  readonly #engines: readonly SimulatedEngine[];
  readonly #endpoints: readonly Endpoint[];
  readonly #book = new EngineBook();
  readonly #random: Random;
  readonly #events: { readonly atMs: number; readonly order: number; run(): void }[] = [];
  readonly #waits: number[] = [];
  #nowMs = 0;
  #order = 0;
  #open = 0;

  constructor(shapes: readonly EngineShape[], policy: Policy, seed: number) {
    this.#policy = policy;
    this.#random = seededRandom(seed ^ 0x5eed);
    this.#engines = shapes.map((shape) => new SimulatedEngine(shape));
    this.#endpoints = shapes.map(({ parallel }, index) =>
      makeEndpoint(`engine${index}`, { price: makePrice(0), isLocal: true, engine: { parallel, reuses: 'prefix' } }),
    );
    this.at(0, () => this.#scrape());
  }

  at(atMs: number, run: () => void): void {
    this.#open++;
    insert(this.#events, { atMs, order: this.#order++, run });
  }

  run(): void {
    for (let event = this.#events.pop(); event; event = this.#events.pop()) {
      this.#nowMs = event.atMs;
      this.#open--;
      event.run();
    }
  }

  ask(chat: Chat, turn: number): void {
    const pieces = chat.prompts[turn]!;
    const promptTokens = Math.ceil(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) / BYTES_PER_TOKEN);
    const { features } = makeInputs({ features: { promptTokensEstimate: promptTokens } });
    const request = { features, origin: {}, pieces: () => pieces } as unknown as GenerationRequest;
    const view = this.#book.open(request, { id: 'home' });
    const plan = planRoute({
      ...makeInputs({ endpoints: this.#endpoints, features, seed: Math.floor(this.#random.next() * 2 ** 32) }),
      engine: (endpoint) => this.#look(view, endpoint),
    });
    const index = this.#endpoints.indexOf(plan.steps[0]!.endpoint);
    const ticket = view.send(this.#endpoints[index]!, NOW_MS + this.#nowMs)!;
    const engine = this.#engines[index]!;
    const askedMs = this.#nowMs;
    const answerTokens = chat.answerTokens[turn]!;
    engine.take({
      keys: makePromptChain(pieces, 'author/model', 'home').keys,
      promptTokens,
      world: this,
      answered: (cachedTokens) => {
        this.#waits.push(this.#nowMs - askedMs);
        ticket.answered();
        this.at(this.#nowMs + engine.decodeMs(answerTokens), () => {
          engine.leave(promptTokens);
          ticket.end({
            ...NO_USAGE,
            promptTokens,
            cachedTokens,
            completionTokens: answerTokens,
            provenance: 'reported',
          });
          if (turn + 1 < chat.prompts.length) {
            this.at(this.#nowMs + chat.thinkMs[turn]!, () => this.ask(chat, turn + 1));
          }
        });
      },
    });
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  outcome(): Outcome {
    const waits = this.#waits.toSorted((a, b) => a - b);
    const counts = this.#engines.map(({ count }) => count);
    const sum = (pick: (engine: SimulatedEngine) => number) => this.#engines.reduce((all, one) => all + pick(one), 0);
    return {
      requests: waits.length,
      cachedShare: sum((engine) => engine.cachedTokens) / sum((engine) => engine.promptTokens),
      waitP50Ms: waits[Math.floor(waits.length * 0.5)]!,
      waitP95Ms: waits[Math.floor(waits.length * 0.95)]!,
      busiestShare: Math.max(...counts) / waits.length,
    };
  }

  #look(view: EngineView, endpoint: Endpoint): EngineState | undefined {
    if (this.#policy === 'random') return undefined;
    const state = view.state(endpoint, NOW_MS + this.#nowMs);
    return this.#policy === 'all' ? state : { ...state, cached: 0, hasSession: false };
  }

  #scrape(): void {
    this.#engines.forEach((engine, index) => {
      this.#book.read(`engine${index}`, engine.reading(), NOW_MS + this.#nowMs);
    });
    if (this.#open > 0) this.at(this.#nowMs + SCRAPE_MS, () => this.#scrape());
  }
}

interface Work {
  readonly keys: readonly number[];
  readonly promptTokens: number;
  readonly world: World;
  answered(cachedTokens: number): void;
}

/** Takes requests in order of arrival, prompts one by one, answers side by side, with a cache of whole blocks. */
class SimulatedEngine {
  count = 0;
  promptTokens = 0;
  cachedTokens = 0;
  readonly #shape: EngineShape;
  readonly #cache = new Set<number>();
  readonly #queue: Work[] = [];
  #running = 0;
  #heldTokens = 0;
  #isPrefilling = false;

  constructor(shape: EngineShape) {
    this.#shape = shape;
  }

  take(work: Work): void {
    this.count++;
    this.#queue.push(work);
    this.#next(work.world);
  }

  /** With as many answers under way as there are now. */
  decodeMs(tokens: number): number {
    return tokens * this.#shape.decodeMs * (1 + this.#running / this.#shape.parallel);
  }

  leave(promptTokens: number): void {
    this.#running--;
    this.#heldTokens -= promptTokens;
  }

  reading() {
    return {
      running: this.#running,
      waiting: this.#queue.length,
      kvUse: Math.min(1, this.#heldTokens / this.#shape.cacheTokens),
      cacheTokens: this.#shape.cacheTokens,
    };
  }

  #next(world: World): void {
    const work = this.#queue[0];
    if (!work || this.#isPrefilling) return;
    if (this.#running >= this.#shape.parallel) {
      world.at(world.nowMs + 20, () => this.#next(world));
      return;
    }
    this.#queue.shift();
    this.#isPrefilling = true;
    this.#running++;
    this.#heldTokens += work.promptTokens;
    const cachedTokens = Math.min(work.promptTokens, this.#findCached(work.keys) * 16);
    this.promptTokens += work.promptTokens;
    this.cachedTokens += cachedTokens;
    const prefillMs = ((work.promptTokens - cachedTokens) / this.#shape.prefillPerSecond) * 1000;
    world.at(world.nowMs + Math.max(5, prefillMs), () => {
      this.#isPrefilling = false;
      this.#keep(work.keys);
      work.answered(cachedTokens);
      this.#next(world);
    });
  }

  #findCached(keys: readonly number[]): number {
    const missing = keys.findIndex((key) => !this.#cache.has(key));
    return missing < 0 ? keys.length : missing;
  }

  #keep(keys: readonly number[]): void {
    for (const key of keys.toReversed()) {
      this.#cache.delete(key);
      this.#cache.add(key);
    }
    const most = this.#shape.cacheTokens / 16;
    for (const key of this.#cache) {
      if (this.#cache.size <= most) return;
      this.#cache.delete(key);
    }
  }
}

/** Keeps the latest first, so that the next one is at the end. */
function insert<T extends { readonly atMs: number; readonly order: number }>(events: T[], event: T): void {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = events[middle]!;
    if (other.atMs > event.atMs || (other.atMs === event.atMs && other.order > event.order)) low = middle + 1;
    else high = middle;
  }
  events.splice(low, 0, event);
}
