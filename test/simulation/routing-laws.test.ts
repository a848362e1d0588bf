import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import type { RoutingPreferences } from '../../src/generation/preferences.ts';
import type { RequestFeatures } from '../../src/generation/request.ts';
import { decisionFromJson, decisionToJson } from '../../src/routing/decision-json.ts';
import type { EngineState } from '../../src/routing/engine-state.ts';
import type { EndpointHealth } from '../../src/routing/health-numbers.ts';
import { planRoute } from '../../src/routing/plan.ts';
import { renderDecision } from '../../src/routing/render-decision.ts';
import { isSamePlan, recordDecision, replay } from '../../src/routing/route-decision.ts';
import type { RouteInputs } from '../../src/routing/route-plan.ts';
import { makeEndpoint, makeInputs, makePrice, NOW_MS, steady } from './routing-world.ts';

const PROVIDERS = ['alpha', 'beta', 'gamma', 'delta'];
const QUANTIZATIONS = ['fp4', 'mxfp4', 'fp8', 'mxfp8', 'bf16', 'unknown'] as const;
const PARAMETERS = ['temperature', 'seed', 'tools', 'response_format', 'verbosity', 'top_k'];
const MODELS = ['a/one', 'a/two', 'b/three'];

/** Undefined fields are left out, as exact optional properties want it. */
function sometimes<T extends object>(
  shape: {
    [K in keyof T]?: fc.Arbitrary<Exclude<T[K], undefined>>;
  },
): fc.Arbitrary<Partial<T>> {
  return fc.record(shape as Record<string, fc.Arbitrary<unknown>>, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

/** One time in eight: with everything forbidden nothing would be left to look at. */
const seldom = <T>(rare: T, usual: T) => fc.integer({ min: 0, max: 7 }).map((draw) => (draw === 0 ? rare : usual));

const TIERS: Readonly<Record<string, Partial<Endpoint>>> = {
  '/flex': { serviceTier: 'flex' },
  '/priority': { serviceTier: 'priority' },
};

const price = fc
  .integer({ min: 0, max: 5 })
  .chain((usd) =>
    fc
      .record({ perRequest: fc.constantFrom(0n, 5n), perImage: fc.constantFrom(0n, 5n) })
      .map((more) => makePrice(usd, more)),
  );

const endpointFacts = sometimes<Endpoint>({
  quantization: fc.constantFrom(...QUANTIZATIONS),
  contextTokensMax: fc.constantFrom(500, 2000, 100_000, 100_000, 100_000),
  promptTokensMax: fc.constantFrom(100, 5000, 5000, 5000),
  outputTokensMax: fc.constantFrom(10, 1000, 1000, 1000),
  supportedParameters: fc.subarray(PARAMETERS),
  inputModalities: fc.constantFrom(['text'], ['text', 'image'], ['image']),
  outputModalities: fc.constantFrom(['text'], ['text', 'image'], ['image']),
  price,
  trainsOnPrompts: fc.boolean(),
  zeroDataRetention: fc.boolean(),
  status: seldom('retired', 'active'),
  isLocal: fc.boolean(),
  engine: fc.record({ parallel: fc.constant(4), reuses: fc.constantFrom('prefix', 'chat') }),
});

const endpoints = (modelId: string) =>
  fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...PROVIDERS), fc.constantFrom('', '/x', '/y', '/flex', '/priority'), endpointFacts)
      .map(([provider, suffix, facts]) =>
        withPolicy(makeEndpoint(provider + suffix, { ...facts, ...TIERS[suffix], modelId }), facts),
      ),
    { selector: ({ id }) => id, maxLength: 8 },
  );

/** The maker promises a good data policy unless told; here silence must stay silence. */
function withPolicy(endpoint: Endpoint, facts: Partial<Endpoint>): Endpoint {
  const { trainsOnPrompts, zeroDataRetention, ...rest } = endpoint;
  return {
    ...rest,
    ...(facts.trainsOnPrompts !== undefined && { trainsOnPrompts: facts.trainsOnPrompts }),
    ...(facts.zeroDataRetention !== undefined && { zeroDataRetention: facts.zeroDataRetention }),
  };
}

const models = fc.uniqueArray(fc.constantFrom(...MODELS), { minLength: 1 }).chain((ids) =>
  fc.tuple(
    ...ids.map((modelId) =>
      fc.record({
        modelId: fc.constant(modelId),
        isBundled: seldom(true, false),
        isDistillable: fc.boolean(),
        variants: fc.subarray(['nitro', 'floor', 'exacto', 'online'] as const, { maxLength: 1 }),
        endpoints: endpoints(modelId),
      }),
    ),
  ),
);

const slugs = fc.array(fc.constantFrom(...PROVIDERS, 'alpha/x', 'BETA/Y', 'Gamma', 'nobody'), {
  minLength: 1,
  maxLength: 3,
});
const picos = fc.constantFrom(0n, 1_000_000n, 3_000_000n);
const cutoffs = sometimes<{ p50: number; p99: number }>({ p50: fc.nat(100), p99: fc.nat(100) });
const preferences = sometimes<RoutingPreferences>({
  order: slugs,
  only: slugs,
  ignore: slugs,
  allowFallbacks: fc.boolean(),
  requireParameters: fc.boolean(),
  dataCollection: fc.constantFrom('allow', 'deny'),
  zdr: fc.boolean(),
  enforceDistillableText: fc.boolean(),
  quantizations: fc.subarray([...QUANTIZATIONS], { minLength: 1 }),
  sort: fc.record({
    by: fc.constantFrom('price', 'throughput', 'latency', 'exacto'),
    partition: fc.constantFrom('model', 'none'),
  }),
  maxPricePico: sometimes({ prompt: picos, completion: picos, request: fc.constant(1n), image: fc.constant(1n) }),
  minThroughput: cutoffs,
  maxLatencySeconds: cutoffs,
});
const features = sometimes<RequestFeatures>({
  parameters: fc.subarray(PARAMETERS),
  inputModalities: seldom(['text', 'image'] as const, ['text'] as const),
  outputModalities: seldom(['image'], ['text']),
  hasTools: fc.boolean(),
  promptTokensEstimate: fc.constantFrom(0, 50, 1000, 4000),
  outputTokensMax: fc.constantFrom(1, 100, 1000),
  serviceTier: fc.constantFrom('auto', 'default', 'fast', 'flex', 'priority', 'scale'),
});
const health = sometimes<EndpointHealth>({
  uptime: fc.double({ min: 0, max: 1, noNaN: true }),
  gatedUntilMs: fc.integer({ min: NOW_MS - 10, max: NOW_MS + 10_000 }),
  latencyMs: fc.nat(100_000).map(steady),
  throughput: fc.nat(200).map(steady),
  vetoed: seldom(true, false),
  recentOutage: fc.boolean(),
}).map((facts) => ({ recentOutage: false, vetoed: false, samples: 200, ...facts }));

const engine: fc.Arbitrary<EngineState> = fc
  .record({
    running: fc.nat(4),
    waiting: fc.nat(2),
    backlogTokens: fc.nat(5000),
    kvUse: fc.constantFrom(0, 0.4, 0.95),
    cached: fc.constantFrom(0, 0.25, 0.75, 1),
    hasSession: fc.boolean(),
    isCold: fc.boolean(),
    isUnread: fc.boolean(),
  })
  .map(({ kvUse, isUnread, ...facts }) => ({
    parallel: 4,
    ...(kvUse > 0 && !isUnread && { kvUse }),
    ...(isUnread && { isUnread }),
    ...facts,
  }));

const inputs: fc.Arbitrary<RouteInputs> = fc
  .record({
    models,
    // Few wishes at a time, for the same reason.
    preferences: preferences.chain((all) =>
      fc.shuffledSubarray(Object.keys(all)).map((keys) => pick(all, keys.slice(0, 3))),
    ),
    features,
    health: fc.dictionary(fc.constantFrom(...PROVIDERS.flatMap((name) => [name, `${name}/x`, `${name}/y`])), health),
    // Now and then nobody watches one of them.
    engines: fc.dictionary(fc.constantFrom(...PROVIDERS.flatMap((name) => [name, `${name}/x`, `${name}/y`])), engine, {
      minKeys: 6,
    }),
    connected: fc.subarray(PROVIDERS, { minLength: 2 }).map((names) => new Set(names)),
    seed: fc.nat(),
  })
  .map((world) => makeInputs(world));

function pick<T extends object>(all: T, keys: readonly string[]): Partial<T> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))) as Partial<T>;
}

const RUNS = { numRuns: 1500 };

test('every endpoint of every model is a step or a rejection, exactly once', () => {
  fc.assert(
    fc.property(inputs, (given) => {
      const plan = planRoute(given);
      const placed = [...plan.steps, ...plan.rejected].map(({ endpoint }) => endpoint.id).sort();
      expect(placed).toEqual(given.models.flatMap((model) => model.endpoints.map(({ id }) => id)).sort());
    }),
    RUNS,
  );
});

test('a decision that went through JSON replays to the same plan, with the health of its own time', () => {
  fc.assert(
    fc.property(inputs, (given) => {
      const plan = planRoute(given);
      const recorded = recordDecision(plan, (modelId) => `facts of ${modelId}`);
      const decision = decisionFromJson(JSON.parse(JSON.stringify(decisionToJson(recorded))));
      expect(decision).toEqual(recorded);
      const again = replay(
        decision,
        (key) => given.models.find(({ modelId }) => key === `facts of ${modelId}`)!.endpoints,
      );
      expect(again.steps).toEqual(plan.steps);
      expect(again.rejected).toEqual(plan.rejected);
      expect(isSamePlan(decision, again)).toBe(true);
    }),
    RUNS,
  );
});

test('engines change places only with each other, and only where price and standing are the same', () => {
  fc.assert(
    fc.property(inputs, (given) => {
      const placeOf = ({ endpoint }: { readonly endpoint: Endpoint }) =>
        endpoint.engine ? `engine of ${endpoint.modelId} at ${endpoint.price.prompt}` : endpoint.id;
      const watched = planRoute(given).steps;
      const unwatched = planRoute({ ...given, engine: () => undefined }).steps;
      expect(watched.map(placeOf)).toEqual(unwatched.map(placeOf));
    }),
    RUNS,
  );
});

test('no engine stands before a like one that is better in every figure', () => {
  fc.assert(
    fc.property(fc.array(engine, { minLength: 2, maxLength: 6 }), fc.nat(), (states, seed) => {
      const better = { ...states[0]!, waiting: 0, backlogTokens: 0, running: 0, kvUse: 0.1, isCold: false, cached: 1 };
      const worse = { ...better, running: 4, cached: 0 };
      const known = { a: worse, b: better, ...Object.fromEntries(states.slice(2).map((state, i) => [`c${i}`, state])) };
      const endpoints = Object.keys(known).map((tag) =>
        makeEndpoint(tag, { price: makePrice(0), isLocal: true, engine: { parallel: 4, reuses: 'prefix' } }),
      );
      const order = planRoute(makeInputs({ endpoints, engines: known, seed })).steps.map(
        ({ endpoint }) => endpoint.tag,
      );
      expect(order.indexOf('b')).toBeLessThan(order.indexOf('a'));
    }),
    RUNS,
  );
});

test('allow_fallbacks off leaves the step that would have been first, or those that order lists, in their order', () => {
  fc.assert(
    fc.property(inputs, (given) => {
      const withFallbacks = (allowFallbacks: boolean) => {
        const preferences = { ...given.features.preferences, allowFallbacks };
        return planRoute({ ...given, features: { ...given.features, preferences } });
      };
      const { order } = given.features.preferences;
      const isListed = ({ endpoint }: { endpoint: Endpoint }): boolean =>
        [endpoint.tag, endpoint.providerId, endpoint.providerName].some((name) =>
          order?.some((slug) => slug.toLowerCase() === name.toLowerCase()),
        );
      const all = withFallbacks(true).steps;
      const expected = order && order.length > 0 ? all.filter(isListed) : all.slice(0, 1);
      const left = withFallbacks(false).steps.map(({ endpoint }) => endpoint.id);
      expect(left).toEqual(expected.map(({ endpoint }) => endpoint.id));
    }),
    RUNS,
  );
});

test('no step breaks what the caller forbade, but for an estimate by which else nobody could serve', () => {
  const half = (given: RouteInputs): RouteInputs => ({
    ...given,
    features: { ...given.features, promptTokensEstimate: given.features.promptTokensEstimate / 2 },
  });
  fc.assert(
    fc.property(inputs, (given) => {
      const broken = planRoute(given).steps.map(({ endpoint }) => forbidden(endpoint, given));
      const isDaring = broken.length > 0 && broken.every((codes) => codes.join() === 'context_length');
      if (!isDaring) expect(broken.flat()).toEqual([]);
      else for (const { endpoint } of planRoute(given).steps) expect(forbidden(endpoint, half(given))).toEqual([]);
    }),
    RUNS,
  );
});

test('what the caller forbade is the only reason to refuse an endpoint', () => {
  fc.assert(
    fc.property(inputs, (given) => {
      for (const { endpoint, reason } of planRoute(given).rejected) {
        if (reason === 'no_fallbacks' || reason === 'service_tier') continue;
        expect(forbidden(endpoint, given)).toContain(reason);
      }
    }),
    RUNS,
  );
});

test('health changes the order and never who takes part, except for a refused key', () => {
  fc.assert(
    fc.property(inputs, (given) => {
      const healthy = planRoute({
        ...given,
        health: (id) => ({ recentOutage: false, samples: 0, vetoed: given.health(id).vetoed }),
      });
      expect(planRoute(given).steps.length).toBe(healthy.steps.length);
    }),
    RUNS,
  );
});

test('any decision renders in at most 100 columns of printable text', () => {
  fc.assert(
    fc.property(inputs, fc.string(), (given, slug) => {
      const plan = planRoute({ ...given, features: { ...given.features, models: [slug, '\u001b[31m'] } });
      const decision = recordDecision(plan, (modelId) => modelId);
      const text = renderDecision(
        decision,
        given.models.flatMap((model) => model.endpoints),
      );
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }),
    { numRuns: 300 },
  );
});

/** What an endpoint would break, written without looking at the filters. Service tiers have tests of their own. */
function forbidden(endpoint: Endpoint, { features, models, connected, health }: RouteInputs): readonly string[] {
  const wish = features.preferences;
  const model = models.find(({ modelId }) => modelId === endpoint.modelId)!;
  const named = (list: readonly string[] | undefined) =>
    list?.map((slug) => slug.toLowerCase()).some((slug) => slug === endpoint.providerId || slug === endpoint.tag);
  const same: Readonly<Record<string, string>> = { mxfp4: 'fp4', nvfp4: 'fp4', mxfp8: 'fp8' };
  const most = wish.maxPricePico;
  const checks: readonly (readonly [string, boolean])[] = [
    ['bundled', model.isBundled && model !== models[0]],
    ['retired', endpoint.status === 'retired'],
    ['not_connected', !connected.has(endpoint.providerId)],
    ['key_refused', health(endpoint.id).vetoed],
    ['allowed_providers', named(wish.only) === false],
    ['ignored_providers', named(wish.ignore) === true],
    ['data_policy:training', wish.dataCollection === 'deny' && (endpoint.trainsOnPrompts ?? true)],
    ['data_policy:zdr', wish.zdr && !(endpoint.zeroDataRetention ?? false)],
    ['distillable', wish.enforceDistillableText && !model.isDistillable],
    [
      'quantization',
      wish.quantizations !== undefined &&
        !wish.quantizations.some((one) => one === endpoint.quantization || one === same[endpoint.quantization]),
    ],
    [
      'max_price',
      endpoint.price.prompt > (most?.prompt ?? 10n ** 12n) ||
        endpoint.price.completion > (most?.completion ?? 10n ** 12n) ||
        (endpoint.price.perRequest ?? 0n) > (most?.request ?? 10n ** 12n) ||
        (endpoint.price.perImage ?? 0n) > (most?.image ?? 10n ** 12n),
    ],
    [
      'context_length',
      endpoint.contextTokensMax - (features.outputTokensMax ?? 0) < features.promptTokensEstimate ||
        (endpoint.promptTokensMax ?? 1e9) < features.promptTokensEstimate,
    ],
    ['max_tokens', (endpoint.outputTokensMax ?? 1e9) < (features.outputTokensMax ?? 0)],
    ['input_modality', features.inputModalities.some((one) => !endpoint.inputModalities.includes(one))],
    ['output_modality', features.outputModalities.some((one) => !endpoint.outputModalities.includes(one))],
    [
      'require_parameters',
      wish.requireParameters && features.parameters.some((one) => !endpoint.supportedParameters.includes(one)),
    ],
  ];
  return checks.filter(([, isBroken]) => isBroken).map(([name]) => name);
}
