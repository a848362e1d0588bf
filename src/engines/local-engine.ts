/**
 * One model of the operator's own files and the llama-server that runs it: asleep until somebody asks, watched while it is awake, and
 * asleep again when nobody does. Whether there is room for it is the host's business.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import { Secret } from '../base/secret.ts';
import { Failure } from '../generation/failure.ts';
import { findFreePort } from './free-port.ts';
import { explainDeath, findLlamaServer, type LlamaServerInfo, watchLlamaServer } from './llama-server.ts';
import type { LocalModelEntry } from './local-model.ts';
import { memoryNeed } from './memory-need.ts';
import { NODE_LLAMA } from './node-llama.ts';
import { type EnginePrograms, orderEngine } from './order-engine.ts';
import type { EngineFetch } from './probe.ts';
import { type ChildOrder, ProcessKeeper } from './process-keeper.ts';
import { type ResidentMemory, readResidentMemory } from './resident-memory.ts';

export type LocalEngineState =
  | { readonly type: 'asleep' }
  /** It waits for its turn, or for memory that others hold. */
  | { readonly type: 'queued'; readonly reason?: string }
  /** Share of the weights that is in, from 0 to 1, where it is known. */
  | { readonly type: 'loading'; readonly share?: number }
  | { readonly type: 'ready' }
  /** It died while it was awake, and is started again. */
  | { readonly type: 'restarting' }
  | { readonly type: 'failed'; readonly reason: string };

export interface LocalEngineParts extends EnginePrograms {
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: EngineFetch;
  readonly threads: number;
  /** Where the model says nothing itself; 0 is never. */
  readonly idleMinutes: number;
  /** How long a request waits for it. */
  readonly waitMaxMs: number;
}

/** An engine that can be called until it is given back. */
export interface AwakeEngine {
  readonly baseUrl: string;
  readonly secret: Secret;
  release(): void;
}

interface Waiter {
  ready(info: LlamaServerInfo): void;
  failed(failure: Failure): void;
}

/** Newer builds say nothing while they read a slow disk. */
const START_MAX_MS = 300_000;
const STOP_MAX_MS = 5_000;
const STARTS_MAX = 3;
/** So long after a failure the next request is told of it, instead of failing in the same way again. */
const FAILED_MS = 30_000;
const RETRY_SECONDS = 20;

export class LocalEngine {
  readonly entry: LocalModelEntry;
  readonly needBytes: number;
  /** The last wish of the operator that was heard, milliseconds since 1970. */
  wishMs: number | undefined;
  readonly #parts: LocalEngineParts;
  readonly #changed: () => void;
  readonly #keeper: ProcessKeeper<LlamaServerInfo>;
  readonly #waiting = new Set<Waiter>();
  #state: LocalEngineState = { type: 'asleep' };
  #users = 0;
  #usedMs: number;
  #isWished = false;
  #isUnloadDue = false;
  #isLeaving = false;
  #stopping: Promise<void> | undefined;
  #failedMs = 0;
  #secret = new Secret('');
  #port = 0;
  #promptCacheBytes = 0;
  #settled: () => void = () => {};
  #cancelIdle: () => void = () => {};

  /** `changed` is called after each change of state, and when a request comes or goes. */
  constructor(entry: LocalModelEntry, parts: LocalEngineParts, changed: () => void) {
    this.entry = entry;
    this.#parts = parts;
    this.#changed = changed;
    this.#usedMs = parts.clock.monotonicMs();
    const { bytes: weightsBytes, projectorBytes, shape, contextTokens, slots } = entry;
    const ask = { weightsBytes, projectorBytes, shape, contextTokens, slots, fullWindows: false };
    this.needBytes = memoryNeed(ask).totalBytes;
    this.#keeper = new ProcessKeeper<LlamaServerInfo>({
      clock: parts.clock,
      log: parts.log,
      subject: `the engine of ${entry.id}`,
      environment: parts.environment,
      startMaxMs: START_MAX_MS,
      stopMaxMs: STOP_MAX_MS,
      startsMax: STARTS_MAX,
      prepare: () => this.#prepare(),
      watch: (child) =>
        watchLlamaServer(child, {
          clock: parts.clock,
          fetch: parts.fetch,
          port: this.#port,
          secret: this.#secret,
          weightsBytes: entry.bytes,
          residentBytes: (pid) => readResidentMemory(pid)?.totalBytes,
          onProgress: (share) => this.#progress(share),
        }),
      explain: (words) => explainDeath(redact(words, words.length, this.#secret.reveal())),
    });
    this.#keeper.onChange(() => this.#follow());
  }

  state(): LocalEngineState {
    return this.#state;
  }

  /** What it said when it became ready; undefined unless it is. */
  info(): LlamaServerInfo | undefined {
    return this.#state.type === 'ready' ? this.#keeper.info() : undefined;
  }

  /** Requests that it answers now. */
  get users(): number {
    return this.#users;
  }

  /** When it last answered, on the monotonic clock. */
  get usedMs(): number {
    return this.#usedMs;
  }

  /** Is it kept running? */
  get isUp(): boolean {
    return this.#keeper.state().type !== 'stopped' && this.#keeper.state().type !== 'unavailable';
  }

  /** One that was told to leave holds its memory a little longer. */
  get holdsMemory(): boolean {
    return this.isUp || this.#stopping !== undefined;
  }

  resident(): ResidentMemory | undefined {
    const pid = this.info()?.pid;
    return pid === undefined ? undefined : readResidentMemory(pid);
  }

  /** Is there still somebody it would be loaded for? */
  get isWanted(): boolean {
    return !this.#isLeaving && (this.#isWished || this.#waiting.size > 0);
  }

  /** The operator wants it in memory, or out of it as soon as it answers nobody. */
  wish(to: 'load' | 'unload', atMs?: number): void {
    this.wishMs = atMs ?? this.wishMs;
    this.#isWished = to === 'load';
    this.#isUnloadDue = to === 'unload';
    if (to === 'load') this.#failedMs = Number.NEGATIVE_INFINITY;
    else if (this.#users === 0) void this.unload();
  }

  /** False for a while after a failure: it would only fail in the same way again. */
  get mayTry(): boolean {
    return this.#state.type !== 'failed' || this.#parts.clock.monotonicMs() - this.#failedMs >= FAILED_MS;
  }

  /** Resolves when it can be called, and it stays awake until it is given back. Rejects with a `Failure`. */
  use(signal: AbortSignal): Promise<AwakeEngine> {
    if (this.#isLeaving) return Promise.reject(this.#gone('was taken away'));
    const info = this.info();
    if (info) return Promise.resolve(this.#take(info));
    if (this.#state.type === 'failed' && !this.mayTry) return Promise.reject(this.#failure());
    const { promise, resolve, reject } = Promise.withResolvers<AwakeEngine>();
    const leave = () => {
      this.#waiting.delete(waiter);
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = {
      ready: (awake) => {
        leave();
        resolve(this.#take(awake));
      },
      failed: (failure) => {
        leave();
        reject(failure);
        this.#changed();
      },
    };
    const onAbort = () => waiter.failed(new Failure('caller-left', { message: 'The caller left' }));
    const cancel = this.#parts.clock.after(this.#parts.waitMaxMs, () => waiter.failed(this.#failure()));
    this.#waiting.add(waiter);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    return promise;
  }

  queue(reason?: string): void {
    this.#change({ type: 'queued', ...(reason !== undefined && { reason }) });
  }

  leaveQueue(): void {
    if (this.#state.type === 'queued') this.#change({ type: 'asleep' });
  }

  /** Resolves when it is ready or will not be. */
  async load(promptCacheBytes: number): Promise<void> {
    await this.#stopping;
    if (!this.isWanted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#promptCacheBytes = promptCacheBytes;
    this.#settled = resolve;
    this.#keeper.start();
    await promise;
  }

  fail(reason: string): void {
    this.#failedMs = this.#parts.clock.monotonicMs();
    this.#isWished = false;
    this.#change({ type: 'failed', reason });
    for (const waiter of [...this.#waiting]) waiter.failed(this.#failure());
    this.#settle();
  }

  /** Resolves when its memory is free. */
  unload(): Promise<void> {
    this.#cancelIdle();
    this.#isUnloadDue = false;
    this.#isWished = false;
    for (const waiter of [...this.#waiting]) waiter.failed(this.#gone('was unloaded'));
    this.#stopping ??= this.#keeper.stop().finally(() => {
      this.#stopping = undefined;
      this.#changed();
    });
    return this.#stopping;
  }

  /** Answers that run end in their own time; then it is gone for good. */
  retire(): void {
    this.#isLeaving = true;
    for (const waiter of [...this.#waiting]) waiter.failed(this.#gone('was taken away'));
    if (this.#users === 0) void this.unload();
  }

  /** The llama-server that would run it; undefined where there is none, or something else does. */
  async findLlamaServer(): Promise<string | undefined> {
    const { engine } = this.entry;
    return engine === NODE_LLAMA ? undefined : await findLlamaServer(this.#parts.environment, engine);
  }

  #take(info: LlamaServerInfo): AwakeEngine {
    this.#users += 1;
    this.#cancelIdle();
    let isHeld = true;
    return {
      baseUrl: info.baseUrl,
      secret: info.secret,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#users -= 1;
        this.#usedMs = this.#parts.clock.monotonicMs();
        this.#rest();
        this.#changed();
      },
    };
  }

  /** Sleeps when nobody has asked for long enough. */
  #rest(): void {
    this.#cancelIdle();
    if (this.#users > 0) return;
    if (this.#isLeaving || this.#isUnloadDue) {
      void this.unload();
      return;
    }
    const minutes = this.entry.idleMinutes ?? this.#parts.idleMinutes;
    if (minutes === 0) return;
    this.#cancelIdle = this.#parts.clock.after(minutes * 60_000, () => {
      this.#parts.log.write('info', 'A model is unloaded: nobody asked', { model: this.entry.id, minutes });
      void this.unload();
    });
  }

  async #prepare(): Promise<ChildOrder> {
    this.#secret = new Secret(randomBytes(32).toString('base64url'));
    this.#port = await findFreePort();
    const { threads } = this.#parts;
    const start = { threads, port: this.#port, secret: this.#secret, promptCacheBytes: this.#promptCacheBytes };
    return await orderEngine(this.entry, start, this.#parts);
  }

  #progress(share: number): void {
    if (this.#state.type === 'loading') this.#change({ type: 'loading', share });
  }

  #follow(): void {
    const keeper = this.#keeper.state();
    switch (keeper.type) {
      case 'starting':
        this.#change({ type: 'loading' });
        return;
      case 'waiting':
        this.#change({ type: 'restarting' });
        return;
      case 'unavailable':
        this.fail(keeper.reason);
        return;
      case 'stopped':
        if (this.#state.type !== 'failed') this.#change({ type: 'asleep' });
        this.#settle();
        return;
      case 'ready':
        this.#isWished = false;
        this.#change({ type: 'ready' });
        for (const waiter of [...this.#waiting]) waiter.ready(this.#keeper.info()!);
        this.#rest();
        this.#settle();
    }
  }

  #settle(): void {
    this.#settled();
    this.#settled = () => {};
  }

  #change(state: LocalEngineState): void {
    this.#state = state;
    this.#changed();
  }

  #gone(how: string): Failure {
    return new Failure('provider-loading', { message: `${this.entry.id} ${how}` });
  }

  #failure(): Failure {
    const { id } = this.entry;
    const state = this.#state;
    const retryAfterSeconds = RETRY_SECONDS;
    if (state.type === 'failed')
      return new Failure('provider-loading', { message: `${id} cannot be loaded: ${state.reason}` });
    const words = state.type === 'queued' ? (state.reason ?? 'waiting for its turn') : loadingWords(state);
    return new Failure('provider-loading', { message: `${id} is not ready yet: ${words}`, retryAfterSeconds });
  }
}

function loadingWords(state: LocalEngineState): string {
  return state.type === 'loading' && state.share !== undefined
    ? `loading, ${Math.floor(state.share * 100)} %`
    : 'loading';
}
