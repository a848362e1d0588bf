import { expect, test } from 'bun:test';
import type { Engine, EngineModel } from './engine.ts';
import { namesOf, offerEngines } from './offer-engines.ts';
import { quantizationOf } from './quantization.ts';

const scout: EngineModel = {
  ...{ nativeId: 'llama4:scout', contextTokens: 8192, contextTokensMax: 32_768, quantization: 'int4' },
  ...{ vision: true, tools: true, reasoning: false, isLoaded: true },
};
const engineOf = (models: readonly EngineModel[], kind: Engine['kind'] = 'ollama'): Engine => ({
  ...{ kind, baseUrl: 'http://127.0.0.1:1', tag: kind, name: kind, models },
});
const options = {
  matchNativeId: (name: string) => (/^llama-?4[-:]scout/i.test(name) ? 'meta-llama/llama-4-scout' : undefined),
  seenAt: '2026-11-24',
};

test('a model of the catalogue is offered under its slug, free, local and with what the engine says', () => {
  const { endpoints, models } = offerEngines([engineOf([scout])], options);
  expect(models).toEqual([]);
  expect(endpoints).toEqual([
    {
      ...{ id: 'meta-llama/llama-4-scout|ollama', modelId: 'meta-llama/llama-4-scout', tag: 'ollama' },
      ...{ providerId: 'ollama', providerName: 'ollama', upstreamModel: 'llama4:scout', quantization: 'int4' },
      contextTokensMax: 32_768,
      supportedParameters: [
        ...['max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'seed', 'frequency_penalty', 'presence_penalty'],
        ...['response_format', 'structured_outputs', 'min_p', 'repetition_penalty', 'tools'],
      ],
      ...{ imageTokenOrder: 'columns', inputModalities: ['text', 'image'], outputModalities: ['text'] },
      price: {
        ...{ id: 'ollama@local', prompt: 0n, completion: 0n },
        ...{ source: 'ollama on this installation', seenAt: '2026-11-24' },
      },
      ...{ implicitCaching: true, isModerated: false, trainsOnPrompts: false, zeroDataRetention: true },
      ...{ status: 'active', isLocal: true, engine: { parallel: 1, reuses: 'chat' } },
    },
  ]);
});

test('a model that no catalogue knows gets a slug of its own that no character breaks', () => {
  const nativeId = '/home/ann/My Models/Grand Père:v2-Q4_K_M.gguf';
  const { endpoints, models } = offerEngines([engineOf([{ ...scout, nativeId }], 'llama-server')], options);
  expect(endpoints.map((endpoint) => [endpoint.id, endpoint.upstreamModel])).toEqual([
    ['llama-server/grand-p-re-v2-q4_k_m|llama-server', nativeId],
  ]);
  expect(models.map((model) => [model.id, model.author])).toEqual([
    ['llama-server/grand-p-re-v2-q4_k_m', 'llama-server'],
  ]);
});

test('the same model twice in one engine makes two endpoints with different tags', () => {
  const twins = [scout, { ...scout, nativeId: 'llama4:scout-q8_0', quantization: 'int8' as const }];
  const third = { ...scout, nativeId: 'llama4:scout-other' };
  const { endpoints } = offerEngines([engineOf([...twins, third, third])], options);
  expect(endpoints.map((endpoint) => endpoint.tag)).toEqual([
    ...['ollama', 'ollama/int8', 'ollama/int4', 'ollama/llama4-scout-other'],
  ]);
});

test('what the engine does not tell of pictures is taken from the catalogue, and tools are offered only where told', () => {
  const { vision: _, tools: __, ...silent } = scout;
  const known = { ...options, inputModalitiesOf: () => ['text', 'image'] as const };
  const [endpoint] = offerEngines([engineOf([silent], 'vllm')], known).endpoints;
  expect(endpoint?.inputModalities).toEqual(['text', 'image']);
  expect(endpoint?.supportedParameters).not.toContain('tools');
  expect(offerEngines([engineOf([silent], 'vllm')], options).endpoints[0]?.inputModalities).toEqual(['text']);
  const taught = offerEngines([engineOf([scout], 'vllm')], options).endpoints[0]?.supportedParameters;
  expect(taught).toContain('tool_choice');
});

test('an engine runs as many requests at once as it says, else as many as its kind usually does', () => {
  const factsOf = (kind: Engine['kind'], change: Partial<Engine> = {}, model: Partial<EngineModel> = {}) =>
    offerEngines([{ ...engineOf([{ ...scout, ...model }], kind), ...change }], options).endpoints[0]?.engine;
  expect(factsOf('vllm')).toEqual({ parallel: 256, reuses: 'prefix' });
  expect(factsOf('vllm', { parallel: 12 })).toEqual({ parallel: 12, reuses: 'prefix' });
  expect(factsOf('llama-server', { parallel: 2 })).toEqual({ parallel: 2, reuses: 'chat' });
  expect(factsOf('llama-server', {}, { nativeId: 'qwen3' })).toEqual({ parallel: 4, reuses: 'prefix' });
});

test('pictures of Llama 4 come in column order wherever llama.cpp computes it, and nowhere else', () => {
  const orderOf = (kind: Engine['kind'], change: Partial<EngineModel> = {}) =>
    offerEngines([engineOf([{ ...scout, ...change }], kind)], options).endpoints[0]?.imageTokenOrder;
  expect([orderOf('llama-server'), orderOf('ollama'), orderOf('vllm')]).toEqual(['columns', 'columns', undefined]);
  expect(orderOf('ollama', { runsOnLlamaCpp: false })).toBeUndefined();
  expect([orderOf('lmstudio'), orderOf('lmstudio', { runsOnLlamaCpp: true })]).toEqual([undefined, 'columns']);
  expect(orderOf('llama-server', { vision: false })).toBeUndefined();
  expect(orderOf('llama-server', { nativeId: 'qwen3-vl' })).toBeUndefined();
  expect(orderOf('llama-server', { nativeId: 'my-tune', architecture: 'llama4' })).toBe('columns');
});

test('an id that is known is kept, whatever the names say, and makes no second model of a known one', () => {
  const own = { ...scout, nativeId: 'any', modelId: 'local/poet' };
  const { endpoints, models } = offerEngines([engineOf([own])], options);
  expect([endpoints[0]?.id, models[0]?.id]).toEqual(['local/poet|ollama', 'local/poet']);
  const titled = offerEngines([engineOf([{ ...own, title: 'Poet' }])], options).models[0];
  expect([models[0]?.name, titled?.name]).toEqual(['any (Ollama)', 'Poet']);
  const known = { ...own, modelId: 'meta-llama/llama-4-scout' };
  const exact = { ...options, matchNativeId: (name: string) => (name === known.modelId ? name : undefined) };
  expect(offerEngines([engineOf([known])], exact).models).toEqual([]);
});

test('weights are looked up under every name they may have, the exact one first', () => {
  expect(namesOf('/srv/m/Llama-4-Scout-17B-16E-Instruct-UD-Q3_K_XL-00001-of-00003.gguf')).toEqual([
    '/srv/m/Llama-4-Scout-17B-16E-Instruct-UD-Q3_K_XL-00001-of-00003.gguf',
    'Llama-4-Scout-17B-16E-Instruct-UD-Q3_K_XL',
    'Llama-4-Scout-17B-16E-Instruct',
  ]);
  expect(namesOf('llama4:scout')).toEqual(['llama4:scout', 'llama4-scout']);
  expect(namesOf('hf.co/unsloth/Llama-4-Scout-17B-16E-Instruct-GGUF:Q4_K_M')).toContain(
    'hf.co/unsloth/Llama-4-Scout-17B-16E-Instruct-GGUF',
  );
  expect(namesOf('nvidia/Llama-4-Scout-17B-16E-Instruct-FP8')).toContain('Llama-4-Scout-17B-16E-Instruct');
});

test('number formats are read from the names that engines and files use, and never guessed', () => {
  const cases = {
    ...{ Q4_K_M: 'int4', Q4_0: 'int4', IQ4_XS: 'int4', Q8_0: 'int8', F16: 'fp16', BF16: 'bf16', MXFP4: 'mxfp4' },
    ...{
      '4bit': 'int4',
      '8bit': 'int8',
      awq_marlin: 'int4',
      modelopt_fp4: 'nvfp4',
      bfloat16: 'bf16',
      w8a8_int8: 'int8',
    },
    ...{ 'nvidia/Llama-4-Scout-17B-16E-Instruct-FP8': 'fp8', 'scout-NVFP4': 'nvfp4', 'a-UD-Q3_K_XL': 'unknown' },
    ...{ Q5_K_M: 'unknown', Q6_K: 'unknown', IQ2_XXS: 'unknown', auto: 'unknown', '': 'unknown', seq4096: 'unknown' },
    ...{ 'Q4_K - Medium': 'int4', 'halfway-house': 'unknown', 'model-half': 'fp16' },
  };
  for (const [text, expected] of Object.entries(cases)) expect([text, quantizationOf(text)]).toEqual([text, expected]);
  expect(quantizationOf(undefined)).toBe('unknown');
});
