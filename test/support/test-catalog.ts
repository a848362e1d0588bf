import type { Catalog } from '../../src/catalog/catalog.ts';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import type { Model } from '../../src/catalog/model.ts';
import { parseSlug } from '../../src/catalog/parse-slug.ts';

/** A catalogue of exactly these endpoints; their models are made up around them. */
export function testCatalog(endpoints: readonly Endpoint[]): Catalog {
  const byModel = Map.groupBy(endpoints, (endpoint) => endpoint.modelId);
  const models = [...byModel.keys()].map(testModel);
  return {
    version: 'test',
    builtAt: '2026-11-01',
    models,
    find(slug) {
      const parsed = parseSlug(slug);
      const model = models.find(({ id }) => id === parsed?.listing);
      return model && { model, variants: parsed!.variants };
    },
    endpoints: (modelId) => byModel.get(modelId) ?? [],
    near: () => models.map(({ id }) => id).slice(0, 3),
  };
}

function testModel(id: string): Model {
  const [author = '', name = ''] = id.split('/');
  return {
    id,
    canonicalSlug: id,
    aliases: [],
    author,
    name,
    description: '',
    created: 1_700_000_000,
    inputModalities: ['text', 'image'],
    outputModalities: ['text'],
    tokenizer: 'Other',
    sources: [],
  };
}

/** A routable endpoint of `demo/talker`, with the differences that a test is about. */
export function testEndpoint(providerId: string, differences: Partial<Endpoint> = {}): Endpoint {
  const modelId = differences.modelId ?? 'demo/talker';
  return {
    id: `${modelId}|${providerId}`,
    modelId,
    tag: providerId,
    providerId,
    providerName: providerId[0]!.toUpperCase() + providerId.slice(1),
    upstreamModel: 'talker-native',
    quantization: 'unknown',
    contextTokensMax: 8_192,
    outputTokensMax: 4_096,
    supportedParameters: [
      'max_tokens',
      'temperature',
      'top_p',
      'stop',
      'seed',
      'tools',
      'tool_choice',
      'response_format',
    ],
    inputModalities: ['text', 'image'],
    outputModalities: ['text'],
    price: {
      id: `${providerId}@test`,
      prompt: 1_000_000n,
      completion: 2_000_000n,
      source: 'test',
      seenAt: '2026-11-01',
    },
    implicitCaching: false,
    isModerated: false,
    status: 'active',
    isLocal: false,
    ...differences,
  };
}
