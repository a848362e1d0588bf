import { expect, test } from 'bun:test';
import {
  makeEndpoint,
  makeHealth,
  makeInputs,
  makePrice,
  NOW_MS,
  steady,
  tags,
} from '../../test/simulation/routing-world.ts';
import { decisionFromJson, decisionToJson } from './decision-json.ts';
import { planRoute } from './plan.ts';
import { renderDecision } from './render-decision.ts';
import { isSamePlan, recordDecision, replay } from './route-decision.ts';

const endpoints = [
  makeEndpoint('cheap/fp8', { price: makePrice(0.08, { completion: 300_000n }), contextTokensMax: 327_680 }),
  makeEndpoint('dear', { price: makePrice(5), contextTokensMax: 10_000_000, quantization: 'bf16' }),
  makeEndpoint('down', { price: makePrice(1), contextTokensMax: 8192 }),
  makeEndpoint('old', { status: 'retired' }),
  makeEndpoint('keyless'),
  makeEndpoint('steep', { price: makePrice(50) }),
];
const plan = planRoute(
  makeInputs({
    endpoints,
    connected: new Set(['cheap', 'dear', 'down', 'old', 'steep', 'unrelated']),
    health: {
      'cheap/fp8': makeHealth({ uptime: 0.998, latencyMs: steady(420), throughput: steady(61.3) }),
      down: makeHealth({ recentOutage: true, gatedUntilMs: NOW_MS + 5000 }),
    },
    preferences: { maxPricePico: { prompt: 10_000_000n } },
    features: { parameters: ['tools', 'temperature'], hasTools: true, outputTokensMax: 500 },
    seed: 7,
  }),
);
const decision = recordDecision(plan, (modelId) => `v1/${modelId}`);

test('a decision keeps only what its own endpoints need', () => {
  expect(decision.connected.toSorted()).toEqual(['cheap', 'dear', 'down', 'steep']);
  expect(Object.keys(decision.health)).toEqual(['author/model|cheap/fp8', 'author/model|down']);
  expect(decision.models).toEqual([
    { modelId: 'author/model', isBundled: false, isDistillable: true, variants: [], factsKey: 'v1/author/model' },
  ]);
});

test('JSON carries it there and back, prices included', () => {
  const text = JSON.stringify(decisionToJson(decision));
  expect(text).toContain('"maxPricePico":{"prompt":"10000000"}');
  expect(decisionFromJson(JSON.parse(text))).toEqual(decision);
});

test('JSON that is no decision is refused', () => {
  expect(() => decisionFromJson({ ...decisionToJson(decision), seed: 'x' })).toThrow();
  expect(() =>
    decisionFromJson({ ...decisionToJson(decision), rejected: [{ endpointId: 'a', reason: 'mood' }] }),
  ).toThrow();
  expect(() => decisionFromJson(undefined)).toThrow();
});

test('a replay against other facts is another plan, and is told apart', () => {
  expect(
    isSamePlan(
      decision,
      replay(decision, () => endpoints),
    ),
  ).toBe(true);
  const cheaper = endpoints.map((endpoint) =>
    endpoint.tag === 'dear' ? { ...endpoint, price: makePrice(0) } : endpoint,
  );
  const whatIf = replay(decision, () => cheaper);
  expect(tags(whatIf)[0]).toBe('dear');
  expect(isSamePlan(decision, whatIf)).toBe(false);
});

test('it reads as a table', () => {
  expect(`\n${renderDecision(decision, endpoints)}\n`).toBe(`
Route for author/model
at 2026-11-18T11:06:40.000Z
policy documented, catalogue v1, seed 7
about 1000 prompt tokens, at most 500 output tokens, with tools, temperature

   endpoint         $/M in/out  context  quant  health
1  cheap/fp8 model  0.08/0.3    328k     fp8    99.8% 420ms 61t/s
   drawn by price with > 99 %
2  dear model       5/5         10M      bf16   unknown
   fallback: by price
3  down model       1/1         8192     fp8    outage gated
   fallback: by price; rate limited for 5 s

Not used:
endpoint       because it
old model      is retired
keyless model  has no provider key here
steep model    costs more than provider.max_price
`);
});

test('an endpoint that left the catalogue is named without figures', () => {
  const text = renderDecision(decision, []);
  expect(text).toContain('1  cheap/fp8 model  ?           ?        ?      99.8% 420ms 61t/s');
});

test('a request that nobody could serve says so', () => {
  const empty = planRoute(makeInputs({ endpoints, connected: new Set() }));
  expect(renderDecision(recordDecision(empty, String), endpoints)).toContain('No endpoint could serve.');
});
