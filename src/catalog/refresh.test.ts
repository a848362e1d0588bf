import { afterAll, expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { parseUsd, parseUsdPerMillion } from '../base/money.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { checkRefresh } from './check-refresh.ts';
import type { Endpoint } from './endpoint.ts';
import { catalogOf, DATA_FOLDER } from './load-catalog.ts';
import { type ModelsDevRefresh, type RefreshMark, refreshFromModelsDev } from './refresh-from-models-dev.ts';
import { routeFactsKey } from './route-facts.ts';
import { perMillion } from './sources/amounts.ts';
import { doubtPrice } from './sources/price-gates.ts';

const SCOUT = 'meta-llama/llama-4-scout';
const HUGGING_FACE = 'meta-llama/Llama-4-Scout-17B-16E-Instruct';
const catalog = catalogOf(buildSnapshot(DATA_FOLDER, 'test').snapshot);
const scout = catalog.endpoints(SCOUT);
const deepinfra = scout.find(({ tag }) => tag === 'deepinfra/fp8')!;
const calm = { connected: new Set<string>(), freeProviders: new Set<string>() };
const priced = (endpoint: Endpoint, prompt: bigint, completion: bigint): Endpoint => ({
  ...endpoint,
  price: { ...endpoint.price, prompt, completion },
});

const row = (over: object = {}) => ({
  id: HUGGING_FACE,
  name: 'Llama 4 Scout',
  tool_call: true,
  modalities: { input: ['text', 'image'], output: ['text'] },
  cost: { input: 0.1, output: 0.3 },
  limit: { context: 327_680, output: 16_384 },
  ...over,
});
const file = (over: object = {}) => ({ deepinfra: { id: 'deepinfra', models: { [HUGGING_FACE]: row(over) } } });

let answer: (request: Request) => Response | Promise<Response> = () => new Response('');
const server = Bun.serve({ port: 0, fetch: (request) => answer(request) });
afterAll(() => server.stop(true));

function refresh(options: { last?: RefreshMark; connected?: ReadonlySet<string>; clock?: WoundClock } = {}) {
  return refreshFromModelsDev({
    catalog,
    clock: options.clock ?? new WoundClock(Date.parse('2026-12-01')),
    fetch: (url, init) => fetch(url, init),
    url: `http://127.0.0.1:${server.port}/api.json`,
    ...options,
  });
}

function scoutAt(refreshed: ModelsDevRefresh): Endpoint | undefined {
  if (refreshed.outcome !== 'changed') return undefined;
  return refreshed.catalog.endpoints(SCOUT).find(({ tag }) => tag === 'deepinfra/fp8');
}

test('a newer price is taken, with its date, and the old one is kept as a claim', async () => {
  answer = () =>
    Response.json(file({ cost: { input: 0.09, output: 0.29, cache_read: 0.02 } }), { headers: { etag: '"a"' } });
  const refreshed = await refresh();
  expect(scoutAt(refreshed)?.price).toEqual({
    id: 'deepinfra/fp8@2026-12-01',
    prompt: 90_000n,
    completion: 290_000n,
    cacheRead: 20_000n,
    source: 'models.dev',
    seenAt: '2026-12-01',
  });
  expect(scoutAt(refreshed)?.disagreements).toContainEqual({
    field: 'price',
    value: '0.1 / 0.3',
    source: 'models.dev',
    seenAt: '2026-07-02',
  });
  expect(refreshed).toMatchObject({ outcome: 'changed', mark: { etag: '"a"', rowCount: 1 }, changed: [deepinfra.id] });
});

test('a refresh that says what is known changes nothing', async () => {
  answer = () => Response.json(file());
  const refreshed = await refresh();
  expect(refreshed).toMatchObject({ outcome: 'changed', changed: [] });
  expect(refreshed.outcome === 'changed' && refreshed.catalog).toBe(catalog);
});

test('a changed catalogue keeps the route facts of the models that did not change', async () => {
  answer = () => Response.json(file({ cost: { input: 0.09, output: 0.29 } }));
  const refreshed = await refresh();
  if (refreshed.outcome !== 'changed') throw new Error('nothing changed');
  expect(refreshed.catalog.version).not.toBe(catalog.version);
  expect(refreshed.catalog.endpoints('openai/o3')).toBe(catalog.endpoints('openai/o3'));
  expect(routeFactsKey(refreshed.catalog, SCOUT)).not.toBe(routeFactsKey(catalog, SCOUT));
});

test('the smaller limit wins and a larger one does not raise it', async () => {
  answer = () => Response.json(file({ limit: { context: 131_072, output: 8192 } }));
  expect(scoutAt(await refresh())).toMatchObject({ contextTokensMax: 131_072, outputTokensMax: 8192 });
  answer = () => Response.json(file({ limit: { context: 10_000_000, output: 10_000_000 } }));
  expect(await refresh()).toMatchObject({ changed: [] });
});

test('an offer we did not know is added under its model’s slug', async () => {
  answer = () =>
    Response.json({
      providers: { parasail: { models: { s: row({ id: 'parasail-llama-4-scout' }), t: row() } } },
      models: {},
    });
  const refreshed = await refresh();
  expect(refreshed).toMatchObject({ outcome: 'changed', changed: [`${SCOUT}|parasail`] });
});

test('an aggregator’s rows are read only where it is connected, and its zero is refused', async () => {
  const vercel = { vercel: { models: { a: row({ id: 'meta/llama-4-scout', cost: { input: 0, output: 0 } }) } } };
  answer = () => Response.json({ ...file(), ...vercel });
  expect(await refresh()).toMatchObject({ changed: [], quarantined: [] });
  const refreshed = await refresh({ connected: new Set(['vercel']) });
  expect(refreshed).toMatchObject({ outcome: 'changed', changed: [] });
});

test('a price that jumps is put aside and the last good one stays', async () => {
  answer = () => Response.json(file({ cost: { input: 0.0001, output: 0.0003 } }));
  expect(await refresh()).toMatchObject({
    changed: [],
    quarantined: [{ endpointId: deepinfra.id, reason: 'price is outside 0.001 to 1,000 dollars per million' }],
  });
  answer = () => Response.json(file({ cost: { input: 0.31, output: 0.3 } }));
  expect(await refresh()).toMatchObject({
    changed: [],
    quarantined: [{ endpointId: deepinfra.id, reason: 'price went from 0.1 / 0.3 to 0.31 / 0.3' }],
  });
});

test('the mark of the last refresh is sent and “not modified” changes nothing', async () => {
  const seen: (string | null)[] = [];
  answer = (request) => {
    seen.push(request.headers.get('if-none-match'));
    return new Response(null, { status: 304 });
  };
  expect(await refresh({ last: { etag: '"b"', rowCount: 1 } })).toEqual({ outcome: 'unchanged' });
  expect(seen).toEqual(['"b"']);
});

test.each([
  ['an error page', () => new Response('<html>', { status: 502 })],
  ['no JSON', () => new Response('<html>')],
  ['another shape', () => Response.json([1, 2])],
  ['nothing we know', () => Response.json({ someone: { models: {} } })],
  ['malformed rows', () => Response.json(file({ limit: 'large' }))],
  ['prices per token', () => Response.json(file({ cost: { input: 1e-7, output: 3e-7 } }))],
  ['a redirect', () => Response.redirect('http://127.0.0.1:1/')],
  ['broken text', () => new Response(new Uint8Array([0x22, 0xff, 0x22]))],
])('%s leaves the last good catalogue', async (_name, respond) => {
  answer = respond;
  expect((await refresh()).outcome).toBe('failed');
});

test('a list that lost more than a tenth of its rows is refused', async () => {
  answer = () => Response.json(file());
  expect(await refresh({ last: { rowCount: 2 } })).toEqual({ outcome: 'failed', reason: '1 rows are left of 2' });
});

test('more than ten megabytes are not read to the end', async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(32);
  let sent = 0;
  answer = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          sent++;
          if (sent > 40) controller.close();
          else controller.enqueue(chunk);
        },
      }),
    );
  expect(await refresh()).toEqual({ outcome: 'failed', reason: 'models.dev sent more than 10 MB' });
  expect(sent).toBeLessThan(40);
});

test('an answer that does not come in ten seconds is given up', async () => {
  const clock = new WoundClock();
  let arrived = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  answer = () => {
    arrived();
    return new Promise<Response>(() => {});
  };
  const refreshing = refresh({ clock });
  await arrival;
  await clock.advance(10_000);
  expect(await refreshing).toEqual({ outcome: 'failed', reason: 'models.dev did not answer in time' });
});

test('a threefold rise, a threefold fall and a price that becomes zero are put aside; less passes', () => {
  const outcomes = [
    priced(deepinfra, 300_000n, 300_000n),
    priced(deepinfra, 33_000n, 300_000n),
    priced(deepinfra, 0n, 0n),
    priced(deepinfra, 290_000n, 300_000n),
  ].map((next) => checkRefresh([deepinfra], [next], calm));
  expect(outcomes.map(({ quarantined }) => quarantined.length)).toEqual([1, 1, 1, 0]);
  expect(outcomes.map(({ accepted }) => accepted[0]?.price.prompt)).toEqual([100_000n, 100_000n, 100_000n, 290_000n]);
});

test('output far cheaper than input and contexts no model has are put aside', () => {
  const odd = [
    priced(deepinfra, 100_000n, 10_000n),
    { ...deepinfra, contextTokensMax: 30_000_000 },
    { ...deepinfra, contextTokensMax: 100 },
  ];
  for (const next of odd) expect(checkRefresh([], [next], calm).accepted).toEqual([]);
});

test('a free provider’s zero passes, anyone else’s does not', () => {
  const free = priced({ ...deepinfra, providerId: 'nvidia' }, 0n, 0n);
  expect(checkRefresh([], [free], { ...calm, freeProviders: new Set(['nvidia']) }).accepted.length).toBe(1);
  expect(checkRefresh([], [free], calm).accepted.length).toBe(0);
});

test('a tenth of the rows may vanish, no more, and no connected provider', () => {
  const rows = Array.from({ length: 10 }, (_, index) => ({ ...deepinfra, id: `m|p${index}`, providerId: `p${index}` }));
  expect(checkRefresh(rows, rows.slice(1), calm).accepted).toEqual(rows.slice(1));
  const lost = checkRefresh(rows, rows.slice(2), calm);
  expect(lost.refusedBecause).toBe('2 of 10 endpoints would vanish');
  expect(lost.accepted).toBe(rows);
  const connected = { ...calm, connected: new Set(['p0']) };
  expect(checkRefresh(rows, rows.slice(1), connected).refusedBecause).toBe('the connected provider p0 would vanish');
});

test('one name that is said to be two models is put aside', () => {
  const other = { ...deepinfra, id: 'acme/other|deepinfra', modelId: 'acme/other' };
  const checked = checkRefresh([deepinfra], [deepinfra, other], calm);
  expect(checked.accepted).toEqual([deepinfra]);
  expect(checked.quarantined).toEqual([{ endpointId: other.id, reason: `one name for ${SCOUT} and acme/other` }]);
});

test('every unit in which prices are written comes to the same amount, and a mistaken one to a doubt', () => {
  const perToken = parseUsd('1e-7');
  expect(perToken).toBe(100_000n);
  expect(parseUsdPerMillion('0.10')).toBe(100_000n);
  expect(perMillion(0.1)).toBe(100_000n);
  // Cents per token, as Portkey writes them: a hundredth of a dollar.
  expect(parseUsd('0.00001')! / 100n).toBe(100_000n);
  const doubt = (text: string) => {
    const amount = parseUsdPerMillion(text);
    return amount === undefined ? 'finer than can be' : doubtPrice({ prompt: amount, completion: amount }, false);
  };
  // Per token, or cents per token, read as per million.
  expect(doubt('0.0000001')).toBe('finer than can be');
  expect(doubt('0.00001')).toBe('price is outside 0.001 to 1,000 dollars per million');
  // Per million read as per token.
  expect(doubtPrice({ prompt: parseUsd('0.1')!, completion: parseUsd('0.1')! }, false)).toBe(
    'price is outside 0.001 to 1,000 dollars per million',
  );
});

test('digits of a JSON number are read, never calculated with', () => {
  expect(perMillion(0.29)).toBe(290_000n);
  expect(perMillion(1.1)).toBe(1_100_000n);
  expect(perMillion(0.000001)).toBe(1n);
  expect(perMillion(-1)).toBeUndefined();
  expect(perMillion(Number.NaN)).toBeUndefined();
});
