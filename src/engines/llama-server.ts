/** How a `llama-server` is found, told what to load, and watched while it loads. Flags and answers are those of llama.cpp 0.7.0. */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import type { EngineFetch } from './probe.ts';
import type { StartingChild } from './process-keeper.ts';

/** A llama-server that answers. */
export interface LlamaServerInfo {
  /** With `/v1`. */
  readonly baseUrl: string;
  readonly secret: Secret;
  /** Of the server itself. */
  readonly pid: number;
  /** What it gives each request, at times less than it was told. */
  readonly contextTokens: number;
  readonly slots: number;
  readonly vision: boolean;
}

export interface LlamaServerOrder {
  readonly engine: string;
  readonly alias: string;
  readonly model: string;
  readonly projector?: string;
  readonly contextTokens: number;
  readonly slots: number;
  readonly threads: number;
  readonly port: number;
  readonly secret: Secret;
  /** Of the machine's memory, for prompts that left the cache. */
  readonly promptCacheBytes: number;
}

const MIB = 1024 * 1024;

/** The flags that every build of the last years knows; what older ones lack goes by the environment, which they pass over. */
export function llamaServerParameters(order: LlamaServerOrder): readonly string[] {
  return [
    ...['--model', order.model],
    ...(order.projector === undefined ? [] : ['--mmproj', order.projector]),
    // Shared between the slots.
    ...['--ctx-size', String(order.contextTokens * order.slots), '--parallel', String(order.slots)],
    ...['--threads', String(order.threads), '--jinja', '--metrics', '--slots'],
    ...['--host', '127.0.0.1', '--port', String(order.port), '--alias', order.alias],
  ];
}

/** The key stands here and not among the flags, which every user of the machine can list. */
export function llamaServerEnvironment(
  order: LlamaServerOrder,
  ofGateway: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const tuned = Object.entries(ofGateway).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && PASSED_ON.test(name);
  });
  return {
    ...Object.fromEntries(tuned),
    LLAMA_API_KEY: order.secret.reveal(),
    LLAMA_ARG_CACHE_RAM: String(Math.floor(order.promptCacheBytes / MIB)),
    // One per slot is counted in the model's need; the default of 32 could take tens of gigabytes with Llama 4.
    LLAMA_ARG_CTX_CHECKPOINTS: '1',
  };
}

/** What the operator may tune by the environment: llama.cpp's own options and the drivers' choice of devices. */
const PASSED_ON = /^(?:LLAMA_ARG_|GGML_|CUDA_|NVIDIA_|HIP_|ROCR_|HSA_|OMP_|MTL_|GOMP_)/;

/** The path of `llama-server`: as given, or the first on the PATH that may be run. */
export async function findLlamaServer(
  environment: Readonly<Record<string, string | undefined>>,
  given?: string,
): Promise<string | undefined> {
  if (given !== undefined) return (await isProgram(given)) ? given : undefined;
  const isWindows = process.platform === 'win32';
  for (const folder of (environment.PATH ?? '').split(isWindows ? ';' : ':')) {
    if (folder === '') continue;
    const path = join(folder, isWindows ? 'llama-server.exe' : 'llama-server');
    if (await isProgram(path)) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** From lines such as `version: 0.7.0 (build 11669, commit Debian)` or `version: 4567 (abcdef0)`. */
export function readVersion(output: string): string | undefined {
  return /^version:\s*(\S.{0,100}?)\s*$/m.exec(output)?.[1];
}

const HEALTH_EVERY_MS = 500;
const HEALTH_MS = 2_000;
/** Once it is ready. */
const ALIVE_EVERY_MS = 15_000;
const ALIVE_MS = 10_000;
const MISSES_MAX = 3;

export interface WatchOptions {
  readonly clock: Clock;
  readonly fetch: EngineFetch;
  readonly port: number;
  readonly secret: Secret;
  /** Share of the weights that is in, from 0 to 1, where it is known. */
  onProgress(share: number): void;
  /** How much of the process's memory stands in RAM; undefined where the system does not say. */
  residentBytes(pid: number): number | undefined;
  readonly weightsBytes: number;
}

/**
 * Watches a start until the server is healthy. It prints a dot for each hundredth in older builds and nothing in newer ones;
 * there the memory that it fills tells how far it is.
 */
export function watchLlamaServer(child: StartingChild<LlamaServerInfo>, options: WatchOptions): void {
  const { clock, weightsBytes } = options;
  let pid = 0;
  let share = 0;
  let isAsking = false;
  const advance = (to: number) => {
    if (to <= share) return;
    share = Math.min(to, 0.99);
    child.showLife();
    options.onProgress(share);
  };
  const look = () => {
    if (pid > 0 && weightsBytes > 0) advance((options.residentBytes(pid) ?? 0) / weightsBytes);
    if (isAsking || child.gone.aborted) return;
    isAsking = true;
    askHealth(options, child.gone)
      .then((info) => info && child.ready({ ...info, pid }))
      .finally(() => {
        isAsking = false;
      });
  };
  let dots = 0;
  const listen = (text: string) => {
    pid ||= Number(/^\{"tied":(\d+)\}$/m.exec(text)?.[1] ?? 0);
    // Only rows of dots: a version number or a path has single ones.
    for (const [row] of text.matchAll(/\.{2,}|^\.+$/gm)) dots += row.length;
    if (dots > 0) advance(Math.min(dots, 100) / 100);
    if (/listening|starting the main loop/.test(text)) look();
  };
  child.onStdout(listen);
  child.onStderr(listen);
  const stop = clock.every(HEALTH_EVERY_MS, look);
  child.gone.addEventListener('abort', stop);
  child.onReady(() => {
    stop();
    watchHealth(child, options);
  });
}

/** It answers this while it computes, too: one that does not, several times in a row, will not come back by itself. */
function watchHealth(child: StartingChild<LlamaServerInfo>, { clock, fetch, port }: WatchOptions): void {
  let misses = 0;
  let isAsking = false;
  const look = async () => {
    if (isAsking) return;
    isAsking = true;
    const isWell = await answersHealth({ clock, fetch, port, gone: child.gone });
    isAsking = false;
    misses = isWell ? 0 : misses + 1;
    if (misses >= MISSES_MAX && !child.gone.aborted) child.renew();
  };
  child.gone.addEventListener(
    'abort',
    clock.every(ALIVE_EVERY_MS, () => void look()),
  );
}

interface HealthAsked extends Pick<WatchOptions, 'clock' | 'fetch' | 'port'> {
  readonly gone: AbortSignal;
}

async function answersHealth({ clock, fetch, port, gone }: HealthAsked): Promise<boolean> {
  const abort = new AbortController();
  const cancel = clock.after(ALIVE_MS, () => abort.abort());
  try {
    const signal = AbortSignal.any([abort.signal, gone]);
    const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal, redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status === 200;
  } catch {
    return false;
  } finally {
    cancel();
  }
}

const propsSchema = z.object({
  total_slots: z.int().positive(),
  default_generation_settings: z.object({ n_ctx: z.int().positive() }),
  modalities: z.object({ vision: z.boolean().optional() }).optional(),
});

/** Healthy, and ours: only the server that we started knows the key. */
async function askHealth(options: WatchOptions, gone: AbortSignal): Promise<Omit<LlamaServerInfo, 'pid'> | undefined> {
  const { clock, fetch, port, secret } = options;
  const address = `http://127.0.0.1:${port}`;
  const abort = new AbortController();
  const cancel = clock.after(HEALTH_MS, () => abort.abort());
  const signal = AbortSignal.any([abort.signal, gone]);
  try {
    const health = await fetch(`${address}/health`, { signal, redirect: 'manual' });
    await health.body?.cancel();
    if (health.status !== 200) return undefined;
    const headers = { authorization: `Bearer ${secret.reveal()}` };
    const answer = await fetch(`${address}/props`, { signal, redirect: 'manual', headers });
    const props = propsSchema.safeParse(await answer.json());
    if (!props.success) return undefined;
    return {
      baseUrl: `${address}/v1`,
      secret,
      contextTokens: props.data.default_generation_settings.n_ctx,
      slots: props.data.total_slots,
      vision: props.data.modalities?.vision ?? false,
    };
  } catch {
    // Not there yet.
    return undefined;
  } finally {
    cancel();
  }
}

/** What llama.cpp says when it cannot go on, and what that means. */
const DEATHS: readonly (readonly [RegExp, string])[] = [
  [/unknown model architecture/i, 'this engine is too old for the model'],
  [/error: (?:unknown|invalid) argument: (\S+)/i, 'this engine is too old: it does not know an option that is needed'],
  [/no backends are loaded/i, 'this llama-server has no backend: its libraries are not where it looks for them'],
  [/out of memory|failed to allocate|cudaMalloc failed|unable to allocate/i, 'there was not enough memory'],
  [/couldn't bind|address already in use/i, 'its port was taken'],
  [/failed to load (?:CLIP|multimodal|mmproj)|failed to load .*mmproj/i, 'the projector cannot be loaded'],
  [/failed to load model|error loading model/i, 'the weights cannot be loaded'],
  [/error while loading shared libraries: (\S+)/i, 'a library that llama-server needs is missing'],
];

/** One sentence from the last lines; undefined when they say nothing that is known. */
export function explainDeath(lastWords: string): string | undefined {
  const meaning = DEATHS.find(([pattern]) => pattern.test(lastWords))?.[1];
  const line = lastWords
    .split('\n')
    .filter((text) => /error|fail|unable|invalid|cannot/i.test(text))
    .at(meaning === undefined ? -1 : 0)
    ?.trim()
    .slice(0, 300);
  if (meaning === undefined) return line;
  return line === undefined ? meaning : `${meaning} (${line})`;
}
