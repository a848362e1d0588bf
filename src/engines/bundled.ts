/**
 * Keeps the bundled engine running: one child process that is started after its weights were checked. The engine's native
 * code may crash on its own; that costs the requests it was answering and nothing else.
 */
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
import { CannotRun, type KeeperState, ProcessKeeper, type StartingChild } from './process-keeper.ts';

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

export type BundledEngineState = KeeperState;

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
  // Each start has a key of its own.
  let secret = new Secret('');
  const keeper = new ProcessKeeper<BundledEndpointInfo>({
    clock: options.clock,
    log: options.log,
    subject: 'the bundled engine',
    environment: options.environment,
    startMaxMs: START_MAX_MS,
    stopMaxMs: STOP_MAX_MS,
    async prepare() {
      await checkWeights(options.weights).catch((error: unknown) => {
        const reason = error instanceof GgufError ? error.message : 'the weights of the bundled engine cannot be read';
        throw new CannotRun(reason);
      });
      secret = new Secret(randomBytes(32).toString('base64url'));
      return { command: options.command, firstLine: JSON.stringify(ordersOf(options, secret)) };
    },
    watch: (child) => listen(child, secret),
  });
  keeper.start();
  return {
    endpointInfo: () => keeper.info(),
    state: () => keeper.state(),
    onChange: (callback) => keeper.onChange(callback),
    stop: () => keeper.stop(),
  };
}

const START_MAX_MS = 30_000;
const STOP_MAX_MS = 500;
/** A tiny model gets slower with more threads: they wait for each other at every layer. */
const THREADS_MAX = 4;
const LINE_LENGTH_MAX = 10_000;

/** What the engine is told by its first line. */
function ordersOf(options: BundledEngineOptions, secret: Secret): Readonly<Record<string, string | number>> {
  const { weights, threads, slots, waitingMax } = options;
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
function listen(child: StartingChild<BundledEndpointInfo>, secret: Secret): void {
  let line = '';
  child.onStdout((text) => {
    const lines = (line + text).split('\n');
    line = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    for (const whole of lines) {
      const report = whole.startsWith('{"engine":"trunkline"') ? readReport(whole) : undefined;
      if (report?.port !== undefined) child.ready({ baseUrl: `http://127.0.0.1:${report.port}/v1`, secret });
      else if (report?.unavailable !== undefined) child.cannotRun(report.unavailable);
    }
  });
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
