import { afterEach, describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { json, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

async function houseOf(task: 'embeddings' | 'rerank', ...scripts: readonly Script[]) {
  const providers = [];
  const sent: { head: string; body: JsonObject }[] = [];
  for (const [i, script] of scripts.entries()) {
    const provider = await openScriptedProvider(async (call) => {
      sent.push({ head: call.request.head.split('\r\n')[0]!, body: JSON.parse(call.request.body) as JsonObject });
      await script(call);
    });
    keep(provider);
    const endpoint = testEndpoint(['alpha', 'beta'][i]!, { outputModalities: [task], supportedParameters: [] });
    providers.push({ endpoint, baseUrl: provider.baseUrl });
  }
  const house = keep(await openTestHouse({ providers }));
  return { house, sent };
}

const vectors = {
  object: 'list',
  model: 'theirs',
  data: [{ object: 'embedding', index: 0, embedding: [0.1, -0.2] }],
  usage: { prompt_tokens: 7, total_tokens: 7 },
  x_kept: 1.5,
};
const answers =
  (body: object): Script =>
  (call) =>
    void call.write(json(200, body));
const embed = {
  model: 'demo/talker',
  input: ['a text', 'another'],
  dimensions: 2,
  provider: { order: ['alpha', 'beta'] },
  x_new: 1.5,
};

describe('embeddings', () => {
  test('come in the provider’s own words, with our model, id and cost', async () => {
    const { house, sent } = await houseOf('embeddings', answers(vectors));
    const answer = await house.post(embed, { path: '/api/v1/embeddings' });
    const body = (await answer.json()) as JsonObject & { usage: JsonObject };
    expect([answer.status, body.model, body.x_kept, body.data]).toEqual([200, 'demo/talker', 1.5, vectors.data]);
    expect(body.usage).toMatchObject({ prompt_tokens: 7, total_tokens: 7 });
    expect(body.usage.cost).toBeGreaterThan(0);
    expect(sent[0]!.head).toStartWith('POST /v1/embeddings');
    expect(sent[0]!.body).toEqual({ input: ['a text', 'another'], dimensions: 2, x_new: 1.5, model: 'talker-native' });
    const [record] = house.records();
    expect([record!.apiType, record!.usage.promptTokens, record!.usage.completionTokens]).toEqual(['embeddings', 7, 0]);
    expect(record!.charge.chargedPico).toBeGreaterThan(0n);
  });

  test('fall back, and an answer without vectors is none', async () => {
    const { house } = await houseOf('embeddings', answers({ object: 'list', data: [] }), answers(vectors));
    const answer = await house.post(embed, { path: '/api/v1/embeddings' });
    expect(answer.status).toBe(200);
    expect(house.records()[0]!.attempts.map(({ failure }) => failure)).toEqual(['provider-garbled', undefined]);
  });

  test('are refused in plain words where the request is none, or the model makes none', async () => {
    const { house } = await houseOf('embeddings', answers(vectors));
    const refusal = async (body: object, path = '/api/v1/embeddings') => {
      const answer = await house.post(body, { path });
      return [answer.status, ((await answer.json()) as { error: { message: string } }).error.message];
    };
    expect((await refusal({ model: 'demo/talker' }))[1]).toContain('input');
    expect((await refusal({ ...embed, input: [] }))[0]).toBe(400);
    expect((await refusal({ ...embed, encoding_format: 'hex' }))[1]).toContain('encoding_format');
    expect(
      (
        await refusal({ model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }] }, '/api/v1/chat/completions')
      )[0],
    ).toBe(404);
  });
});

describe('reranking', () => {
  const order = {
    id: 'r-1',
    results: [
      { index: 1, relevance_score: 0.9 },
      { index: 0, relevance_score: 0.1 },
    ],
    meta: { billed_units: { search_units: 1 } },
  };

  test('gives each result its document, and counts the search units', async () => {
    const { house, sent } = await houseOf('rerank', answers(order));
    const body = { model: 'demo/talker', query: 'which?', documents: ['no', { text: 'yes' }], top_n: 2 };
    const answer = await house.post(body, { path: '/api/v1/rerank' });
    const ranked = (await answer.json()) as { results: JsonObject[]; usage: JsonObject; model: string };
    expect(ranked.results).toEqual([
      { index: 1, relevance_score: 0.9, document: { text: 'yes' } },
      { index: 0, relevance_score: 0.1, document: { text: 'no' } },
    ]);
    expect([ranked.model, ranked.usage.search_units]).toEqual(['demo/talker', 1]);
    expect(sent[0]!.head).toStartWith('POST /v1/rerank');
    expect(house.records()[0]!.apiType).toBe('rerank');
  });
});
