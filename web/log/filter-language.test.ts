import { describe, expect, test } from 'bun:test';
import { readFilter, suggest } from './filter-language.ts';

const HASH = 'a'.repeat(64);
const facts = {
  nowMs: Date.parse('2026-11-20T12:00:00.000Z'),
  keyHash: (name: string) => (name === 'batch jobs' ? HASH : undefined),
};
const read = (text: string) => readFilter(text, facts);

describe('a filter', () => {
  test('becomes the parameters of the API, a bare word a part of the id', () => {
    expect(read('model:scout  provider:groq key:"batch jobs" app:none session:s1 3fk')).toEqual({
      params: { model: 'scout', provider: 'groq', key: HASH, app: 'none', session: 's1', q: '3fk' },
      problems: [],
    });
    expect(read('').params).toEqual({});
  });

  test.each([
    ['status>=500', { http_min: '500', http_max: '599' }],
    ['status>499', { http_min: '500', http_max: '599' }],
    ['status<400', { http_min: '100', http_max: '399' }],
    ['status:429', { http_min: '429', http_max: '429' }],
    ['status:error', { status: 'error' }],
    ['cost>0.01', { cost_min: '0.010000000001' }],
    ['cost>=0.01', { cost_min: '0.01' }],
    ['cost<$2', { cost_max: '1.999999999999' }],
    ['cost:0', { cost_min: '0', cost_max: '0' }],
    ['after:2h', { from: '2026-11-20T10:00:00.000Z' }],
    ['before:2026-11-01', { to: '2026-11-01T00:00:00.000Z' }],
  ])('%s asks for exactly that', (text, params) => {
    expect(read(text)).toEqual({ params, problems: [] });
  });

  test.each([
    'status:soon',
    'status>abc',
    'cost>much',
    'cost<0',
    'model>3',
    'key:unknown',
    'colour:red',
    'after:never',
    'model:',
  ])('%s is refused in words and asks for nothing', (text) => {
    const { params, problems } = read(text);
    expect([params, problems.length]).toEqual([{}, 1]);
  });
});

describe('suggestions', () => {
  const values = { key: ['batch jobs', 'first key'], provider: ['groq', 'together'] };

  test('name the fields that begin so, then the values of the field', () => {
    expect(suggest('mo', 2, values).map(({ text }) => text)).toEqual(['model:']);
    expect(suggest('provider:gr', 11, values).map(({ text }) => text)).toEqual(['provider:groq ']);
    expect(suggest('key:', 4, values).map(({ text }) => text)).toEqual(['key:"batch jobs" ', 'key:"first key" ']);
  });

  test('leave the rest of the filter as it is', () => {
    expect(suggest('model:x pro status:200', 11, values).map(({ text }) => text)).toEqual([
      'model:x provider:status:200',
    ]);
    expect(suggest('model:x provider:g status:200', 18, values)[0]?.text).toBe('model:x provider:groq status:200');
  });
});

test('a field that does not exist is called unknown, whatever is asked of it', () => {
  const problems = (text: string) => readFilter(text, { nowMs: 0, keyHash: () => undefined }).problems;
  expect(problems('attempts>1')).toEqual(['There is no field “attempts”']);
  expect(problems('attempts:')).toEqual(['There is no field “attempts”']);
  expect(problems('model>1')).toEqual(['model: only “model:…” can be asked']);
});
