/**
 * The native core of llama.node, loaded from its platform package. Run by `npm run parity` in a process of its own, with
 * the package's path. Flash attention off and a cache of 32-bit floats, as the reference; else it computes less exactly.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readGguf } from '../files/read-gguf.ts';
import { openTokenizer } from '../tokenizer/tokenizer.ts';
import { CONTEXT_TOKENS, type ForeignPrompt, files, measureForeign } from './foreign.ts';

interface NativeContext {
  initMultimodal(options: { readonly path: string; readonly use_gpu: boolean }): boolean;
  tokenize(text: string): Promise<{ readonly tokens: ArrayLike<number> }>;
  completion(options: Readonly<Record<string, unknown>>, callback: () => void): Promise<NativeResult>;
  clearCache?(): void;
}

interface NativeResult {
  readonly completion_probabilities: readonly {
    readonly content: string;
    readonly probs: readonly { readonly tok_str: string; readonly prob: number }[];
  }[];
}

interface NativeModule {
  readonly LlamaContext: {
    new (options: Readonly<Record<string, unknown>>): NativeContext;
    toggleNativeLog(enabled: boolean, listener: (level: string, text: string) => void): void;
  };
}

/** Its own defaults are not neutral. */
const NEUTRAL = {
  top_k: 0,
  top_p: 1,
  min_p: 0,
  typical_p: 1,
  penalty_last_n: 0,
  penalty_repeat: 1,
  xtc_probability: 0,
  dry_multiplier: 0,
  seed: 1,
};

const { LlamaContext } = createRequire(import.meta.url)(process.argv[2]!) as NativeModule;
LlamaContext.toggleNativeLog(true, () => {});

const tokenizer = openTokenizer(readGguf(readFileSync(files.model)).metadata);
/** It names tokens by their text; parts of a character have no name of their own. */
const tokenOfText = new Map(
  tokenizer.vocabulary.map((bytes, token): [string, number] => [
    tokenizer.specialName(token) ?? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
    token,
  ]),
);
const tokenOf = (text: string) => (text === '' || text.includes('\ufffd') ? undefined : tokenOfText.get(text));

/** A fresh context for each answer: with a cache from before it computes another sum. */
async function complete(prompt: ForeignPrompt, options: Readonly<Record<string, unknown>>): Promise<NativeResult> {
  const context = new LlamaContext({
    model: files.model,
    n_ctx: prompt.ids.length > 2000 ? CONTEXT_TOKENS : 2048,
    n_batch: 512,
    n_threads: 1,
    n_gpu_layers: 0,
    ctx_shift: false,
    flash_attn_type: 'off',
    cache_type_k: 'f32',
    cache_type_v: 'f32',
  });
  if (prompt.picture) context.initMultimodal({ path: files.projector, use_gpu: false });
  const media = prompt.picture ? { media_paths: [prompt.picture] } : {};
  const text = prompt.text.replace('{picture}', '<__media__>');
  const result = await context.completion({ ...NEUTRAL, ...media, prompt: text, ...options }, () => {});
  kept.push(context);
  return result;
}

let opened: NativeContext | undefined;
function plain(): NativeContext {
  opened ??= new LlamaContext({ model: files.model, n_ctx: 2048, n_threads: 1, n_gpu_layers: 0 });
  return opened;
}

/** Its destructors are not safe to run. */
const kept: NativeContext[] = [];

const measured = await measureForeign({
  seesPictures: true,
  encode: async (text) =>
    tokenizer.addsBeginToken ? [tokenizer.beginToken!, ...((await plain().tokenize(text)).tokens as number[])] : [],
  scores: async (prompt) => {
    const { completion_probabilities } = await complete(prompt, {
      n_predict: 1,
      temperature: 1,
      n_probs: tokenizer.size,
    });
    return new Map(
      completion_probabilities.at(-1)!.probs.flatMap(({ tok_str, prob }) => {
        const token = tokenOf(tok_str);
        return token === undefined ? [] : [[token, Math.log(prob)] as const];
      }),
    );
  },
  greedy: async (prompt, count) => {
    const { completion_probabilities } = await complete(prompt, { n_predict: count, temperature: 0, n_probs: 1 });
    return completion_probabilities.map(({ content }) => tokenOf(content));
  },
});

process.stdout.write(`\n${JSON.stringify(measured)}\n`, () => process.kill(process.pid, 'SIGKILL'));
