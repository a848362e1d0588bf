import { expect, test } from 'bun:test';
import type { ListedModel, ModelList } from '../../src/contract/model-list.ts';
import { filterRows, findCulprit, readFilters } from './filters.ts';
import { makeRows, sortRows } from './rows.ts';

const MODEL: ListedModel = {
  id: 'demo/plain',
  name: 'Demo: Plain',
  author: 'demo',
  created: 1_750_000_000,
  description: '',
  context: 8_000,
  output_max: null,
  input: ['text'],
  output: ['text'],
  price: { prompt: '0.000001', completion: '0.000002', cache_read: null },
  parameters: [],
  providers: [0],
  quantizations: [],
  zdr: false,
  no_training: false,
  reasoning: false,
  open_weights: null,
  connected: false,
  bundled: false,
  knowledge_cutoff: null,
  expires_on: null,
  hugging_face_id: null,
};
const list = (...models: Partial<ListedModel>[]): ModelList => ({
  parameters: ['temperature', 'tools'],
  providers: [
    { id: 'acme', name: 'Acme' },
    { id: 'zeta', name: 'Zeta' },
  ],
  data: models.map((model) => ({ ...MODEL, ...model })),
  total: models.length,
});
const rows = makeRows(
  list(
    { id: 'demo/plain' },
    { id: 'demo/eye', input: ['text', 'image'], context: 128_000, parameters: [0, 1], quantizations: ['fp8'] },
    { id: 'other/eye', author: 'other', input: ['text', 'image'], parameters: [1], connected: true, providers: [1] },
    { id: 'demo/tiny', bundled: true, price: { prompt: '0', completion: '0', cache_read: null } },
  ),
  undefined,
);
const ids = (query: string) => filterRows(rows, readFilters(new URLSearchParams(query))).map(({ id }) => id);

test('each filter narrows the list, and together they are an and', () => {
  expect(ids('in=image')).toEqual(['demo/eye', 'other/eye']);
  expect(ids('in=image&mine=1')).toEqual(['other/eye']);
  expect(ids('params=tools,temperature')).toEqual(['demo/eye']);
  expect(ids('provider=zeta')).toEqual(['other/eye']);
  expect(ids('author=other,nobody')).toEqual(['other/eye']);
  expect(ids('context=128000')).toEqual(['demo/eye']);
  expect(ids('q=EYE other')).toEqual(['other/eye']);
});

test('a price at the limit is within it, exactly', () => {
  expect(ids('max_in=1&author=other')).toEqual(['other/eye']);
  expect(ids('max_in=0.999999999999&author=other')).toEqual([]);
  expect(ids('max_in=0.999999999999')).toEqual(['demo/tiny']);
});

test('a precision takes itself and finer ones; an unstated one is none', () => {
  expect(ids('quant=int4')).toEqual(['demo/eye']);
  expect(ids('quant=int8')).toEqual(['demo/eye']);
  expect(ids('quant=bf16')).toEqual([]);
});

test('values that make no sense filter nothing', () => {
  expect(ids('context=lots&max_in=-1&since=yesterday&quant=best&status=x')).toHaveLength(4);
});

test('without a match, the filter to drop is the one that leaves the most', () => {
  const culprit = findCulprit(rows, readFilters(new URLSearchParams('in=image&context=64000&mine=1')));
  expect([culprit?.filter.name, culprit?.left]).toEqual(['context', 1]);
  const none = findCulprit(rows, readFilters(new URLSearchParams('in=video&context=999999')));
  expect(none?.left).toBe(0);
  expect(findCulprit(rows, {})).toBeUndefined();
});

test('the demonstration model is never the cheapest, and what is unknown comes last either way', () => {
  expect(sortRows(rows, 'price').at(-1)!.id).toBe('demo/tiny');
  expect(sortRows(rows, '-context')[0]!.id).toBe('demo/eye');
  const measured = makeRows(list({ id: 'a/x' }, { id: 'b/x' }), {
    meta: { from: '', to: '', grain: 'day', includes_demo: false },
    data: [
      {
        ...{ model: 'b/x', requests: 30, tokens: 9, prompt_tokens: 4, completion_tokens: 5, sparkline: [] },
        first_content_ms: { value: 5, n: 30, needed: 20 },
        tokens_per_second: { value: null, n: 3, needed: 20 },
        uptime: { value: null, n: 30, needed: 50 },
      },
    ],
  });
  expect(sortRows(measured, 'latency').map(({ id }) => id)).toEqual(['b/x', 'a/x']);
  expect(sortRows(measured, '-latency').map(({ id }) => id)).toEqual(['b/x', 'a/x']);
  expect(sortRows(measured, 'nonsense')).toEqual(measured);
});
