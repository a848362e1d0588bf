import { describe, expect, test } from 'bun:test';
import {
  makeEndpoint,
  makeHealth,
  makeInputs,
  makeModel,
  makePrice,
  tags,
  type World,
} from '../../test/simulation/routing-world.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { EngineState } from './engine-state.ts';
import { planRoute } from './plan.ts';

const engine = (tag: string, facts: Partial<Endpoint> = {}): Endpoint =>
  makeEndpoint(tag, { price: makePrice(0), isLocal: true, engine: { parallel: 8, reuses: 'prefix' }, ...facts });
const state = (facts: Partial<EngineState> = {}): EngineState => ({
  ...{ running: 0, waiting: 0, parallel: 8, backlogTokens: 0, cached: 0, hasSession: false, isCold: false },
  ...facts,
});
const four = ['a', 'b', 'c', 'd'].map((tag) => engine(tag));
/** The tags of the first steps over many seeds, each once. */
const firsts = (world: World): readonly string[] => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) seen.add(tags(planRoute(makeInputs({ ...world, seed })))[0]!);
  return [...seen].sort();
};
const idle = { a: state(), b: state(), c: state(), d: state() };

describe('among engines that nothing else tells apart', () => {
  test('the one that holds the prompt goes first, the others by what they lack', () => {
    const engines = { ...idle, b: state({ cached: 0.9 }), d: state({ cached: 0.4 }), a: state({ running: 4 }) };
    for (let seed = 0; seed < 50; seed++)
      expect(tags(planRoute(makeInputs({ endpoints: four, engines, seed })))).toEqual(['b', 'd', 'c', 'a']);
  });

  test('a queue, busy slots, full memory and a cold model each send a request elsewhere', () => {
    const worse = [state({ waiting: 1 }), state({ running: 6 }), state({ kvUse: 0.8 }), state({ isCold: true })];
    for (const a of worse) expect(firsts({ endpoints: four, engines: { ...idle, a } })).toEqual(['b', 'c', 'd']);
  });

  test('one that has not told its load yet gains nothing by its silence, and loses nothing', () => {
    const silent = state({ isUnread: true });
    const told = state({ running: 3, waiting: 1, kvUse: 0.3 });
    const engines = { a: { ...told, cached: 0.9 }, b: silent, c: told, d: silent };
    expect(firsts({ endpoints: four, engines })).toEqual(['a']);
    expect(firsts({ endpoints: four, engines: { a: told, b: silent, c: told, d: silent } })).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    // One that is full is known to run no more than it does; how many the silent ones run is only what was written down.
    const full = state({ running: 11, waiting: 3, parallel: 11, kvUse: 0.5 });
    const wide = state({ isUnread: true, parallel: 256 });
    expect(firsts({ endpoints: four, engines: { a: { ...full, cached: 0.9 }, b: wide, c: full, d: wide } })).toEqual([
      'a',
    ]);
    const ours = state({ isUnread: true, running: 8, waiting: 4 });
    expect(firsts({ endpoints: four, engines: { a: ours, b: told, c: told, d: told } })).toEqual(['b', 'c', 'd']);
  });

  test('prompts that wait before it outweigh a cached beginning, as much as they are longer', () => {
    const features = { promptTokensEstimate: 2000 };
    const engines = (backlogTokens: number) => ({ ...idle, a: state({ cached: 0.5, backlogTokens }) });
    expect(firsts({ endpoints: four, engines: engines(800), features })).toEqual(['a']);
    expect(firsts({ endpoints: four, engines: engines(1200), features })).toEqual(['b', 'c', 'd']);
  });

  test('a cache counts for nothing where the request would wait, or where memory runs out', () => {
    for (const busy of [{ waiting: 1 }, { kvUse: 0.95 }]) {
      const engines = { ...idle, a: state({ cached: 1, hasSession: true, ...busy }) };
      expect(firsts({ endpoints: four, engines })).toEqual(['b', 'c', 'd']);
    }
  });

  test('where everybody is full the cache counts again: it makes the wait shorter', () => {
    const full = state({ running: 8, waiting: 1 });
    const engines = { a: full, b: { ...full, cached: 0.6 }, c: full, d: full };
    expect(firsts({ endpoints: four, engines })).toEqual(['b']);
  });

  test('equals share the requests, and of two drawn ones the less loaded is taken', () => {
    expect(firsts({ endpoints: four, engines: idle })).toEqual(['a', 'b', 'c', 'd']);
    const many = { parallel: 256 };
    const engines = { a: state({ ...many, running: 3 }), b: state(many), c: state(many), d: state(many) };
    expect(firsts({ endpoints: four, engines })).toEqual(['b', 'c', 'd']);
  });

  test('a session stays where it was while nothing speaks against it', () => {
    expect(firsts({ endpoints: four, engines: { ...idle, c: state({ hasSession: true }) } })).toEqual(['c']);
    expect(firsts({ endpoints: four, engines: { ...idle, c: state({ hasSession: true, running: 2 }) } })).not.toContain(
      'c',
    );
  });

  test('with one that nobody watches the draw stays as it was', () => {
    expect(firsts({ endpoints: four, engines: { a: state({ waiting: 9 }) } })).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('everything else comes first', () => {
  const full = { a: state({ cached: 1 }), b: state() };
  const [a, b] = [engine('a'), engine('b')];
  const order = (world: World) => tags(planRoute(makeInputs({ engines: full, ...world })));

  test('an outage, a lacking parameter, and the order that the caller wrote', () => {
    expect(order({ endpoints: [a, b], health: { a: makeHealth({ recentOutage: true }) } })).toEqual(['b', 'a']);
    const plain = engine('a', { supportedParameters: [] });
    expect(order({ endpoints: [plain, b], features: { hasTools: true, parameters: ['tools'] } })).toEqual(['b', 'a']);
    expect(order({ endpoints: [a, b], preferences: { order: ['b'] } })).toEqual(['b', 'a']);
  });

  test('an order that names several engines by one word leaves them to their load', () => {
    const endpoints = [engine('vllm/one'), engine('vllm/two'), engine('other')];
    const engines = { 'vllm/one': state({ running: 3 }), 'vllm/two': state(), other: state({ cached: 1 }) };
    expect(order({ endpoints, engines, preferences: { order: ['vllm'] } })).toEqual(['vllm/two', 'vllm/one', 'other']);
  });

  test('a price: engines at another one are not their like', () => {
    const world = {
      endpoints: [a, engine('b', { price: makePrice(1), isLocal: false })],
      engines: { ...full, a: state({ waiting: 5 }) },
    };
    for (let seed = 0; seed < 20; seed++) expect(order({ ...world, seed })).toEqual(['a', 'b']);
  });

  test('a hosted endpoint of the same price keeps its place between them', () => {
    const price = makePrice(1);
    const endpoints = [
      engine('a', { price, isLocal: false }),
      engine('b', { price, isLocal: false }),
      makeEndpoint('hosted', { price }),
    ];
    const places = new Set<number>();
    for (let seed = 0; seed < 100; seed++) {
      const drawn = order({ endpoints, seed });
      expect(drawn.indexOf('a')).toBeLessThan(drawn.indexOf('b'));
      places.add(drawn.indexOf('hosted'));
    }
    expect([...places].sort()).toEqual([0, 1, 2]);
  });

  test('a sort that cannot tell two engines apart leaves them to their load', () => {
    const sort = { by: 'price', partition: 'model' } as const;
    expect(order({ endpoints: [b, a], preferences: { sort } })).toEqual(['a', 'b']);
  });

  test('a model: an engine of another one is not its like, however idle', () => {
    const models = [
      makeModel([engine('a', { modelId: 'a/one' })], { modelId: 'a/one' }),
      makeModel([engine('b', { modelId: 'b/two' })], { modelId: 'b/two' }),
    ];
    const sort = { by: 'price', partition: 'none' } as const;
    const engines = { a: state({ waiting: 5 }), b: state() };
    expect(order({ models, engines, preferences: { sort } })).toEqual(['a', 'b']);
  });

  test('one engine alone is not asked anything', () => {
    const inputs = makeInputs({ endpoints: [a, makeEndpoint('hosted')] });
    const asked: string[] = [];
    planRoute({ ...inputs, engine: ({ tag }) => void asked.push(tag) });
    expect(asked).toEqual([]);
  });
});

describe('pictures', () => {
  const columns = engine('columns', { imageTokenOrder: 'columns', inputModalities: ['text', 'image'] });
  const rows = engine('rows', { inputModalities: ['text', 'image'] });
  const paid = makeEndpoint('paid', { inputModalities: ['text', 'image'] });
  const world = {
    endpoints: [columns, paid, rows],
    engines: { columns: state({ cached: 1 }), rows: state({ running: 3 }) },
  };

  test('go to engines that see them right, and to the others still before they cost money', () => {
    const plan = planRoute(makeInputs({ ...world, features: { inputModalities: ['text', 'image'] } }));
    expect(tags(plan)).toEqual(['rows', 'columns', 'paid']);
    expect(plan.steps[1]!.reason).toBe('fallback: runs on this machine; sees pictures in the wrong order');
  });

  test('do not matter to a prompt without any', () => {
    expect(tags(planRoute(makeInputs(world)))).toEqual(['columns', 'rows', 'paid']);
  });
});

test('the reason says what was known', () => {
  const engines = {
    a: state({ cached: 0.83, running: 3, kvUse: 0.41 }),
    b: state({ cached: 0.2, running: 8, waiting: 2 }),
    c: state({ isCold: true, hasSession: true }),
  };
  const plan = planRoute(makeInputs({ endpoints: four.slice(0, 3), engines }));
  expect(plan.steps.map(({ reason }) => reason)).toEqual([
    'runs on this machine; 83 % of the prompt is cached there, 3 of 8 running, memory 41 %',
    'fallback: runs on this machine; the session is there, must load the model, 0 of 8 running',
    'fallback: runs on this machine; 20 % of the prompt is cached there, but it is full, 8 of 8 running, queue 2',
  ]);
});
