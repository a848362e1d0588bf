import { expect, test } from 'bun:test';
import { parseUsdPerMillion } from '../base/money.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { catalogOf, DATA_FOLDER } from './load-catalog.ts';
import { matchNativeId } from './match-native-id.ts';

const SCOUT = 'meta-llama/llama-4-scout';
const { snapshot } = buildSnapshot(DATA_FOLDER, 'test');
const catalog = catalogOf(snapshot);
const scout = catalog.endpoints(SCOUT);
const at = (tag: string) => scout.find((endpoint) => endpoint.tag === tag)!;

test('every host of Llama 4 Scout is listed and no aggregator is', () => {
  expect(scout.map(({ tag }) => tag)).toEqual([
    'amazon-bedrock',
    'amazon-bedrock/flex',
    'amazon-bedrock/priority',
    'amazon-bedrock/us',
    'azure',
    'cerebras',
    'cloudflare',
    'deepinfra/fp8',
    'fal',
    'fireworks',
    'github-models',
    'google-vertex',
    'groq',
    'lambda',
    'llama/fp8',
    'novita/bf16',
    'nscale',
    'oci',
    'replicate',
    'sambanova',
    'synthetic',
    'together',
    'wandb',
  ]);
});

test('the hosts that stopped serving Scout are closed, not removed', () => {
  const retired = scout.filter(({ status }) => status === 'retired').map(({ tag, retiresOn }) => [tag, retiresOn]);
  expect(retired).toEqual([
    ['groq', '2026-07-17'],
    ['sambanova', undefined],
    ['together', '2026-04-25'],
  ]);
});

test.each([
  ['amazon-bedrock', '0.17', '0.66'],
  ['amazon-bedrock/flex', '0.085', '0.33'],
  ['amazon-bedrock/priority', '0.2975', '1.155'],
  ['azure', '0.20', '0.78'],
  ['cerebras', '0.65', '0.85'],
  ['cloudflare', '0.27', '0.85'],
  ['deepinfra/fp8', '0.10', '0.30'],
  ['fal', '0.08', '0.30'],
  ['fireworks', '0.15', '0.60'],
  ['github-models', '0', '0'],
  ['google-vertex', '0.25', '0.70'],
  ['groq', '0.11', '0.34'],
  ['lambda', '0.05', '0.10'],
  ['llama/fp8', '0', '0'],
  ['novita/bf16', '0.18', '0.59'],
  ['nscale', '0.09', '0.29'],
  ['oci', '0.72', '0.72'],
  ['replicate', '0.15', '0.40'],
  ['sambanova', '0.40', '0.70'],
  ['synthetic', '0.15', '0.60'],
  ['together', '0.18', '0.59'],
  ['wandb', '0.17', '0.66'],
])('%s serves Scout at %s and %s dollars per million', (tag, input, output) => {
  expect(at(tag).price.prompt).toBe(parseUsdPerMillion(input)!);
  expect(at(tag).price.completion).toBe(parseUsdPerMillion(output)!);
});

test('no context is the ten million of the model card', () => {
  expect(Math.max(...scout.map(({ contextTokensMax }) => contextTokensMax))).toBe(1_048_576);
  expect(at('amazon-bedrock').contextTokensMax).toBe(128_000);
  expect(at('google-vertex').disagreements?.at(-1)).toMatchObject({
    field: 'context_length',
    source: 'assumed: the smallest that another host serves',
  });
});

test('no answer may be longer than the context', () => {
  for (const { outputTokensMax, contextTokensMax } of snapshot.endpoints)
    expect(outputTokensMax ?? 0).toBeLessThanOrEqual(contextTokensMax);
});

test('DeepInfra shows that its sources disagree on the price', () => {
  const prices = at('deepinfra/fp8').disagreements?.filter(({ field }) => field === 'price');
  expect(new Set(prices?.map(({ value }) => value))).toEqual(new Set(['0.1 / 0.3', '0.08 / 0.3', '0.06 / 0.18']));
  expect(at('deepinfra/fp8').price).toMatchObject({ source: 'models.dev', seenAt: '2026-07-02' });
});

test('Novita’s Scout calls no tools and DeepInfra’s does', () => {
  expect(at('novita/bf16').supportedParameters).not.toContain('tools');
  expect(at('deepinfra/fp8').supportedParameters).toContain('tools');
});

test('OpenRouter’s own offer appears once the operator connects it, and Vercel’s zero never', () => {
  const connected = catalogOf(snapshot, { aggregators: ['openrouter', 'vercel'] });
  const offers = connected.endpoints(SCOUT);
  expect(offers.find(({ tag }) => tag === 'openrouter')?.price.prompt).toBe(100_000n);
  expect(offers.find(({ tag }) => tag === 'vercel')?.price.prompt).toBe(170_000n);
  expect(connected.version).not.toBe(catalog.version);
});

test('Scout is found under its canonical name and has its facts', () => {
  expect(catalog.find('meta-llama/llama-4-scout-17b-16e-instruct')?.model).toMatchObject({
    id: SCOUT,
    canonicalSlug: 'meta-llama/llama-4-scout-17b-16e-instruct',
    huggingFaceId: 'meta-llama/Llama-4-Scout-17B-16E-Instruct',
    author: 'meta-llama',
    tokenizer: 'Llama4',
    created: Date.parse('2025-04-05') / 1000,
    knowledgeCutoff: '2024-08-31',
    openWeights: true,
    inputModalities: ['text', 'image'],
  });
});

test.each([
  'meta-llama/Llama-4-Scout-17B-16E-Instruct',
  'meta-llama/llama-4-scout-17b-16e-instruct',
  'meta.llama4-scout-17b-instruct-v1:0',
  'us.meta.llama4-scout-17b-instruct-v1:0',
  'llama-4-scout-17b-16e-instruct-maas',
  '@cf/meta/llama-4-scout-17b-16e-instruct',
  'workers-ai/@cf/meta/llama-4-scout-17b-16e-instruct',
  'accounts/fireworks/models/llama4-scout-instruct-basic',
  'hf:meta-llama/Llama-4-Scout-17B-16E-Instruct',
  'meta.llama-4-scout-17b-16e-instruct',
  'llama-4-scout-17b-16e-instruct-fp8',
  'llama4:scout',
  'llama4:16x17b',
  'llama4:latest',
  'llama4:17b-scout-16e-instruct-q4_K_M',
  'Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf',
  '/models/Llama-4-Scout-17B-16E-Instruct-UD-Q2_K_XL-00001-of-00002.gguf',
  'unsloth/Llama-4-Scout-17B-16E-Instruct-GGUF',
])('%s is Scout', (nativeId) => {
  expect(matchNativeId(catalog, nativeId)).toBe(SCOUT);
});

test.each([
  'llama-4-maverick-17b-128e-instruct',
  'llama-4-scout-abliterated',
  'scout',
  'meta-llama/llama-4-scout:free',
  'openai/gpt-oss-20b-scout',
  '',
])('%s is not Scout', (nativeId) => {
  expect(matchNativeId(catalog, nativeId)).not.toBe(SCOUT);
});
