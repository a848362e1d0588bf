/** The bundled model in this process, for tests of what runs it. */
import { join } from 'node:path';
import { type Engine, type EngineHost, type EngineLimits, openEngine } from '../open-engine.ts';
import { readInstalledCodec } from '../pictures/read-installed-codec.ts';
import type { SamplingOptions } from '../sampling/sampler.ts';
import { PROJECTOR, WEIGHTS } from '../test-engine.ts';
import type { Scheduler } from './scheduler.ts';
import type { EndReason, GenerationTask, TokenCounts } from './task.ts';

const LIMITS: EngineLimits = {
  slots: 4,
  waitingMax: 8,
  contextTokens: 512,
  outputTokensMax: 400,
  cacheTokens: 2048,
  memoryBytesMax: 256 * 1024 * 1024,
  pictureTilesMax: 1,
};

export async function openBundledModel(
  changes: Partial<EngineLimits> = {},
  onBroken: EngineHost['onBroken'] = fail,
  startThread?: EngineHost['startThread'],
): Promise<Engine> {
  const files = {
    weights: await Bun.file(WEIGHTS).bytes(),
    projector: await Bun.file(PROJECTOR).bytes(),
    kernels: await Bun.file(join(import.meta.dir, '..', 'kernels', 'kernels.wasm')).bytes(),
    readCodec: readInstalledCodec,
  };
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
  return openEngine(files, { ...LIMITS, ...changes }, { pause, onBroken, startThread });
}

function fail(error: unknown): never {
  throw error;
}

export const GREEDY: SamplingOptions = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  logitBias: new Map(),
  seed: 1,
};

/** A question as the model was trained on it. */
export function question({ tokenizer }: Engine, text: string): readonly number[] {
  const layout = `<|begin_of_text|><|header_start|>user<|header_end|>\n\n${text}<|eot|><|header_start|>assistant<|header_end|>\n\n`;
  return tokenizer.encode(layout, { special: 'parse' });
}

/** Without a chance to end, an answer goes on to its limit. */
export function endless({ tokenizer }: Engine): SamplingOptions {
  return { ...GREEDY, logitBias: new Map([...tokenizer.endTokens].map((token) => [token, -100])) };
}

export function taskOf(tokens: readonly number[], changes: Partial<GenerationTask> = {}): GenerationTask {
  return { prompt: { tokens }, sampling: GREEDY, outputTokensMax: 100, tenant: 'a', salt: '', ...changes };
}

export interface Outcome {
  readonly tokens: readonly number[];
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly reason: EndReason;
  readonly counts: TokenCounts;
}

/** Runs tasks side by side, as many as are given, to their ends. */
export function runAll(scheduler: Scheduler, tasks: readonly GenerationTask[]): readonly Outcome[] {
  const outcomes = tasks.map((task) => follow(scheduler, task));
  while (scheduler.hasWork) scheduler.step();
  return outcomes.map((outcome) => outcome());
}

/** Submits a task; what it came to is asked for later. */
export function follow(scheduler: Scheduler, task: GenerationTask): () => Outcome {
  const tokens: number[] = [];
  const bytes: number[] = [];
  let ended: { reason: EndReason; counts: TokenCounts } | undefined;
  scheduler.submit(task, (step) => {
    if (step.type === 'token') {
      tokens.push(step.token);
      bytes.push(...step.bytes);
    } else if (step.type === 'ended') {
      ended = step;
      if (step.reason === 'failed') throw step.error;
    }
    return false;
  });
  return () => {
    if (!ended) throw new Error('the task has not ended');
    const { reason, counts } = ended;
    return { tokens, bytes: Uint8Array.from(bytes), text: Buffer.from(bytes).toString(), reason, counts };
  };
}
