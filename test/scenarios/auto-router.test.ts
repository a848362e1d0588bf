import { afterEach, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import { decisionFromJson, decisionToJson } from '../../src/routing/decision-json.ts';
import { isSamePlan, replay } from '../../src/routing/route-decision.ts';
import { answers, openScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';
import { ask, closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

const METADATA = { headers: { 'x-openrouter-metadata': 'enabled' } };
const NAMES = ['tiny', 'small', 'middle', 'large', 'huge'];

/** Five models, each twice as dear as the one before it. */
async function market(differences: Readonly<Record<string, Partial<Endpoint>>> = {}) {
  const provider = keep(await openScriptedProvider(answers()));
  const endpoints = NAMES.map((name, i) =>
    testEndpoint(name, {
      modelId: `demo/${name}`,
      price: {
        id: name,
        prompt: 1000n * 2n ** BigInt(i),
        completion: 1000n * 2n ** BigInt(i),
        source: 'test',
        seenAt: '',
      },
      ...differences[name],
    }),
  );
  const house = keep(
    await openTestHouse({
      providers: endpoints.map((endpoint) => ({ endpoint, baseUrl: provider.baseUrl })),
    }),
  );
  const model = async (more: object = {}): Promise<string> => {
    const answer = await house.post(ask(false, { model: 'trunkline/auto', ...more }));
    const body = (await answer.json()) as { model?: string; error?: { message: string } };
    return body.model ?? body.error!.message;
  };
  return { house, provider, model };
}

const settings = (more: object) => ({ plugins: [{ id: 'auto-router', ...more }] });

test('the answer names the model that ran, and the decision can be replayed', async () => {
  const { house } = await market();
  const answer = await house.post(ask(false, { model: 'openrouter/auto' }), METADATA);
  const body = (await answer.json()) as { model: string; openrouter_metadata: JsonObject };
  expect(body.model).toBe('demo/tiny');
  expect(body.openrouter_metadata).toMatchObject({ requested: 'openrouter/auto', strategy: 'auto' });
  const { route, modelId } = house.records()[0]!;
  expect([modelId, route!.auto!.tier, route!.auto!.chosen[0]]).toEqual(['demo/tiny', 'low', 'demo/tiny']);
  const kept = decisionFromJson(decisionToJson(route!));
  expect(kept).toEqual(route!);
  const again = replay(kept, (modelName) => house.parts.catalog().endpoints(modelName));
  expect(isSamePlan(kept, again)).toBe(true);
  expect(isSamePlan({ ...kept, auto: { ...kept.auto!, chosen: ['demo/huge'] } }, again)).toBe(false);
});

test('cost tiers, allowed and excluded models are kept to, in every format', async () => {
  const { house, model } = await market();
  for (const [i, cost_tier] of ['low', 'medium', 'high', 'xhigh', 'max'].entries())
    expect(await model(settings({ cost_tier }))).toBe(`demo/${NAMES[i]}`);
  expect(await model(settings({ allowed_models: ['*/large', 'demo/huge'], excluded_models: ['*large'] }))).toBe(
    'demo/huge',
  );
  expect(await model(settings({ allowed_models: ['openai/*'] }))).toContain('None of the 5 connected models');
  expect(await model(settings({ cost_tier: 'cheapest' }))).toContain('auto-router.cost_tier');
  const responses = await house.post(
    { model: 'trunkline/auto', input: 'Hi', ...settings({ cost_tier: 'max' }) },
    { path: '/api/v1/responses' },
  );
  expect(((await responses.json()) as { model: string }).model).toBe('demo/huge');
});

test('only models that can do what is asked are chosen', async () => {
  const plain = { supportedParameters: ['max_tokens'], inputModalities: ['text'] as const };
  const { model } = await market({ tiny: plain, small: plain, middle: plain, large: { contextTokensMax: 900 } });
  const tools = [{ type: 'function', function: { name: 'look', parameters: {} } }];
  expect(await model({ tools, ...settings({ cost_tier: 'low' }) })).toBe('demo/large');
  const long = [{ role: 'user', content: 'word '.repeat(1_000) }];
  expect(await model({ tools, messages: long, ...settings({ cost_tier: 'low' }) })).toBe('demo/huge');
  const image_url = { url: 'data:image/png;base64,iVBORw0KGgo=' };
  const seen = [{ role: 'user', content: [{ type: 'image_url', image_url }] }];
  expect(await model({ messages: seen })).toBe('demo/huge');
});

test('a model that fails gives way to the next choice', async () => {
  const { house, model } = await market();
  const failing = keep(await openScriptedProvider((call) => call.reset()));
  const connection = house.parts.connections().get('tiny')!;
  (house.parts.connections() as Map<string, typeof connection>).set('tiny', {
    ...connection,
    baseUrl: failing.baseUrl,
  });
  expect(await model()).toBe('demo/small');
});

test('without a model to choose from it says so, and other slugs are not affected by the settings', async () => {
  const house = keep(await openTestHouse({ providers: [] }));
  const none = await house.post(ask(false, { model: 'trunkline/auto' }));
  expect([none.status, await none.text()]).toEqual([404, expect.stringContaining('no provider of a text model')]);
  const { model } = await market();
  expect(await model({ model: 'demo/huge', ...settings({ excluded_models: ['*'] }) })).toBe('demo/huge');
});

test('OpenRouter’s older word for the cost is a ceiling, and a tier counts before it', async () => {
  const { model } = await market();
  for (const [tradeoff, name] of [
    [10, 'tiny'],
    [5, 'middle'],
    [0, 'huge'],
  ] as const) {
    expect([tradeoff, await model(settings({ cost_quality_tradeoff: tradeoff }))]).toEqual([tradeoff, `demo/${name}`]);
  }
  expect(await model(settings({ cost_quality_tradeoff: 10, cost_tier: 'max' }))).toBe('demo/huge');
  expect(await model(settings({ cost_quality_tradeoff: 11 }))).toContain('auto-router.cost_quality_tradeoff');
  expect(await model(settings({ cost_quality_tradeoff: 10, allowed_models: ['demo/huge'] }))).toBe('demo/huge');
});

test('a model that is pinned answers the next turn too, where it may', async () => {
  const { house, model } = await market();
  const turns = (name: string) => ({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello', model: name },
      { role: 'user', content: 'And?' },
    ],
  });
  expect(await model({ ...turns('demo/large'), ...settings({ pin_model: true }) })).toBe('demo/large');
  const { route } = house.records().at(-1)!;
  const again = replay(decisionFromJson(decisionToJson(route!)), (name) => house.parts.catalog().endpoints(name));
  expect(isSamePlan(route!, again)).toBe(true);
  expect(await model({ ...turns('demo/large'), ...settings({}) })).toBe('demo/tiny');
  expect(await model({ ...turns('demo/gone'), ...settings({ pin_model: true }) })).toBe('demo/tiny');
  const excluded = settings({ pin_model: true, excluded_models: ['demo/large'] });
  expect(await model({ ...turns('demo/large'), ...excluded })).toBe('demo/tiny');
});
