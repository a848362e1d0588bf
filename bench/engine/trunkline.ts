/** Our engine under the workload, in a process of its own: `bun bench/engine/trunkline.ts WEIGHTS PROJECTOR`. */
import { availableParallelism } from 'node:os';
import { openEngine } from '../../engine/open-engine.ts';
import { readInstalledCodec } from '../../engine/pictures/read-installed-codec.ts';
import { threadFor } from '../../engine/start-thread.ts';
import { type Contestant, measure, type TokenCount } from './workload.ts';

const CONTEXT_TOKENS = 4096;

async function open(weights: string, projector: string): Promise<Contestant> {
  const startedMs = performance.now();
  const kernels = new URL('../../engine/kernels/kernels.wasm', import.meta.url);
  const files = {
    weights: await Bun.file(weights).bytes(),
    projector: await Bun.file(projector).bytes(),
    kernels: await Bun.file(kernels).bytes(),
    readCodec: readInstalledCodec,
  };
  const limits = {
    slots: 8,
    waitingMax: 64,
    contextTokens: CONTEXT_TOKENS,
    outputTokensMax: CONTEXT_TOKENS,
    cacheTokens: 2 * CONTEXT_TOKENS,
    memoryBytesMax: 2 ** 28,
    pictureTilesMax: 1,
  };
  const engine = await openEngine(files, limits, {
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    startThread: threadFor({ cores: availableParallelism() }),
    onBroken: (error) => {
      throw error;
    },
  });
  const loadMs = performance.now() - startedMs;
  const sampling = {
    temperature: 0,
    topP: 1,
    topK: 0,
    minP: 0,
    repetitionPenalty: 1,
    frequencyPenalty: 0,
    presencePenalty: 0,
    logitBias: new Map<number, number>(),
    seed: 1,
  };
  const write = (prompt: string, outputTokensMax: number) =>
    new Promise<TokenCount>((resolve, reject) => {
      const tokens = engine.tokenizer.encode(prompt, { special: 'parse' });
      const task = { prompt: { tokens }, sampling, outputTokensMax, tenant: '', salt: '' };
      engine.loop.submit(task, (step) => {
        if (step.type === 'ended') {
          if (step.reason === 'length' || step.reason === 'stop') resolve(step.counts);
          else reject(step.error ?? new Error(`ended with ${step.reason}`));
        }
        return false;
      });
    });
  return { loadMs, generate: (prompts, count) => Promise.all(prompts.map((prompt) => write(prompt, count))) };
}

const [weights = '', projector = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measure(await open(weights, projector)))}\n`);
