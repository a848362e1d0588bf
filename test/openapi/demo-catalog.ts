import type { Catalog } from '../../src/catalog/catalog.ts';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import { makeCatalog } from '../../src/catalog/make-catalog.ts';
import type { Model } from '../../src/catalog/model.ts';
import { testEndpoint } from '../support/test-catalog.ts';

const DAY_SECONDS = 86_400;
const NOW_SECONDS = Date.UTC(2026, 10, 18, 12) / 1000;

/** Four models that differ in everything a filter asks for. */
export function demoCatalog(version = 'demo-1'): Catalog {
  const models = [
    demoModel('meta-llama/llama-4-scout', 500, {
      canonicalSlug: 'meta-llama/llama-4-scout-17b-16e-instruct',
      aliases: ['~meta-llama/scout-latest'],
      name: 'Llama 4 Scout',
      tokenizer: 'Llama4',
      instructType: 'llama4-unknown-to-the-list',
      knowledgeCutoff: '2024-08-31',
      huggingFaceId: 'meta-llama/Llama-4-Scout-17B-16E-Instruct',
      distillable: true,
    }),
    demoModel('meta-llama/llama-4-scout:free', 500, { name: 'Llama 4 Scout (free)', tokenizer: 'Llama4' }),
    demoModel('thinker/deep', 10, {
      name: 'Deep & <slow>',
      description: 'Thinks "long".',
      inputModalities: ['text'],
      expiresOn: '2027-01-31',
      reasoning: { mandatory: true, supportedEfforts: ['high', 'made-up'], supportsMaxTokens: true },
    }),
    demoModel('painter/brush', 100, { inputModalities: ['text'], outputModalities: ['image'], name: 'Brush' }),
    demoModel('gone/model', 900, { name: 'Gone' }),
  ];
  const endpoints = [
    priced('acme', 'meta-llama/llama-4-scout', '0.10', '0.30', {
      contextTokensMax: 131_072,
      quantization: 'fp8',
      region: 'eu-west',
      zeroDataRetention: true,
      implicitCaching: true,
      supportedParameters: ['tools', 'temperature', 'not-a-parameter'],
    }),
    priced('distant', 'meta-llama/llama-4-scout', '0.08', '0.25', { contextTokensMax: 1_048_576, region: 'us' }),
    priced('closed', 'meta-llama/llama-4-scout', '0.01', '0.01', { status: 'retired', zeroDataRetention: true }),
    priced('acme', 'meta-llama/llama-4-scout:free', '0', '0', {}),
    priced('distant', 'thinker/deep', '2', '8', { supportedParameters: ['reasoning', 'temperature'] }),
    priced('distant', 'painter/brush', '1', '1', { outputModalities: ['image'] }),
    priced('closed', 'gone/model', '1', '1', { status: 'retired' }),
  ];
  return makeCatalog({
    version,
    builtAt: '2026-11-01',
    models,
    endpoints: Map.groupBy(endpoints, ({ modelId }) => modelId),
  });
}

function demoModel(id: string, ageDays: number, differences: Partial<Model>): Model {
  return {
    id,
    canonicalSlug: id,
    aliases: [],
    author: id.split('/')[0]!,
    name: id,
    description: '',
    created: NOW_SECONDS - ageDays * DAY_SECONDS,
    inputModalities: ['text', 'image'],
    outputModalities: ['text'],
    tokenizer: 'Other',
    sources: [],
    ...differences,
  };
}

/** Prices in dollars per million tokens. */
function priced(providerId: string, modelId: string, input: string, output: string, rest: Partial<Endpoint>): Endpoint {
  const pico = (dollars: string): bigint => BigInt(Math.round(Number(dollars) * 1_000_000));
  return testEndpoint(providerId, {
    modelId,
    price: {
      id: `${providerId}@demo`,
      prompt: pico(input),
      completion: pico(output),
      cacheRead: pico(input) / 2n,
      overrides: [{ minPromptTokens: 200_000, prompt: pico(input) * 2n }],
      source: 'test',
      seenAt: '2026-11-01',
    },
    ...rest,
  });
}
