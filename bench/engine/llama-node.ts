/**
 * The native core of llama.node under the same workload: `bun bench/engine/llama-node.ts WEIGHTS PROJECTOR`. It keeps its
 * cache of keys and values in 32-bit floats and its flash attention off, as ours does; else it would compute less.
 */
import { createRequire } from 'node:module';
import { type Contestant, measure, type TokenCount } from './workload.ts';

interface NativeResult {
  /** Set on a token, absent on the last callback. */
  readonly token?: string;
  readonly tokens_predicted: number;
  readonly timings: { readonly prompt_n: number };
}

interface NativeContext {
  initMultimodal(options: { readonly path: string; readonly use_gpu: boolean }): boolean;
  enableParallelMode(options: { readonly n_parallel: number; readonly n_batch: number }): boolean;
  queueCompletion(
    options: Readonly<Record<string, unknown>>,
    callback: (error: unknown, result: NativeResult) => void,
  ): { readonly requestId: number };
}

interface NativeModule {
  readonly LlamaContext: {
    new (options: Readonly<Record<string, unknown>>): NativeContext;
    toggleNativeLog(enabled: boolean, listener: (level: string, text: string) => void): void;
  };
}

const SLOTS = 4;
/** Its own defaults are not neutral: with them it is not greedy at temperature 0. */
const GREEDY = {
  temperature: 0,
  top_k: 0,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  penalty_last_n: 0,
  penalty_repeat: 1,
  penalty_freq: 0,
  penalty_present: 0,
  xtc_probability: 0,
  dry_multiplier: 0,
};

function open(weights: string, projector: string): Contestant {
  const name = `@fugood/node-llama-${process.platform}-${process.arch}`;
  const { LlamaContext } = createRequire(import.meta.url)(name) as NativeModule;
  LlamaContext.toggleNativeLog(true, () => {});
  const startedMs = performance.now();
  const native = new LlamaContext({
    model: weights,
    n_ctx: 4096 * SLOTS,
    n_parallel: SLOTS,
    n_batch: 512,
    n_threads: 1,
    n_gpu_layers: 0,
    kv_unified: false,
    ctx_shift: false,
    flash_attn_type: 'off',
    cache_type_k: 'f32',
    cache_type_v: 'f32',
  });
  if (!native.initMultimodal({ path: projector, use_gpu: false })) throw new Error('no projector');
  if (!native.enableParallelMode({ n_parallel: SLOTS, n_batch: 512 })) throw new Error('no slots');
  const loadMs = performance.now() - startedMs;
  const write = (prompt: string, outputTokens: number) =>
    new Promise<TokenCount>((resolve, reject) => {
      native.queueCompletion({ ...GREEDY, prompt, n_predict: outputTokens }, (error, result) => {
        if (error) reject(error);
        else if (result.token === undefined) {
          resolve({ promptTokens: result.timings.prompt_n, outputTokens: result.tokens_predicted });
        }
      });
    });
  return { loadMs, generate: (prompts, count) => Promise.all(prompts.map((prompt) => write(prompt, count))) };
}

const [weights = '', projector = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measure(open(weights, projector)))}\n`);
// Its destructors are not safe to run.
process.kill(process.pid, 'SIGKILL');
