import { afterEach, describe, expect, test } from 'bun:test';
import type { ApiKey } from '../../src/accounts/api-key.ts';
import type { PolicyStore } from '../../src/accounts/policy-store.ts';
import { PolicyKeeper } from '../../src/assembly/keep-policies.ts';
import { silentLog } from '../../src/base/log.ts';
import { generationDetail } from '../../src/contract/generation-log.ts';
import { routePreview, simulation } from '../../src/contract/routing.ts';
import { decisionFromJson, decisionToJson } from '../../src/routing/decision-json.ts';
import { isSamePlan, replay } from '../../src/routing/route-decision.ts';
import { answers, type ScriptCall } from '../support/scripted-provider.ts';
import { exchangeScene } from './exchange-scene.ts';
import { closeScenes } from './scene.ts';

afterEach(closeScenes);

type Any = ReturnType<typeof JSON.parse>;

/** Two providers of one model, the second three times as dear, and what was sent to them. */
async function openScene() {
  const seen: { to: string; body: Any }[] = [];
  const good = answers();
  const script = (to: string) => (call: ScriptCall) => {
    seen.push({ to, body: JSON.parse(call.request.body) });
    return good(call);
  };
  const scene = await exchangeScene({
    cheap: { script: script('cheap'), promptPico: 1_000_000n },
    dear: { script: script('dear'), promptPico: 3_000_000n },
  });
  const write = async (path: string, body: object) => {
    const response = await scene.call('PUT', `/api/x/${path}`, scene.keys.management, body);
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  };
  return {
    ...scene,
    seen,
    defaults: (provider: object, version: number, scope = 'workspace') =>
      write(`routing-defaults/${scope}`, { provider, version }),
    preset: (slug: string, config: object, more: object = {}) =>
      write(`presets/${slug}`, { config, version: 0, ...more }),
    async ask(body: object, path = '/api/v1/chat/completions', key = scene.keys.own) {
      const messages = [{ role: 'user', content: 'Hi' }];
      const response = await scene.call('POST', path, key, { model: 'demo/talker', messages, ...body });
      return { status: response.status, body: (await response.json()) as Any };
    },
  };
}

describe('a preset', () => {
  test('stands for a model, and fills up what the request leaves open', async () => {
    const { preset, ask, seen, house } = await openScene();
    const config = { model: 'demo/talker', temperature: 0.5, max_tokens: 20, provider: { only: ['dear'] } };
    await preset('writer', config, { system_prompt: 'Write well.' });
    const { status } = await ask({ model: '@preset/writer', temperature: 0 });
    expect(status).toBe(200);
    expect(seen[0]).toMatchObject({
      to: 'dear',
      body: {
        ...{ temperature: 0, max_tokens: 20 },
        messages: [
          { role: 'system', content: 'Write well.' },
          { role: 'user', content: 'Hi' },
        ],
      },
    });
    expect(seen[0]!.body).not.toHaveProperty('preset');
    const record = house.records()[0]!;
    expect(record).toMatchObject({ requestedModel: 'demo/talker' });
    expect(record.route?.features).toMatchObject({
      preset: { slug: 'writer', version: 1 },
      preferences: { only: ['dear'] },
      layers: [{ from: 'preset', version: 1, preferences: { only: ['dear'] } }],
    });
  });

  test('goes with any model, as a field or behind the name, in every format', async () => {
    const { preset, ask, seen } = await openScene();
    const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };
    await preset('cool', { temperature: 0.5, stop: 'END', tools: [tool] }, { system_prompt: 'Be cool.' });
    const asks = [
      ask({ preset: 'cool' }),
      ask({ model: 'demo/talker@preset/cool' }),
      ask({ model: 'demo/talker@preset/cool', messages: undefined, input: 'Hi' }, '/api/v1/responses'),
      ask({ preset: 'cool', max_tokens: 9 }, '/api/v1/messages'),
      ask(
        { model: undefined, messages: undefined, contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
        '/api/v1beta/models/demo/talker@preset/cool:generateContent',
      ),
    ];
    expect((await Promise.all(asks)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    for (const { body } of seen) {
      expect(body).toMatchObject({ temperature: 0.5, tools: [tool] });
      expect([body.stop].flat()).toEqual(body.stop === undefined ? [undefined] : ['END']);
      expect(body.messages[0]).toMatchObject({ role: 'system' });
      expect(JSON.stringify(body.messages[0])).toContain('Be cool.');
    }
  });

  test('leaves instructions of the request alone, and adds only tools that it does not have', async () => {
    const { preset, ask, seen } = await openScene();
    const tool = (name: string, description: string) => ({ type: 'function', function: { name, description } });
    const tools = [tool('look', 'of the preset'), tool('hear', 'of the preset')];
    await preset('agent', { tools }, { system_prompt: 'Of the preset.' });
    const messages = [
      { role: 'system', content: 'Of the request.' },
      { role: 'user', content: 'Hi' },
    ];
    await ask({ preset: 'agent', messages, tools: [tool('look', 'of the request')] });
    expect(seen[0]!.body.messages).toEqual(messages);
    expect(seen[0]!.body.tools).toEqual([tool('look', 'of the request'), tool('hear', 'of the preset')]);
  });

  test('that is not there, is switched off or names no model is refused before anybody is called', async () => {
    const { preset, ask, seen, call, keys } = await openScene();
    await preset('plain', { temperature: 1 });
    expect(await ask({ preset: 'none' })).toMatchObject({ status: 404, body: { error: { code: 404 } } });
    expect((await ask({ model: '@preset/plain' })).status).toBe(400);
    expect((await ask({ model: '@preset/plain', preset: 'other' })).status).toBe(400);
    await call('PATCH', '/api/x/presets/plain', keys.management, { status: 'disabled' });
    expect((await ask({ preset: 'plain' })).body.error.message).toContain('disabled');
    expect((await ask({ preset: 'plain' }, '/api/v1/chat/completions', keys.demo)).status).toBe(404);
    expect(seen).toEqual([]);
  });
});

describe('routing defaults', () => {
  test('route what says nothing itself, and are part of what a plan is explained and replayed by', async () => {
    const { defaults, ask, seen, house } = await openScene();
    await defaults({ only: ['dear'] }, 0);
    await ask({});
    await ask({ provider: { only: ['cheap', 'dear'] } });
    expect(seen.map(({ to }) => to)).toEqual(['dear', 'dear']);
    const { body, status } = await ask({ provider: { only: ['cheap'] } });
    expect([status, body.error.code]).toEqual([404, 404]);
    expect(body.error.message).toEndWith('also workspace, version 1 (only).');
    const route = house.records()[0]!.route!;
    expect(route.features.layers).toEqual([{ from: 'workspace', version: 1, preferences: { only: ['dear'] } }]);
    const again = decisionFromJson(decisionToJson(route));
    const endpoints = house.parts.catalog().endpoints('demo/talker');
    expect(
      isSamePlan(
        again,
        replay(again, () => endpoints),
      ),
    ).toBe(true);
  });

  test('of a key stand before those of its workspace, and a request before both', async () => {
    const { defaults, ask, seen, keys, exchange } = await openScene();
    const key = exchange.directory.authenticate(keys.own);
    await defaults({ order: ['dear'] }, 0);
    await defaults({ order: ['cheap'] }, 0, typeof key === 'string' ? '' : key.hash);
    await ask({});
    await ask({ provider: { order: ['dear'] } });
    expect(seen.map(({ to }) => to)).toEqual(['cheap', 'dear']);
  });

  test('are told with a generation, and count in a preview', async () => {
    const { defaults, preset, ask, call, keys, drain } = await openScene();
    await defaults({ ignore: ['dear'], allow_fallbacks: false }, 0);
    await preset('quick', { provider: { sort: 'price' } });
    const { body } = await ask({ preset: 'quick', provider: { zdr: false } });
    await drain();
    const shown = await call('GET', `/api/x/generations/${body.id}`, keys.own);
    expect(generationDetail.parse(await shown.json()).route).toMatchObject({
      preset: { slug: 'quick', version: 1 },
      said_by: [
        { from: 'request', version: null, fields: ['zdr'] },
        { from: 'preset', version: 1, fields: ['sort'] },
        { from: 'workspace', version: 1, fields: ['ignore', 'allow_fallbacks'] },
      ],
    });
    const plan = await call('POST', '/api/x/route/explain', keys.own, { model: 'demo/talker' });
    expect(routePreview.parse(await plan.json()).excluded).toMatchObject([{ reason_code: 'ignored_providers' }]);
  });

  test('of another replica arrive when storage is read again, and a slow reading undoes nothing', async () => {
    const { defaults, preset, house, exchange, keys } = await openScene();
    const key = exchange.directory.authenticate(keys.own) as ApiKey;
    const other = new PolicyKeeper(house.storage.policies, silentLog);
    await other.refresh();
    await defaults({ sort: 'price' }, 0);
    await preset('late', { temperature: 1 });
    expect([other.layersOf(key), other.findPreset(key.workspaceId, 'late')]).toEqual([[], undefined]);
    const slow = Promise.withResolvers<void>();
    const { policies: store } = house.storage;
    let isSlow = true;
    const slowStore = {
      presets: () => store.presets(),
      async routingDefaults() {
        const read = await store.routingDefaults();
        if (isSlow) await slow.promise;
        return read;
      },
    } as unknown as PolicyStore;
    const third = new PolicyKeeper(slowStore, silentLog);
    const early = third.refresh();
    await defaults({}, 1);
    isSlow = false;
    await third.refresh();
    slow.resolve();
    await early;
    expect(third.layersOf(key)).toEqual([]);
    await other.refresh();
    expect(other.findPreset(key.workspaceId, 'late')?.preset.designated.version).toBe(1);
  });

  test('can be tried on the past before they are saved: a request that says it otherwise does not move', async () => {
    const { ask, call, keys, drain, defaults } = await openScene();
    for (let index = 0; index < 3; index++) await ask({ model: 'demo/talker:floor' });
    await ask({ provider: { order: ['cheap'] } });
    await ask({ provider: { only: ['cheap'] } });
    await drain();
    const attempt = async (provider: object) => {
      const response = await call('POST', '/api/x/simulate', keys.own, { defaults: { provider } });
      return simulation.parse(await response.json());
    };
    expect(await attempt({ order: ['dear'] })).toMatchObject({ n: 5, changed: 0, unroutable: 0 });
    const lost = await attempt({ ignore: ['cheap'] });
    expect(lost).toMatchObject({ n: 5, changed: 4, unroutable: 1, cost_difference: '0.000128' });
    expect(lost.samples).toHaveLength(5);
    expect(lost.samples[0]).toMatchObject({ from: 'cheap', to: null, reason_codes: ['ignored_providers'] });
    await defaults({ ignore: ['cheap'] }, 0);
    await ask({});
    await drain();
    // With nothing said again, what was kept to the dear one is free.
    expect(await attempt({ sort: 'price' })).toMatchObject({ n: 6, changed: 1, cost_difference: '-0.000032' });
  });
});
