/**
 * Keeps the bundled engine running: one child process that is started after its weights were checked. Its computing holds
 * up nobody else there, and its end costs the requests it was answering and nothing else.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Secret } from '../base/secret.ts';
import {
  BUNDLED_CONTEXT_TOKENS,
  BUNDLED_OUTPUT_TOKENS_MAX,
  BUNDLED_SLOTS,
  BUNDLED_UPSTREAM_MODEL,
} from './bundled-model.ts';
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
  /** Answers at once, and requests that may wait for their turn. */
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
    model: join(folder, 'mini-q8_0.gguf'),
    projector: join(folder, 'mini-q8_0-mmproj.gguf'),
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
      return {
        command: options.command,
        environment: BUNDLED_ENVIRONMENT,
        firstLine: JSON.stringify(ordersOf(options, secret)),
      };
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
/** Of all requests together, at 1 to 2 KB a token: one of the longest, and a few of the usual ones beside it. */
const CACHE_TOKENS = 1.25 * BUNDLED_CONTEXT_TOKENS;
/**
 * By default JavaScript leaves garbage lying until there is as much of it as a machine of gigabytes can bear, and its last
 * compiler takes more memory than it saves time here, where most of the work is done in WebAssembly. The time is the
 * same within 5 %. How much memory it is then: `npm run bench-engine-memory`.
 */
export const BUNDLED_ENVIRONMENT = { BUN_JSC_forceRAMSize: '40000000', BUN_JSC_useFTLJIT: '0' };
/** A ceiling for weights, cache and working memory, of which they fill a tenth. */
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
const WAITING_MAX = 64;
const LINE_LENGTH_MAX = 10_000;

/** What the engine is told by its first line. */
function ordersOf(options: BundledEngineOptions, secret: Secret): Readonly<Record<string, string | number>> {
  const { weights, slots, waitingMax } = options;
  return {
    key: secret.reveal(),
    model: BUNDLED_UPSTREAM_MODEL,
    weights: weights.model,
    projector: weights.projector,
    slots: slots ?? BUNDLED_SLOTS,
    waitingMax: waitingMax ?? WAITING_MAX,
    contextTokens: BUNDLED_CONTEXT_TOKENS,
    outputTokensMax: BUNDLED_OUTPUT_TOKENS_MAX,
    cacheTokens: CACHE_TOKENS,
    memoryBytesMax: MEMORY_BYTES_MAX,
    // It was trained on whole pictures, each scaled to one tile.
    pictureTilesMax: 1,
  };
}

/** Only lines that carry our word count; the rest is dropped. */
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
  // Without its projector the engine reads text only, and says so to whoever sends a picture.
  const hasProjector = existsSync(weights.projector);
  if (hasProjector) checkLlama4Projector(await readGgufHeader(weights.projector), weights.projector);
  if (!weights.checksums) return;
  const wanted = new Map(
    (await readFile(weights.checksums, 'utf8')).split('\n').map((line) => {
      const [sum = '', name = ''] = line.trim().split(/\s+\*?/);
      return [name, sum];
    }),
  );
  for (const path of hasProjector ? [weights.model, weights.projector] : [weights.model]) {
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
