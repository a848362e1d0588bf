/**
 * Keeps the bundled engine running: one child process that is started after its weights were checked, started again
 * with growing pauses when it dies, and ended with the gateway. The engine's native code may crash on its own; that
 * costs the requests it was answering and nothing else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import { BUNDLED_CONTEXT_TOKENS, BUNDLED_OUTPUT_TOKENS_MAX, BUNDLED_UPSTREAM_MODEL } from './bundled-model.ts';
import { checkLlama4Projector, checkLlama4Weights, GgufError, readGgufHeader } from './gguf-header.ts';

export interface BundledEngineOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Runs the engine: this very Bun and `engine/serve.ts`. */
  readonly command: readonly [program: string, ...parameters: string[]];
  /** The gateway's environment; the few variables that a native library needs are passed on, secrets are not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly weights: EngineWeights;
  readonly threads?: number;
  readonly slots?: number;
  readonly waitingMax?: number;
}

export interface EngineWeights {
  readonly model: string;
  readonly projector: string;
  /** A file in the form of `sha256sum`; a file that it does not name is not checked. */
  readonly checksums?: string;
}

export interface BundledEndpointInfo {
  /** With `/v1`, without a trailing slash. */
  readonly baseUrl: string;
  readonly secret: Secret;
}

export type BundledEngineState =
  | { readonly type: 'starting' }
  | { readonly type: 'ready' }
  /** It died and is started again after a pause. */
  | { readonly type: 'waiting' }
  /** It cannot run here, and trying again would not help. */
  | { readonly type: 'unavailable'; readonly reason: string }
  | { readonly type: 'stopped' };

export interface BundledEngine {
  /** Where it answers; undefined unless it is ready. */
  endpointInfo(): BundledEndpointInfo | undefined;
  state(): BundledEngineState;
  /** Calls back after each change of state; the returned function unsubscribes. */
  onChange(callback: () => void): () => void;
  /** Resolves when the process is gone. */
  stop(): Promise<void>;
}

/** The weights that come with the gateway, below the folder of the installation. */
export function bundledWeights(installation: string): EngineWeights {
  const folder = join(installation, 'engine', 'models');
  return {
    model: join(folder, 'demo-3m-q8_0.gguf'),
    projector: join(folder, 'demo-3m-q8_0-mmproj.gguf'),
    checksums: join(folder, 'SHA256SUMS'),
  };
}

/** Returns at once; the engine becomes ready some 200 ms later. */
export function startBundledEngine(options: BundledEngineOptions): BundledEngine {
  const supervisor = new Supervisor(options);
  supervisor.start();
  return supervisor;
}

const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 30_000;
/** A process that lived this long was healthy: the next pause is the first again. */
const HEALTHY_MS = 60_000;
const START_MAX_MS = 30_000;
const STOP_MAX_MS = 500;
/** A tiny model gets slower with more threads: they wait for each other at every layer. */
const THREADS_MAX = 4;
const STDERR_KEPT = 1_000;
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

class Supervisor implements BundledEngine {
  readonly #options: BundledEngineOptions;
  readonly #listeners = new Set<() => void>();
  #state: BundledEngineState = { type: 'starting' };
  #child: ChildProcess | undefined;
  #info: BundledEndpointInfo | undefined;
  #pauseMs = PAUSE_FIRST_MS;
  #cancelTimer: () => void = () => {};
  #gone: Promise<void> = Promise.resolve();

  constructor(options: BundledEngineOptions) {
    this.#options = options;
  }

  endpointInfo(): BundledEndpointInfo | undefined {
    return this.#info;
  }

  state(): BundledEngineState {
    return this.#state;
  }

  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#change({ type: 'stopped' });
    const child = this.#child;
    if (!child) return;
    child.stdin?.end();
    child.kill('SIGTERM');
    const cancel = this.#options.clock.after(STOP_MAX_MS, () => child.kill('SIGKILL'));
    await this.#gone;
    cancel();
  }

  start(): void {
    this.#change({ type: 'starting' });
    checkWeights(this.#options.weights).then(
      () => this.#spawn(),
      (error: unknown) => {
        const reason = error instanceof GgufError ? error.message : 'the weights of the bundled engine cannot be read';
        this.#giveUp(reason);
      },
    );
  }

  #spawn(): void {
    if (this.#state.type !== 'starting') return;
    const { clock, command, environment } = this.#options;
    const [program, ...parameters] = command;
    const startedMs = clock.monotonicMs();
    const child = spawn(program, parameters, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: Object.fromEntries(PASSED_ON.map((name) => [name, environment[name]]).filter((entry) => entry[1])),
      windowsHide: true,
    });
    this.#child = child;
    const secret = new Secret(randomBytes(32).toString('base64url'));
    let lastWords = '';
    child.stderr.on('data', (text) => {
      lastWords = (lastWords + text).slice(-STDERR_KEPT);
    });
    this.#listen(child, secret);
    this.#gone = new Promise((resolve) => {
      // `exit` never comes when the program could not be started at all.
      const ended = (why: string) => {
        this.#ended(child, why, this.#info ? '' : lastWords, clock.monotonicMs() - startedMs);
        resolve();
      };
      child.once('error', (error) => ended(error.message));
      child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    });
    this.#cancelTimer = clock.after(START_MAX_MS, () => child.kill('SIGKILL'));
    // The pipe stays open as long as this process lives: its end is the child's sign to leave.
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(this.#orders(secret))}\n`);
  }

  #orders(secret: Secret): Readonly<Record<string, string | number>> {
    const { weights, threads, slots, waitingMax } = this.#options;
    return {
      key: secret.reveal(),
      model: BUNDLED_UPSTREAM_MODEL,
      weights: weights.model,
      projector: weights.projector,
      threads: threads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1)),
      slots: slots ?? 4,
      waitingMax: waitingMax ?? 32,
      contextTokens: BUNDLED_CONTEXT_TOKENS,
      outputTokensMax: BUNDLED_OUTPUT_TOKENS_MAX,
    };
  }

  /** Native code prints to the same pipe, so only lines that carry our word count; the rest is dropped. */
  #listen(child: ChildProcess, secret: Secret): void {
    let line = '';
    child.stdout?.setEncoding('utf8');
    child.stdout?.on('data', (text: string) => {
      if (this.#info) return;
      const lines = (line + text).split('\n');
      line = (lines.pop() ?? '').slice(0, 10_000);
      for (const whole of lines) {
        const report = whole.startsWith('{"engine":"trunkline"') ? readReport(whole) : undefined;
        if (report?.port !== undefined) this.#ready(report.port, secret);
        else if (report?.unavailable !== undefined) this.#giveUp(report.unavailable);
      }
    });
  }

  #ready(port: number, secret: Secret): void {
    if (this.#state.type !== 'starting') return;
    this.#cancelTimer();
    this.#info = { baseUrl: `http://127.0.0.1:${port}/v1`, secret };
    this.#options.log.write('info', 'the bundled engine is ready', { port, pid: this.#child?.pid ?? 0 });
    this.#change({ type: 'ready' });
  }

  #ended(child: ChildProcess, why: string, lastWords: string, livedMs: number): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#info = undefined;
    this.#cancelTimer();
    if (this.#state.type === 'stopped' || this.#state.type === 'unavailable') return;
    if (livedMs >= HEALTHY_MS) this.#pauseMs = PAUSE_FIRST_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
    this.#options.log.write('warn', 'the bundled engine died and is started again', { why, pauseMs, lastWords });
    this.#cancelTimer = this.#options.clock.after(pauseMs, () => this.start());
    this.#change({ type: 'waiting' });
  }

  #giveUp(reason: string): void {
    if (this.#state.type === 'stopped') return;
    this.#cancelTimer();
    this.#options.log.write('error', 'the bundled engine is not available', { reason });
    this.#change({ type: 'unavailable', reason });
  }

  #change(state: BundledEngineState): void {
    if (state.type !== 'ready') this.#info = undefined;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

async function checkWeights(weights: EngineWeights): Promise<void> {
  checkLlama4Weights(await readGgufHeader(weights.model), weights.model);
  checkLlama4Projector(await readGgufHeader(weights.projector), weights.projector);
  if (!weights.checksums) return;
  const wanted = new Map(
    (await readFile(weights.checksums, 'utf8')).split('\n').map((line) => {
      const [sum = '', name = ''] = line.trim().split(/\s+\*?/);
      return [name, sum];
    }),
  );
  for (const path of [weights.model, weights.projector]) {
    const sum = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    if ((wanted.get(basename(path)) ?? sum) !== sum) throw new GgufError(`${path} is damaged: its checksum is wrong`);
  }
}

const engineReport = z.object({ port: z.int().min(1).max(65_535).optional(), unavailable: z.string().optional() });

function readReport(line: string): z.infer<typeof engineReport> | undefined {
  try {
    return engineReport.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
