import { expect, test } from 'bun:test';
import {
  makeEndpoint,
  makeHealth,
  makeInputs,
  makeModel,
  makePrice,
  type World,
} from '../../test/simulation/routing-world.ts';
import { Failure } from '../generation/failure.ts';
import { explainEmpty } from './explain-empty.ts';
import { planRoute } from './plan.ts';

const keysOf = (providerId: string) => [`${providerId.toUpperCase()}_API_KEY`, `${providerId.toUpperCase()}_OTHER`];
const explain = (world: World) => explainEmpty(planRoute(makeInputs(world)), { keysOf, fallbackModels: ['b/two'] });

test('a model without a connected endpoint says what would connect it', () => {
  const endpoints = [makeEndpoint('deepinfra/fp8'), makeEndpoint('deepinfra/bf16'), makeEndpoint('groq')];
  const { message, availability, kind } = explain({ endpoints, connected: new Set() });
  expect(message).toBe(
    'No endpoint of author/model is connected. Set one of DEEPINFRA_API_KEY, GROQ_API_KEY, ' +
      'run a local engine (Ollama, llama-server, vLLM, SGLang, LM Studio), or give llama-server its weights: trunkline models add.',
  );
  expect(availability).toEqual({
    code: 'no_endpoints',
    retryable: false,
    requestedModels: ['author/model'],
    affectedProviders: ['DEEPINFRA', 'GROQ'],
    excludedBy: ['not_connected'],
    fallbackModels: ['b/two'],
  });
  expect(new Failure(kind, { message }).policy.status).toBe(404);
});

test('a long list of keys is cut', () => {
  const endpoints = 'abcdefgh'.split('').map((tag) => makeEndpoint(tag));
  expect(explain({ endpoints, connected: new Set() }).message).toContain('F_API_KEY and 2 more, run');
});

test('retired endpoints do not advertise their keys', () => {
  const endpoints = [makeEndpoint('gone', { status: 'retired' }), makeEndpoint('groq')];
  const { message } = explain({ endpoints, connected: new Set() });
  expect(message).toContain('Set GROQ_API_KEY, run');
  expect(message).not.toContain('GONE');
});

const dear = makeEndpoint('dear', { price: makePrice(9) });
const rows: readonly [sentence: string, world: World, code: string, excludedBy: readonly string[], words: string][] = [
  ['no endpoints at all', { endpoints: [] }, 'no_endpoints', [], 'No endpoint of author/model is known here.'],
  [
    'everything retired',
    { endpoints: [makeEndpoint('a', { status: 'retired' })] },
    'model_deprecated',
    ['retired'],
    'Every endpoint of author/model is retired.',
  ],
  [
    'a free variant that ended',
    { endpoints: [makeEndpoint('a', { status: 'retired', modelId: 'a/b:free' })] },
    'free_variant_ended',
    ['retired'],
    'Every endpoint of a/b:free is retired.',
  ],
  [
    'a refused key',
    { endpoints: [makeEndpoint('a')], health: { a: makeHealth({ vetoed: true }) } },
    'temporarily_unavailable',
    ['key_refused'],
    'the key for A was refused or is unpaid',
  ],
  [
    'training not excluded',
    { endpoints: [makeEndpoint('a', { trainsOnPrompts: true })], preferences: { dataCollection: 'deny' } },
    'privacy_restricted',
    ['data_policy:training'],
    '1 × may train on prompts, or does not say',
  ],
  [
    'no zero data retention',
    { endpoints: [makeEndpoint('a', { zeroDataRetention: false })], preferences: { zdr: true } },
    'privacy_restricted',
    ['data_policy:zdr'],
    '1 × does not promise zero data retention',
  ],
  [
    'too dear, with others unconnected',
    {
      endpoints: [dear, makeEndpoint('b')],
      connected: new Set(['dear']),
      preferences: { maxPricePico: { prompt: 1n } },
    },
    'constraint_filtered',
    ['max_price'],
    '1 × costs more than provider.max_price. 1 more is not connected.',
  ],
  [
    'several filters at once, in their order',
    {
      endpoints: [makeEndpoint('a', { contextTokensMax: 10 }), makeEndpoint('b'), makeEndpoint('c')],
      preferences: { ignore: ['b'], quantizations: ['fp8'], requireParameters: true },
      features: { parameters: ['seed'] },
    },
    'constraint_filtered',
    ['ignored_providers', 'context_length', 'require_parameters'],
    '1 × is in provider.ignore, 1 × has too small a context for prompt and output, 1 × does not support every parameter',
  ],
  [
    'not listed in only',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b')], preferences: { only: ['c'] } },
    'constraint_filtered',
    ['allowed_providers'],
    '2 × is not in provider.only',
  ],
  [
    'max_tokens beyond everyone',
    { endpoints: [makeEndpoint('a', { outputTokensMax: 5 })], features: { outputTokensMax: 6 } },
    'constraint_filtered',
    ['max_tokens'],
    'cannot produce max_tokens',
  ],
  [
    'another filter beside the length',
    {
      endpoints: [makeEndpoint('a', { contextTokensMax: 10 }), makeEndpoint('b', { inputModalities: ['text'] })],
      features: { inputModalities: ['text', 'image'] },
    },
    'constraint_filtered',
    ['context_length', 'input_modality'],
    '1 × has too small a context for prompt and output, 1 × cannot read all parts of the prompt',
  ],
];

test.each(rows)('%s', (_, world, code, excludedBy, words) => {
  const { availability, message, kind } = explain(world);
  expect(availability.code as string).toBe(code);
  expect(availability.excludedBy).toEqual([...excludedBy]);
  expect(message).toContain(words);
  expect(new Failure(kind, { message }).policy.status).toBe(code === 'temporarily_unavailable' ? 503 : 404);
  expect(availability.retryable).toBe(code === 'temporarily_unavailable');
});

test('a conversation that is too long for every endpoint left has the status, code and words that clients look for', () => {
  const endpoints = [
    makeEndpoint('short', { contextTokensMax: 4_000 }),
    makeEndpoint('prompt', { contextTokensMax: 90_000, promptTokensMax: 8_000 }),
    makeEndpoint('ignored', { contextTokensMax: 1_000_000 }),
    makeEndpoint('away', { contextTokensMax: 1_000_000 }),
  ];
  const { kind, message, availability } = explain({
    endpoints,
    connected: new Set(['short', 'prompt', 'ignored']),
    preferences: { ignore: ['ignored'] },
    features: { promptTokensEstimate: 19_000, outputTokensMax: 500 },
  });
  expect(new Failure(kind, { message }).policy).toMatchObject({ status: 400, errorType: 'context_length_exceeded' });
  expect(message).toBe(
    "This model's maximum context length is 8000 tokens. However, you requested about 19500 tokens (19000 in the messages, 500 in " +
      'the completion). Please reduce the length of the messages or of the completion, or use the plugin context-compression. ' +
      'No endpoint of author/model meets this request: 1 × is in provider.ignore, 2 × has too small a context for prompt and ' +
      'output. 1 more is not connected.',
  );
  expect(availability).toMatchObject({
    code: 'constraint_filtered',
    excludedBy: ['ignored_providers', 'context_length'],
  });
});

test('the constraint names the field that a caller would change', () => {
  const { availability } = explain({ endpoints: [dear], preferences: { maxPricePico: { prompt: 1n } } });
  expect(availability.constraint).toEqual({
    field: 'provider.max_price',
    detail: 'Each endpoint left costs more than provider.max_price',
  });
  expect(availability.affectedProviders).toEqual(['DEAR']);
});

test('a bundled model that could not stand in is no part of the explanation', () => {
  const bundled = makeModel([makeEndpoint('own', { modelId: 'trunkline/mini' })], { isBundled: true });
  const { availability, message } = explain({
    models: [makeModel([makeEndpoint('groq')]), bundled],
    connected: new Set(['own']),
  });
  expect(availability.code).toBe('no_endpoints');
  expect(availability.affectedProviders).toEqual(['GROQ']);
  expect(message).toContain('GROQ_API_KEY');
  expect(message).toStartWith('No endpoint of author/model is connected.');
  expect(message).toEndWith('trunkline/mini is never a fallback: it answers only to its own name.');
});
