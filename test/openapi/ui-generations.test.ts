import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { meter } from '../../src/billing/meter.ts';
import { type GenerationLog, generationDetail, generationLog } from '../../src/contract/generation-log.ts';
import { DEFAULT_PREFERENCES } from '../../src/generation/preferences.ts';
import type { RouteDecision } from '../../src/routing/route-plan.ts';
import { makeRecord } from '../support/generation-records.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

const NOW = Date.UTC(2026, 10, 18, 12);

async function list(query = '', key = house.keys.inference): Promise<GenerationLog> {
  const response = await house.call('GET', `/api/x/generations${query}`, { key });
  expect(response.headers.get('cache-control')).toBe('no-store');
  return generationLog.parse(await response.json());
}
const ids = ({ data }: GenerationLog) => data.map(({ id }) => id);
const at = (id: string, ms: number, change: Partial<GenerationRecord> = {}) =>
  makeRecord(id, { createdAtMs: NOW - ms, ...change });

test('the newest are there at once, and once, whether they are stored or on their way', async () => {
  const [a, b, c] = [at('gen-a', 3), at('gen-b', 2), at('gen-c', 1)];
  await house.storage.settle([a, b]);
  house.undrained.push(b, c, at('gen-s', 0, { accountId: 'stranger' }));
  expect(ids(await list())).toEqual(['gen-c', 'gen-b', 'gen-a']);
  expect(ids(await list('', house.keys.stranger))).toEqual(['gen-s']);
});

test('pages follow each other without a gap, also across what is on its way', async () => {
  await house.storage.settle(Array.from({ length: 7 }, (_, index) => at(`gen-${index}`, 5)));
  house.undrained.push(at('gen-8', 1), at('gen-9', 1));
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await list(`?limit=2${cursor}`);
    seen.push(...ids(page));
    if (page.next_cursor === null) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  expect(seen).toEqual(['gen-9', 'gen-8', 'gen-6', 'gen-5', 'gen-4', 'gen-3', 'gen-2', 'gen-1', 'gen-0']);
});

test('filters hold for stored ones and for those on their way', async () => {
  const failure = 'provider-error' as const;
  await house.storage.settle([at('gen-1', 4, { failure }), at('gen-2', 3)]);
  house.undrained.push(at('gen-3', 2, { failure }), at('gen-4', 1, { app: { categories: [] } }));
  expect(ids(await list('?status=error'))).toEqual(['gen-3', 'gen-1']);
  expect(ids(await list('?app=none'))).toEqual(['gen-4']);
  expect(ids(await list('?q=GEN-2'))).toEqual(['gen-2']);
  expect(ids(await list('?cost_min=0.0000000012&cost_max=0.0000000012'))).toHaveLength(4);
  expect(ids(await list('?cost_min=1'))).toEqual([]);
  expect(ids(await list(`?from=${new Date(NOW - 2).toISOString()}`))).toEqual(['gen-4', 'gen-3']);
});

test.each(['?limit=0', '?limit=1000', '?cursor=abc', '?status=sad', '?from=yesterday', '?cost_min=-1', '?cursor=W10'])(
  'the question %s is refused',
  async (query) => {
    expect((await house.call('GET', `/api/x/generations${query}`, { key: house.keys.inference })).status).toBe(400);
  },
);

/** A plan of three: the first one failed, the second one answered, the third was not needed; a fourth was left out. */
function routed(): { record: GenerationRecord; endpoints: ReturnType<typeof testEndpoint>[] } {
  const price = (id: string, prompt: bigint) => ({
    price: { id: `${id}@test`, prompt, completion: 2n * prompt, source: 'test', seenAt: '2026-11-01' },
  });
  const endpoints = ['bad', 'acme', 'dear', 'away'].map((id, index) =>
    testEndpoint(id, price(id, BigInt(index + 1) * 1_000_000n)),
  );
  const health = { recentOutage: false, vetoed: false, samples: 120, uptime: 0.98765 };
  const percentiles = { p50: 210, p75: 300, p90: 400, p99: 900 };
  const route: RouteDecision = {
    policy: 'test',
    catalogVersion: 'v1',
    seed: 7,
    nowMs: NOW - 10,
    features: {
      models: ['demo/talker'],
      preferences: { ...DEFAULT_PREFERENCES, maxPricePico: { prompt: 5_000_000n } },
      parameters: ['tools'],
      inputModalities: ['text'],
      outputModalities: ['text'],
      hasTools: true,
      promptTokensEstimate: 100,
      promptTokensMax: 200,
      stream: true,
    },
    models: [{ modelId: 'demo/talker', isBundled: false, isDistillable: true, variants: [], factsKey: 'facts' }],
    connected: ['bad', 'acme', 'dear'],
    health: { 'demo/talker|acme': { ...health, latencyMs: percentiles } },
    steps: [
      { endpointId: 'demo/talker|bad', reason: 'drawn by price with 64 %' },
      { endpointId: 'demo/talker|acme', reason: 'fallback: drawn by price with 30 %' },
      { endpointId: 'demo/talker|dear', reason: 'fallback: by price' },
    ],
    rejected: [{ endpointId: 'demo/talker|away', reason: 'not_connected' }],
  };
  const base = at('gen-1', 5);
  const [attempt] = base.attempts;
  const bad = { ...attempt!, endpointId: 'demo/talker|bad', providerId: 'bad', providerName: 'Bad' };
  const record: GenerationRecord = {
    ...base,
    keyHash: house.exchange.directory.list().find((key) => key.accountId === 'home')!.hash,
    charge: meter(endpoints[1]!.price, base.usage, NOW),
    holdPico: 10n ** 12n,
    route,
    stages: [{ name: 'plan', startedMs: 0, durationMs: 0.12 }],
    attempts: [
      { ...bad, status: 429, failure: 'provider-rate-limited', failureMessage: '<b>slow</b>', durationMs: 210 },
      { ...attempt!, startedMs: 211, firstContentMs: 90 },
    ],
  };
  return { record, endpoints };
}

async function show(id: string, key = house.keys.inference) {
  const response = await house.call('GET', `/api/x/generations/${encodeURIComponent(id)}`, { key });
  return generationDetail.parse(await response.json());
}

test('one generation: every endpoint with its verdict, and what each one would have cost', async () => {
  const { record, endpoints } = routed();
  await house.storage.saveRouteFacts('facts', endpoints);
  await house.storage.settle([record]);
  const seen = await show('gen-1');
  expect(
    seen.route!.candidates.map(({ provider, verdict, place, reason_code }) => [provider, verdict, place, reason_code]),
  ).toEqual([
    ['bad', 'tried_and_failed', 1, null],
    ['acme', 'chosen', 2, null],
    ['dear', 'eligible', 3, null],
    ['away', 'excluded', null, 'not_connected'],
  ]);
  expect(seen.route!.why).toBe(
    'Acme was chosen of 3 eligible endpoints (drawn by price with 30 %); a try at Bad got 429 after 210 ms; Away was left out (it has no provider key here).',
  );
  expect(seen.route!.candidates[1]!.inputs).toEqual({
    ...{ prompt_per_million: '2', completion_per_million: '4', first_content_p50_ms: 210, tokens_per_second_p50: null },
    // 100 prompt tokens at $2 and the usual 300 of output at $4 a million.
    ...{ uptime: 98.765, n: 120, expected_cost: '0.0014' },
  });
  expect(seen.route!.preferences).toMatchObject({ maxPrice: { prompt: '0.000005' } });
  expect(seen.route!.has_facts).toBe(true);
  // 100 and 50 tokens at $3 and $6 a million, against $2 and $4.
  expect(seen.what_if).toEqual([
    {
      ...{ endpoint: 'demo/talker|dear', provider: 'dear', provider_name: 'Dear' },
      ...{ cost: '0.0006', cost_difference: '0.0002' },
      first_content_ms: { value: null, n: 0, needed: 20 },
      total_ms: { value: null, n: 0, needed: 20 },
    },
  ]);
  expect(seen.charge).toMatchObject({ list: '0.0004', charged: '0.0004', held: '1', price_id: 'acme@test' });
  expect(seen.charge.lines.map(({ what, units, unit_price, total }) => [what, units, unit_price, total])).toEqual([
    ['prompt', 100, '0.000002', '0.0002'],
    ['completion', 50, '0.000004', '0.0002'],
  ]);
  expect(seen.attempts.map((attempt) => [attempt.class, attempt.status, attempt.started_ms])).toEqual([
    ['rate-limited', 429, 1],
    ['success', 200, 211],
  ]);
  expect(seen.stages).toEqual([{ name: 'plan', start_ms: 0, duration_ms: 0.12 }]);
  expect(seen.key_name).toBe('test');
});

test('times of others come from their own traffic of that hour', async () => {
  const { record, endpoints } = routed();
  await house.storage.saveRouteFacts('facts', endpoints);
  const dear = { endpointId: 'demo/talker|dear', providerId: 'dear', firstContentMs: 300 };
  const others = Array.from({ length: 20 }, (_, index) => {
    const base = at(`gen-dear-${index}`, 5, { endpointId: dear.endpointId, providerId: 'dear', generationMs: 1_000 });
    return { ...base, attempts: [{ ...base.attempts[0]!, ...dear }] };
  });
  await house.storage.settle([record, ...others]);
  const [whatIf] = (await show('gen-1')).what_if;
  expect(whatIf!.first_content_ms.n).toBe(20);
  expect(Math.abs(whatIf!.first_content_ms.value! / 300 - 1)).toBeLessThan(0.041);
  // 50 tokens at 50 a second.
  expect(Math.abs(whatIf!.total_ms.value! / 1_000 - 1)).toBeLessThan(0.041);
});

test('without the facts of its time the route still says what was decided', async () => {
  const { record } = routed();
  house.undrained.push(record);
  const seen = await show('gen-1');
  expect(seen.route!.has_facts).toBe(false);
  expect(seen.route!.candidates.map(({ verdict }) => verdict)).toEqual([
    'tried_and_failed',
    'chosen',
    'eligible',
    'excluded',
  ]);
});

test('a generation without a plan, and one that nobody answered, can be shown', async () => {
  const { modelId: _, providerId: __, endpointId: ___, ...bare } = at('gen-2', 5, { failure: 'provider-error' });
  await house.storage.settle([at('gen-3', 5), { ...bare, attempts: [] }]);
  expect((await show('gen-3')).route).toBeNull();
  expect(await show('gen-2')).toMatchObject({ model: null, status: 'error', attempts: [], what_if: [] });
});

test('a generation of another account reads like one that never was', async () => {
  await house.storage.settle([at('gen-1', 5)]);
  house.undrained.push(at('gen-2', 5));
  const answers = new Set<string>();
  for (const id of ['gen-1', 'gen-2', 'gen-none', '%00', "' OR 1=1--"]) {
    const path = `/api/x/generations/${encodeURIComponent(id)}`;
    const response = await house.call('GET', path, { key: house.keys.stranger });
    answers.add(`${response.status} ${await response.text()}`);
  }
  expect(answers.size).toBe(1);
  expect([...answers][0]).toStartWith('404');
});
