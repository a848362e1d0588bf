import { describe, expect, test } from 'bun:test';
import {
  makeEndpoint,
  makeHealth,
  makeInputs,
  makeModel,
  makePrice,
  NOW_MS,
  refusals,
  steady,
  tags,
  type World,
} from '../../test/simulation/routing-world.ts';
import { findGateEndMs, planRoute } from './plan.ts';

const at = (tag: string, usdPerMillion: number, facts = {}) =>
  makeEndpoint(tag, { price: makePrice(usdPerMillion), ...facts });
const order = (world: World) => tags(planRoute(makeInputs(world)));
const outage = makeHealth({ recentOutage: true });
const uptime = (share: number) => makeHealth({ uptime: share });
const speed = (tokensPerSecond: number) => makeHealth({ throughput: steady(tokensPerSecond) });
const latency = (milliseconds: number) => makeHealth({ latencyMs: steady(milliseconds) });

describe('the default order', () => {
  test('puts stable before degraded before unstable before down, whatever the price', () => {
    const world = {
      endpoints: [at('down', 1), at('gated', 1), at('degraded', 1), at('stable', 1000)],
      health: {
        down: uptime(0.79),
        gated: makeHealth({ gatedUntilMs: NOW_MS + 1 }),
        degraded: uptime(0.94),
        stable: uptime(0.95),
      },
    };
    expect(order(world)).toEqual(['stable', 'degraded', 'gated', 'down']);
  });

  test('calls 80 % degraded and less than that down', () => {
    const world = { endpoints: [at('at-80', 9), at('below-80', 1)] };
    expect(order({ ...world, health: { 'at-80': uptime(0.8), 'below-80': uptime(0.7999) } })[0]).toBe('at-80');
    expect(order({ ...world, health: { 'at-80': uptime(0.8), 'below-80': outage } })[0]).toBe('at-80');
  });

  test('forgets a gate that is over', () => {
    const world = {
      endpoints: [at('dear', 1000), at('was-gated', 1)],
      health: { 'was-gated': makeHealth({ gatedUntilMs: NOW_MS }) },
    };
    expect(order(world)).toEqual(['was-gated', 'dear']);
  });

  test('begins with what runs on this machine, then with what costs nothing', () => {
    const world = { endpoints: [at('cheap', 0.01), at('free', 0), at('local', 0, { isLocal: true })] };
    for (let seed = 0; seed < 50; seed++) expect(order({ ...world, seed })).toEqual(['local', 'free', 'cheap']);
  });

  test('keeps a free endpoint in an outage behind a stable one that costs', () => {
    expect(order({ endpoints: [at('free', 0), at('paid', 5)], health: { free: outage } })).toEqual(['paid', 'free']);
  });

  test('weighs the prices by this request: a dear prompt matters less when the prompt is short', () => {
    const dearPrompt = makeEndpoint('prompt', { price: makePrice(1, { prompt: 100_000_000n }) });
    const dearAnswer = makeEndpoint('answer', { price: makePrice(1, { completion: 100_000_000n }) });
    const world = { endpoints: [dearPrompt, dearAnswer] };
    expect(order({ ...world, features: { promptTokensEstimate: 100_000 } })).toEqual(['answer', 'prompt']);
    expect(order({ ...world, features: { promptTokensEstimate: 1 } })).toEqual(['prompt', 'answer']);
  });

  test('prefers endpoints that honour tools, even dearer and degraded ones', () => {
    const world = {
      endpoints: [at('plain', 0.01, { supportedParameters: [] }), at('tools', 10)],
      features: { parameters: ['tools'], hasTools: true },
      health: { tools: uptime(0.9) },
    };
    expect(order(world)).toEqual(['tools', 'plain']);
    expect(planRoute(makeInputs(world)).steps[1]!.reason).toContain('lacks tools');
  });

  test('cares about response_format and verbosity and not about seed', () => {
    const world = { endpoints: [at('plain', 0.001, { supportedParameters: [] }), at('able', 100, ABLE)] };
    expect(order({ ...world, features: { parameters: ['response_format'] } })).toEqual(['able', 'plain']);
    expect(order({ ...world, features: { parameters: ['verbosity'] } })).toEqual(['able', 'plain']);
    expect(order({ ...world, features: { parameters: ['seed'] } })).toEqual(['plain', 'able']);
  });
});

const ABLE = { supportedParameters: ['structured_outputs', 'verbosity', 'seed'] };

describe('provider.order', () => {
  test('is literal, then come the others cheapest first', () => {
    const world = {
      endpoints: [at('a', 3), at('b', 2), at('c', 9), at('d', 1)],
      preferences: { order: ['c', 'a'] },
      health: { c: outage },
    };
    for (let seed = 0; seed < 20; seed++) expect(order({ ...world, seed })).toEqual(['c', 'a', 'd', 'b']);
  });

  test('passes over a provider that does not offer the model', () => {
    expect(order({ endpoints: [at('a', 1), at('b', 2)], preferences: { order: ['nobody', 'b'] } })).toEqual(['b', 'a']);
  });

  test('takes all regions of a base slug together, cheapest first', () => {
    const endpoints = [at('b', 1), at('a/us', 3), at('a/eu', 2)];
    expect(order({ endpoints, preferences: { order: ['a'] } })).toEqual(['a/eu', 'a/us', 'b']);
  });

  test('admits a tier that it names in full and puts it first', () => {
    const endpoints = [at('a', 1), at('a/priority', 5, { serviceTier: 'priority' })];
    expect(order({ endpoints, preferences: { order: ['a/priority'] } })).toEqual(['a/priority', 'a']);
  });

  test('with allow_fallbacks off leaves one step and says why the others are out', () => {
    const plan = planRoute(
      makeInputs({
        endpoints: [at('a', 1), at('b', 2), at('c', 3)],
        preferences: { order: ['nobody', 'b'], allowFallbacks: false },
      }),
    );
    expect(tags(plan)).toEqual(['b']);
    expect(refusals(plan)).toEqual(['a: no_fallbacks', 'c: no_fallbacks']);
  });
});

describe('sort', () => {
  const endpoints = [at('a', 3), at('b', 1), at('c', 2)];

  test('by price is strict', () => {
    const world = { endpoints, preferences: { sort: { by: 'price', partition: 'model' } } } as const;
    for (let seed = 0; seed < 20; seed++) expect(order({ ...world, seed })).toEqual(['b', 'c', 'a']);
  });

  test('by throughput takes the fastest, then those without figures', () => {
    const world = { endpoints, preferences: { sort: { by: 'throughput', partition: 'model' } } } as const;
    expect(order({ ...world, health: { a: speed(10), c: speed(99) } })).toEqual(['c', 'a', 'b']);
  });

  test('by latency takes the quickest, then those without figures', () => {
    const world = { endpoints, preferences: { sort: { by: 'latency', partition: 'model' } } } as const;
    expect(order({ ...world, health: { a: latency(100), c: latency(900) } })).toEqual(['a', 'c', 'b']);
  });

  test('still puts an endpoint in an outage last, and leaves a degraded one in its place', () => {
    const world = { endpoints, preferences: { sort: { by: 'price', partition: 'model' } } } as const;
    expect(order({ ...world, health: { b: outage } })).toEqual(['c', 'a', 'b']);
    expect(order({ ...world, health: { b: uptime(0.9) } })).toEqual(['b', 'c', 'a']);
  });

  test('by exacto puts the much slower last and the unknown between', () => {
    const all = [at('slow', 1), at('unknown', 2), ...[3, 4, 5, 6].map((price) => at(`good-${price}`, price))];
    const health = {
      slow: speed(5),
      'good-3': speed(100),
      'good-4': speed(110),
      'good-5': speed(95),
      'good-6': speed(105),
    };
    const sorted = ['good-3', 'good-4', 'good-5', 'good-6', 'unknown', 'slow'];
    expect(order({ endpoints: all, health, variants: ['exacto'] })).toEqual(sorted);
    expect(order({ endpoints: all, health, preferences: { sort: { by: 'exacto', partition: 'model' } } })).toEqual(
      sorted,
    );
  });

  test('by exacto calls nobody slow among fewer than four', () => {
    const health = { a: speed(100), b: speed(1), c: speed(100) };
    expect(order({ endpoints, health, variants: ['exacto'] })).toEqual(['b', 'c', 'a']);
  });

  test('in the request outranks the variant of the slug', () => {
    const world = {
      endpoints,
      variants: ['nitro'],
      preferences: { sort: { by: 'price', partition: 'model' } },
    } as const;
    expect(order({ ...world, health: { a: speed(500), b: speed(1) } })).toEqual(['b', 'c', 'a']);
  });
});

describe('variants and tiers', () => {
  const endpoints = [at('a', 2), at('b', 1), at('c/priority', 9, { serviceTier: 'priority' })];

  test(':nitro sorts by throughput, priority endpoints among the others', () => {
    const health = { a: speed(80), b: speed(20), 'c/priority': speed(50) };
    expect(order({ endpoints, variants: ['nitro'], health })).toEqual(['a', 'c/priority', 'b']);
  });

  test(':floor sorts by price, flex endpoints among the others', () => {
    const flex = at('d/flex', 1.5, { serviceTier: 'flex' });
    expect(order({ endpoints: [...endpoints, flex], variants: ['floor'] })).toEqual(['b', 'd/flex', 'a']);
  });

  test('the priority tier goes first when asked for, each group by throughput', () => {
    const health = { a: speed(80), b: speed(90), 'c/priority': speed(50) };
    expect(order({ endpoints, features: { serviceTier: 'priority' }, health })).toEqual(['c/priority', 'b', 'a']);
  });

  test(':online changes nothing in the route', () => {
    expect(order({ endpoints, variants: ['online'], seed: 5 })).toEqual(order({ endpoints, seed: 5 }));
  });
});

describe('preferred cut-offs', () => {
  const endpoints = [at('a', 1), at('b', 1000)];

  test('move a slow endpoint behind the others without refusing it', () => {
    expect(order({ endpoints, preferences: { minThroughput: { p50: 50 } }, health: { a: speed(49) } })).toEqual([
      'b',
      'a',
    ]);
    expect(order({ endpoints, preferences: { maxLatencySeconds: { p90: 2 } }, health: { a: latency(2001) } })).toEqual([
      'b',
      'a',
    ]);
  });

  test('are met by the figure itself and by an endpoint without figures', () => {
    const preferences = { minThroughput: { p50: 50 }, maxLatencySeconds: { p50: 2 } };
    expect(order({ endpoints, preferences })).toEqual(['a', 'b']);
    expect(
      order({
        endpoints,
        preferences,
        health: { a: makeHealth({ throughput: steady(50), latencyMs: steady(2000) }) },
      }),
    ).toEqual(['a', 'b']);
  });

  test('must all hold, each against its own percentile', () => {
    const throughput = { p50: 100, p75: 80, p90: 60, p99: 1 };
    const health = { a: makeHealth({ throughput }) };
    expect(order({ endpoints, preferences: { minThroughput: { p50: 100, p90: 60 } }, health })).toEqual(['a', 'b']);
    expect(order({ endpoints, preferences: { minThroughput: { p50: 1, p99: 2 } }, health })).toEqual(['b', 'a']);
  });

  test('hold against an order as well', () => {
    const preferences = { order: ['a'], minThroughput: { p50: 50 } };
    expect(order({ endpoints, preferences, health: { a: speed(1) } })).toEqual(['b', 'a']);
  });

  test('rather take a slow endpoint than one in an outage', () => {
    const preferences = { minThroughput: { p50: 50 } };
    expect(order({ endpoints, preferences, health: { a: outage, b: speed(1) } })).toEqual(['b', 'a']);
  });
});

describe('several models', () => {
  const dear = makeModel([at('a', 9), at('b', 8)]);
  const cheap = makeModel([at('c', 1, { modelId: 'author/other' }), at('d', 8.5, { modelId: 'author/other' })]);
  const sort = { by: 'price', partition: 'model' } as const;

  test('come one after the other, all endpoints of the first before the second', () => {
    expect(order({ models: [dear, cheap], preferences: { sort } })).toEqual(['b', 'a', 'c', 'd']);
  });

  test('make one pool with partition none', () => {
    const preferences = { sort: { by: 'price', partition: 'none' } } as const;
    expect(order({ models: [dear, cheap], preferences })).toEqual(['c', 'b', 'd', 'a']);
  });

  test('leave one step with allow_fallbacks off', () => {
    const plan = planRoute(makeInputs({ models: [dear, cheap], preferences: { sort, allowFallbacks: false } }));
    expect(tags(plan)).toEqual(['b']);
    expect(plan.rejected).toHaveLength(3);
  });

  test('count once when one is listed twice', () => {
    expect(order({ models: [dear, cheap, dear], preferences: { sort } })).toEqual(['b', 'a', 'c', 'd']);
  });
});

describe('a prompt that by our estimate is too long for all', () => {
  const endpoints = [makeEndpoint('a', { contextTokensMax: 800 }), makeEndpoint('b', { contextTokensMax: 400 })];
  const features = { promptTokensEstimate: 1_000, outputTokensMax: 100 };
  const tell = (world: World) => {
    const { steps, rejected } = planRoute(makeInputs(world));
    return [
      steps.map(({ endpoint, reason }) => `${endpoint.id.split('|')[1]}: ${/estimate.*/.exec(reason)?.[0] ?? 'sure'}`),
      rejected.map(({ endpoint, reason }) => `${endpoint.id.split('|')[1]}: ${reason}`),
    ];
  };

  test('goes to those that hold half of it, and says so', () => {
    expect(tell({ endpoints, features })).toEqual([
      ['a: estimate of 1000 prompt tokens, which may be too high'],
      ['b: context_length'],
    ]);
  });

  test('goes nowhere else where one surely holds it', () => {
    const sure = makeEndpoint('c', { contextTokensMax: 1_100 });
    expect(tell({ endpoints: [...endpoints, sure], features })).toEqual([
      ['c: sure'],
      ['a: context_length', 'b: context_length'],
    ]);
  });

  test('goes nowhere where the answer alone is too long, or a plugin cuts it', () => {
    expect(tell({ endpoints, features: { ...features, outputTokensMax: 900 } })[0]).toEqual([]);
    expect(tell({ endpoints, features: { ...features, adapts: { contextShare: 0.9 } } })[0]).toEqual([]);
  });
});

test('a plan keeps the health it saw, whatever the book says later', () => {
  let health = makeHealth({ uptime: 0.99 });
  const plan = planRoute({ ...makeInputs({ endpoints: [at('a', 1)] }), health: () => health });
  health = outage;
  expect(plan.inputs.health('author/model|a').uptime).toBe(0.99);
});

test('a plan whose every step is gated knows when the first one opens', () => {
  const gated = (seconds: number) => makeHealth({ gatedUntilMs: NOW_MS + seconds * 1000 });
  const endpoints = [at('a', 1), at('b', 2)];
  const all = planRoute(makeInputs({ endpoints, health: { a: gated(9), b: gated(4) } }));
  expect(findGateEndMs(all)).toBe(NOW_MS + 4000);
  expect(findGateEndMs(planRoute(makeInputs({ endpoints, health: { a: gated(9) } })))).toBeUndefined();
  expect(findGateEndMs(planRoute(makeInputs({ endpoints: [] })))).toBeUndefined();
});

test('each step says why it stands there', () => {
  const plan = planRoute(
    makeInputs({
      endpoints: [at('a', 1), at('b', 3), at('c', 2), at('d', 1)],
      health: { c: outage, d: uptime(0.853) },
      seed: 2,
    }),
  );
  expect(plan.steps.map(({ endpoint, reason }) => `${endpoint.tag}: ${reason}`)).toEqual([
    'a: drawn by price with 90 %',
    'b: fallback: by price',
    'd: fallback: by price; uptime 85 %',
    'c: fallback: by price; outage in the last 30 s',
  ]);
});
