import type { Endpoint } from '../catalog/endpoint.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { Usage } from '../generation/usage.ts';
import type { EngineState } from './engine-state.ts';
import { PrefixIndex, type PrefixMatch } from './prefix-index.ts';
import { makePromptChain, type PromptChain, piecesOf } from './prompt-chain.ts';

/** What an engine said of its work. */
export interface LoadReading {
  readonly running?: number;
  readonly waiting?: number;
  readonly kvUse?: number;
  readonly parallel?: number;
  readonly cacheTokens?: number;
  readonly loadedModels?: readonly string[];
}

export interface EngineBookOptions {
  /** Told of every engine that a request could go to, so that somebody may read its load. Must return at once; true while its first word is still to come. */
  hear?(providerId: string): boolean;
}

/** Whose prompt it is. Two tenants never share what a cache holds. */
export interface Tenant {
  readonly id: string;
  /** What the caller calls this conversation or its user. */
  readonly session?: string;
}

/** Older figures say nothing of now. Four times the period in which they are read. */
const FRESH_MS = 6_000;
/** OpenRouter keeps a session for so long (reference/openrouter.md d.4). */
const SESSION_MS = 600_000;
const SESSIONS_MAX = 20_000;
const ENDPOINTS_MAX = 1_000;
/** Below this a match is too small to judge by it. */
const JUDGED_SHARE_MIN = 0.1;
const TRUST_STEP = 0.2;

interface Engine {
  inFlight: number;
  backlogTokens: number;
  reading: LoadReading | undefined;
  readMs: number;
  /** Of our own, when it was read: the rest of what it said are other people's. */
  inFlightWhenRead: number;
  misses: number;
  readonly endpointIds: Set<string>;
}

interface EngineEndpoint {
  inFlight: number;
  /** How much of the beginning that a chat's last turn left there really was cached, by the engine's own word. */
  trustInChat: number;
  /** The same for what other chats left there beyond that. */
  trustInOthers: number;
  /** It reports cached tokens: then zero is a statement, too. */
  reportsCache: boolean;
}

/**
 * What is known of the engines on the operator's own machines, as of now: requests that we sent and that are not answered,
 * what the engines say of their load, and which prompts their caches hold. Time comes in as numbers, so it runs on any clock.
 */
export class EngineBook {
  readonly #options: EngineBookOptions;
  readonly #engines = new Map<string, Engine>();
  readonly #endpoints = new Map<string, EngineEndpoint>();
  readonly #prefixes = new PrefixIndex();
  /** Session → endpoint, the longest unused first. */
  readonly #sessions = new Map<string, { readonly endpointId: string; readonly atMs: number }>();

  constructor(options: EngineBookOptions = {}) {
    this.#options = options;
  }

  /** For one request: what each engine is worth to it, and the place to say where it goes. Costs nothing until it is asked. */
  open(request: GenerationRequest, tenant: Tenant): EngineView {
    return new EngineView(this, request, tenant);
  }

  /** An engine's word, or its silence. One that spoke and falls silent twice is gone, and its cache with it. */
  read(providerId: string, reading: LoadReading | undefined, nowMs: number): void {
    const engine = this.#engine(providerId);
    engine.misses = reading ? 0 : engine.misses + 1;
    if (!reading && engine.misses < 2) return;
    if (!reading && engine.reading) for (const id of engine.endpointIds) this.#prefixes.forget(id);
    engine.reading = reading;
    engine.readMs = nowMs;
    engine.inFlightWhenRead = engine.inFlight;
  }

  /** Forgets the caches of endpoints that are gone: when they come back, they come back empty. */
  retain(isThere: (endpointId: string) => boolean): void {
    for (const id of this.#endpoints.keys()) if (!isThere(id)) this.#prefixes.forget(id);
  }

  /** Requests of ours that are under way, by provider; for the operator. */
  inFlight(providerId: string): number {
    return this.#engines.get(providerId)?.inFlight ?? 0;
  }

  state(endpoint: Endpoint, chain: PromptChain, sessionKey: string | undefined, nowMs: number): EngineState {
    const isAwaited = this.#options.hear?.(endpoint.providerId) ?? false;
    const engine = this.#engines.get(endpoint.providerId);
    const own = this.#endpoints.get(endpoint.id);
    const reading = engine && Math.abs(nowMs - engine.readMs) < FRESH_MS ? engine.reading : undefined;
    const spoken = (reading?.running ?? 0) + (reading?.waiting ?? 0);
    const others = reading ? Math.max(0, spoken - engine!.inFlightWhenRead) : 0;
    const all = others + (engine?.inFlight ?? 0);
    const parallel = parallelOf(endpoint, reading);
    const session = sessionKey === undefined ? undefined : this.#sessions.get(sessionKey);
    return {
      running: Math.min(all, parallel),
      waiting: Math.max(0, all - parallel),
      parallel,
      backlogTokens: Math.round(engine?.backlogTokens ?? 0),
      ...(reading?.kvUse !== undefined && { kvUse: round(reading.kvUse) }),
      cached: round(cachedShare(this.#prefixes.match(endpoint.id, chain), own ?? startingTrust(endpoint))),
      hasSession: session?.endpointId === endpoint.id && Math.abs(nowMs - session.atMs) < SESSION_MS,
      isCold: reading?.loadedModels?.includes(endpoint.upstreamModel) === false && (own?.inFlight ?? 0) === 0,
      ...(isAwaited && !reading && { isUnread: true as const }),
    };
  }

  /** Counts from this moment on. `chain` is undefined where nobody compared engines. */
  send(endpoint: Endpoint, work: SentWork, nowMs: number): EngineTicket {
    const engine = this.#engine(endpoint.providerId);
    const own = this.#endpoint(endpoint);
    engine.endpointIds.add(endpoint.id);
    const { chain, promptTokens, sessionKey } = work;
    const match = chain && this.#prefixes.match(endpoint.id, chain);
    const backlogTokens = promptTokens * (1 - (match ? cachedShare(match, own) : 0));
    engine.inFlight += 1;
    engine.backlogTokens += backlogTokens;
    own.inFlight += 1;
    if (chain) {
      if (engine.reading?.cacheTokens !== undefined) this.#prefixes.resize(endpoint.id, engine.reading.cacheTokens);
      this.#prefixes.add(endpoint.id, chain);
    }
    if (sessionKey !== undefined) this.#keepSession(sessionKey, endpoint.id, nowMs);
    let isWaiting = true;
    let isUnderWay = true;
    const answered = (): void => {
      if (!isWaiting) return;
      isWaiting = false;
      engine.backlogTokens = Math.max(0, engine.backlogTokens - backlogTokens);
    };
    return {
      answered,
      end: (usage) => {
        if (!isUnderWay) return;
        isUnderWay = false;
        answered();
        engine.inFlight -= 1;
        own.inFlight -= 1;
        if (usage && match) judge(own, match, usage);
      },
    };
  }

  #keepSession(key: string, endpointId: string, atMs: number): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, { endpointId, atMs });
    if (this.#sessions.size > SESSIONS_MAX) this.#sessions.delete(this.#sessions.keys().next().value!);
  }

  #engine(providerId: string): Engine {
    const known = this.#engines.get(providerId);
    if (known) return known;
    const engine = { inFlight: 0, backlogTokens: 0, reading: undefined, readMs: 0, inFlightWhenRead: 0, misses: 0 };
    const made: Engine = { ...engine, endpointIds: new Set() };
    this.#engines.set(providerId, made);
    return made;
  }

  #endpoint(endpoint: Endpoint): EngineEndpoint {
    const known = this.#endpoints.get(endpoint.id);
    if (known) return known;
    if (this.#endpoints.size >= ENDPOINTS_MAX) this.#forgetOne();
    const made: EngineEndpoint = { inFlight: 0, ...startingTrust(endpoint), reportsCache: false };
    this.#endpoints.set(endpoint.id, made);
    return made;
  }

  #forgetOne(): void {
    for (const [id, { inFlight }] of this.#endpoints) {
      if (inFlight > 0) continue;
      this.#endpoints.delete(id);
      this.#prefixes.forget(id);
      return;
    }
  }
}

interface SentWork {
  readonly chain: PromptChain | undefined;
  readonly promptTokens: number;
  readonly sessionKey: string | undefined;
}

/** One request under way at an engine. Each may be called again without harm. */
export interface EngineTicket {
  /** Its first content came: the prompt is worked off. */
  answered(): void;
  /** It is over, however it ended. `usage` is what the engine reported. */
  end(usage: Usage | undefined): void;
}

/** The engines seen from one request. */
export class EngineView {
  readonly tenant: Tenant;
  readonly #book: EngineBook;
  readonly #request: GenerationRequest;
  /** By model: the bundled text of a prompt is read once for each, and not at all where there is nothing to choose. */
  readonly #chains = new Map<string, PromptChain>();

  constructor(book: EngineBook, request: GenerationRequest, tenant: Tenant) {
    this.#book = book;
    this.#request = request;
    this.tenant = tenant;
  }

  state(endpoint: Endpoint, nowMs: number): EngineState {
    let chain = this.#chains.get(endpoint.modelId);
    if (!chain) {
      chain = makePromptChain(piecesOf(this.#request), endpoint.modelId, this.tenant.id);
      this.#chains.set(endpoint.modelId, chain);
    }
    return this.#book.state(endpoint, chain, this.#sessionKey(endpoint), nowMs);
  }

  /** Undefined for an endpoint that is no engine. */
  send(endpoint: Endpoint, nowMs: number): EngineTicket | undefined {
    if (!endpoint.engine) return undefined;
    const chain = this.#chains.get(endpoint.modelId);
    const promptTokens = this.#request.features.promptTokensEstimate;
    return this.#book.send(endpoint, { chain, promptTokens, sessionKey: this.#sessionKey(endpoint) }, nowMs);
  }

  #sessionKey({ modelId }: Endpoint): string | undefined {
    const { id, session } = this.tenant;
    // A caller's words may be of any length, and twenty thousand sessions are remembered.
    return session === undefined ? undefined : Bun.hash.wyhash(`${id}\0${modelId}\0${session}`).toString(36);
  }
}

/** While others wait, it runs as many as it can, whatever it was said to be able to. */
function parallelOf(endpoint: Endpoint, reading: LoadReading | undefined): number {
  const parallel = reading?.parallel ?? endpoint.engine?.parallel ?? 1;
  const isFull = (reading?.waiting ?? 0) > 0 && (reading?.running ?? 0) > 0;
  return Math.max(1, isFull ? Math.min(parallel, reading!.running!) : parallel);
}

/** Before the engine said anything of its cache. */
function startingTrust({ engine }: Endpoint): Pick<EngineEndpoint, 'trustInChat' | 'trustInOthers'> {
  return { trustInChat: 1, trustInOthers: engine?.reuses === 'prefix' ? 1 : 0 };
}

function cachedShare({ any, chat }: PrefixMatch, trust: ReturnType<typeof startingTrust>): number {
  return chat * trust.trustInChat + (any - chat) * trust.trustInOthers;
}

/** What the engine reports corrects what we expect of it: both of its size and of what it can reuse at all. */
function judge(
  own: EngineEndpoint,
  { any, chat }: PrefixMatch,
  { provenance, promptTokens, cachedTokens }: Usage,
): void {
  if (provenance !== 'reported' || promptTokens <= 0) return;
  own.reportsCache ||= cachedTokens > 0;
  if (!own.reportsCache) return;
  const reported = cachedTokens / promptTokens;
  if (chat >= JUDGED_SHARE_MIN) own.trustInChat = approach(own.trustInChat, reported / chat);
  const beyond = any - chat;
  if (beyond >= JUDGED_SHARE_MIN) own.trustInOthers = approach(own.trustInOthers, (reported - chat) / beyond);
}

function approach(trust: number, kept: number): number {
  return trust + TRUST_STEP * (Math.min(1, Math.max(0, kept)) - trust);
}

function round(share: number): number {
  return Math.round(share * 1000) / 1000;
}
