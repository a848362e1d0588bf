/** node-llama-cpp, where it is installed: text only, as it sees no pictures. Run by `npm run parity` in a process of its own. */
import { CONTEXT_TOKENS, type ForeignPrompt, files, measureForeign } from './foreign.ts';

/** The little of its interface that is used; it is no dependency of ours. */
interface Sequence {
  controlledEvaluate(
    input: readonly unknown[],
  ): Promise<readonly { readonly next: { readonly probabilities: ReadonlyMap<number, number> } }[]>;
  evaluate(ids: readonly number[], options: object): AsyncIterable<number>;
}
interface Context {
  getSequence(): Sequence;
  dispose(): Promise<void>;
}
interface Model {
  readonly tokens: { readonly bos: number };
  tokenize(text: string, special: boolean): number[];
  createContext(options: object): Promise<Context>;
}
interface Package {
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<Model> }>;
}

const { getLlama } = (await import(process.argv[2]!)) as Package;
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath: files.model, gpuLayers: 0 });

async function withSequence<Result>(
  prompt: ForeignPrompt,
  run: (sequence: Sequence) => Promise<Result>,
): Promise<Result> {
  const context = await model.createContext({
    contextSize: prompt.ids.length > 2000 ? CONTEXT_TOKENS : 2048,
    batchSize: 512,
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
  });
  const result = await run(context.getSequence());
  await context.dispose();
  return result;
}

const measured = await measureForeign({
  seesPictures: false,
  encode: async (text) => [model.tokens.bos, ...model.tokenize(text, false)],
  scores: (prompt) =>
    withSequence(prompt, async (sequence) => {
      const last = prompt.ids.at(-1);
      const neutral = { temperature: 1, topK: 0, topP: 1, minP: 0 };
      const wanted = { generateNext: { probabilities: true, options: neutral } };
      const steps = await sequence.controlledEvaluate([...prompt.ids.slice(0, -1), [last, wanted]]);
      return new Map([...steps.at(-1)!.next.probabilities].map(([token, share]) => [token, Math.log(share)]));
    }),
  greedy: (prompt, count) =>
    withSequence(prompt, async (sequence) => {
      const taken: number[] = [];
      for await (const token of sequence.evaluate(prompt.ids, { temperature: 0, yieldEogToken: true })) {
        taken.push(token);
        if (taken.length >= count) break;
      }
      return taken;
    }),
});
process.stdout.write(`\n${JSON.stringify(measured)}\n`, () => process.exit(0));
