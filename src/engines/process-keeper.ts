/**
 * Keeps one child process running: started after a check, started again with growing pauses when it dies, ended with the
 * gateway. What the child is, and how it says that it is ready, belongs to whoever keeps it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** What is started. */
export interface ChildOrder {
  readonly command: readonly [program: string, ...parameters: string[]];
  /** Beside the few variables of the gateway that a native library needs. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to its standard input, which stays open as long as this process lives: its end is the child's sign to leave. */
  readonly firstLine?: string;
}

/** It cannot run here, and trying again would not help; the message is for the operator. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

export type KeeperState =
  | { readonly type: 'starting' }
  | { readonly type: 'ready' }
  /** It died and is started again after a pause. */
  | { readonly type: 'waiting' }
  /** It cannot run here, and trying again would not help. */
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'stopped' };

/** A child that was just started, for whoever knows how it says that it is ready. Calls after its end change nothing. */
export interface StartingChild<Info> {
  readonly pid: number | undefined;
  /** Aborted when the process is gone. */
  readonly gone: AbortSignal;
  onStdout(callback: (text: string) => void): void;
  onStderr(callback: (text: string) => void): void;
  /** Calls back when it was said to be ready. */
  onReady(callback: () => void): void;
  /** The start goes on: its deadline begins anew. */
  showLife(): void;
  ready(info: Info): void;
  cannotRun(reason: string): void;
  /** It does not answer any more: it is ended, and started again as after a death. */
  renew(): void;
}

export interface KeeperOptions<Info> {
  readonly clock: Clock;
  readonly log: Log;
  /** For the log, such as `the bundled engine`. */
  readonly subject: string;
  /** The gateway's environment; of it only the few variables that a native library needs are passed on, secrets are not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long a start may take without a sign of life. */
  readonly startMaxMs: number;
  /** How long it may take to end in its own way. */
  readonly stopMaxMs: number;
  /** So many deaths in a row before it was ready, and it is unavailable; without it the starts never end. */
  readonly startsMax?: number;
  /** Before each start. Rejects with `CannotRun` where trying again would not help. */
  prepare(): Promise<ChildOrder>;
  /** After each start. */
  watch(child: StartingChild<Info>): void;
  /** Words for the operator from the last that it said before it died, where they say something. */
  explain?(lastWords: string): string | undefined;
}

const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 30_000;
/** A process that lived this long was healthy: the next pause is the first again. */
const HEALTHY_MS = 60_000;
const LAST_WORDS_LENGTH = 2_000;
/** So long its last words may take from its pipe to us. */
const LAST_WORDS_MAX_MS = 1_000;
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LD_LIBRARY_PATH',
  'DYLD_LIBRARY_PATH',
  'SystemRoot',
  'NODE_PATH',
];

export class ProcessKeeper<Info extends { readonly baseUrl: string }> {
  readonly #options: KeeperOptions<Info>;
  readonly #listeners = new Set<() => void>();
  #state: KeeperState = { type: 'stopped' };
  #child: ChildProcess | undefined;
  #info: Info | undefined;
  #pauseMs = PAUSE_FIRST_MS;
  #deathsInARow = 0;
  #cancelTimer: () => void = () => {};
  #gone: Promise<void> = Promise.resolve();
  /** Counts starts, so that one that was overtaken by a stop comes to nothing. */
  #turn = 0;

  constructor(options: KeeperOptions<Info>) {
    this.#options = options;
  }

  /** What its watcher said when it became ready; undefined unless it is. */
  info(): Info | undefined {
    return this.#info;
  }

  state(): KeeperState {
    return this.#state;
  }

  /** Calls back after each change of state; the returned function unsubscribes. */
  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Returns at once. Not while it runs already. */
  start(): void {
    const { prepare, subject } = this.#options;
    const turn = ++this.#turn;
    this.#change({ type: 'starting' });
    prepare().then(
      async (order) => {
        // The one before may still be ending: two at once could fight over its memory.
        await this.#gone;
        if (turn === this.#turn && this.#state.type === 'starting') this.#spawn(order);
      },
      (error: unknown) => {
        if (turn !== this.#turn) return;
        this.#giveUp(error instanceof CannotRun ? error.message : `${subject} cannot be started: ${String(error)}`);
      },
    );
  }

  /** Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#deathsInARow = 0;
    this.#pauseMs = PAUSE_FIRST_MS;
    this.#change({ type: 'stopped' });
    const child = this.#child;
    if (child) await this.#end(child);
  }

  #spawn(order: ChildOrder): void {
    const { clock, environment } = this.#options;
    const [program, ...parameters] = order.command;
    const passedOn = Object.fromEntries(
      PASSED_ON.map((name) => [name, environment[name]]).filter(([, value]) => value),
    );
    const startedMs = clock.monotonicMs();
    const child = spawn(program, parameters, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...passedOn, ...order.environment },
      windowsHide: true,
      // A group of its own: Ctrl-C in the terminal is for the gateway, which lets running answers end first.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    const gone = new AbortController();
    let lastWords = '';
    child.stderr.setEncoding('utf8');
    child.stdout.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_LENGTH);
    });
    this.#gone = new Promise((resolve) => {
      const ended = (why: string) => {
        this.#ended(child, why, lastWords, clock.monotonicMs() - startedMs);
        resolve();
      };
      // `exit` never comes when the program could not be started at all.
      child.once('error', (error) => {
        gone.abort();
        ended(error.message);
      });
      child.once('exit', async (code, signal) => {
        gone.abort();
        // Whatever it started goes with it.
        signalGroup(child, 'SIGKILL');
        // Why it did not start is in its last words, which may still be in the pipe.
        if (this.#info === undefined) await this.#hearOut(child);
        ended(signal ?? `exit code ${code}`);
      });
    });
    child.stdin.on('error', () => {});
    if (order.firstLine !== undefined) child.stdin.write(`${order.firstLine}\n`);
    this.#arm(child);
    this.#options.watch(this.#startingChild(child, gone.signal));
  }

  /** Resolves when all that it said was read. Whoever else holds its pipe open is not waited for. */
  #hearOut(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(LAST_WORDS_MAX_MS, resolve);
      child.once('close', () => {
        cancel();
        resolve();
      });
    });
  }

  #startingChild(child: ChildProcess, gone: AbortSignal): StartingChild<Info> {
    const isStarting = () => this.#child === child && this.#state.type === 'starting' && !gone.aborted;
    const onReady = new Set<() => void>();
    return {
      pid: child.pid,
      gone,
      onStdout: (callback) => void child.stdout?.on('data', callback),
      onStderr: (callback) => void child.stderr?.on('data', callback),
      onReady: (callback) => void onReady.add(callback),
      showLife: () => {
        if (isStarting()) this.#arm(child);
      },
      ready: (info) => {
        if (!isStarting()) return;
        this.#cancelTimer();
        for (const callback of onReady) callback();
        this.#info = info;
        this.#deathsInARow = 0;
        const { log, subject } = this.#options;
        log.write('info', `${subject} is ready`, { baseUrl: info.baseUrl, pid: child.pid ?? 0 });
        this.#change({ type: 'ready' });
      },
      cannotRun: (reason) => {
        if (isStarting()) this.#giveUp(reason);
      },
      renew: () => {
        if (this.#child === child) void this.#end(child);
      },
    };
  }

  /** A start that shows no life for too long is ended; what follows is the same as after a death. */
  #arm(child: ChildProcess): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(this.#options.startMaxMs, () => void this.#end(child));
  }

  async #end(child: ChildProcess): Promise<void> {
    child.stdin?.end();
    signalGroup(child, 'SIGTERM');
    const cancel = this.#options.clock.after(this.#options.stopMaxMs, () => signalGroup(child, 'SIGKILL'));
    await this.#gone;
    cancel();
  }

  #ended(child: ChildProcess, why: string, lastWords: string, livedMs: number): void {
    if (this.#child !== child) return;
    const wasReady = this.#info !== undefined;
    this.#child = undefined;
    this.#info = undefined;
    this.#cancelTimer();
    if (this.#state.type === 'stopped' || this.#state.type === 'unavailable') return;
    const { log, subject, clock, startsMax, explain } = this.#options;
    if (!wasReady) this.#deathsInARow += 1;
    const explained = explain?.(lastWords);
    if (startsMax !== undefined && this.#deathsInARow >= startsMax) {
      this.#giveUp(explained ?? `it ends at its start (${why}): ${lastWords.trim().split('\n').at(-1) ?? ''}`);
      return;
    }
    if (livedMs >= HEALTHY_MS) this.#pauseMs = PAUSE_FIRST_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
    // What a running engine prints may quote requests; what it says at its start is about the start.
    const words = wasReady ? {} : { lastWords: explained ?? lastWords };
    log.write('warn', `${subject} died and is started again`, { why, pauseMs, ...words });
    this.#cancelTimer = clock.after(pauseMs, () => this.start());
    this.#change({ type: 'waiting' });
  }

  #giveUp(reason: string): void {
    if (this.#state.type === 'stopped') return;
    this.#cancelTimer();
    this.#deathsInARow = 0;
    this.#options.log.write('error', `${this.#options.subject} is not available`, { reason });
    this.#change({ type: 'unavailable', reason });
    if (this.#child) void this.#end(this.#child);
  }

  #change(state: KeeperState): void {
    if (state.type !== 'ready') this.#info = undefined;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** To the child and to what it started: they are one group, but on Windows, which has none. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It is gone already.
  }
}
