import { expect, test } from 'bun:test';
import { parseWish } from './parse-wish.ts';

const NOW = Date.UTC(2026, 10, 26);
const names = {
  authors: ['meta-llama', 'mistralai', 'qwen', 'openai'],
  providers: [
    { id: 'groq', name: 'Groq' },
    { id: 'together', name: 'Together' },
    { id: 'openai', name: 'OpenAI' },
  ],
};
const read = (text: string): Record<string, string | undefined> => {
  const { values, sort } = parseWish(text, NOW, names);
  return { ...values, ...(sort && { sort }) };
};

test('the example on the first page becomes four filters and a sort', () => {
  expect(read('cheapest with vision and tools, 100K context')).toEqual({
    sort: 'price',
    in: 'image',
    params: 'tools',
    context: '100000',
  });
});

test('context is understood with a letter or with its word, never from a bare number', () => {
  expect(read('1M context')).toEqual({ context: '1000000' });
  expect(read('at least 32k tokens')).toEqual({ context: '32000' });
  expect(read('1.5m')).toEqual({ context: '1500000' });
  expect(read('200000 tokens of context')).toEqual({ context: '200000' });
  expect(read('llama 4')).toEqual({ q: 'llama 4' });
  expect(read('gpt-4 32kb')).toEqual({ q: 'gpt-4 32kb' });
});

test('prices are limits for the prompt unless they name the completion', () => {
  expect(read('under $1')).toEqual({ max_in: '1' });
  expect(read('below 0.5')).toEqual({ max_in: '0.5' });
  expect(read('at least 1.5M context')).toEqual({ context: '1500000' });
  expect(read('less than $0.50 per million input and under $2/M output')).toEqual({ max_in: '0.50', max_out: '2' });
  expect(read('below 3 dollars')).toEqual({ max_in: '3' });
  expect(read('up to $.5/M')).toEqual({ max_in: '0.5' });
  expect(read('free with tools')).toEqual({ max_in: '0', max_out: '0', params: 'tools' });
});

test('abilities, policies and precision have their words', () => {
  expect(read('open source reasoning with structured outputs and zdr, fp8 or better')).toEqual({
    open: '1',
    reasoning: '1',
    params: 'structured_outputs',
    zdr: '1',
    quant: 'fp8',
  });
  expect(read('image generation')).toEqual({ out: 'image' });
  expect(read('reads pdfs and audio')).toEqual({ in: 'audio,file' });
  expect(read('no training, function calling, parallel tool calls')).toEqual({
    notrain: '1',
    params: 'parallel_tool_calls,tools',
  });
});

test('authors and providers of the catalogue are known by name, others stay words to search for', () => {
  expect(read('fastest llama on Groq')).toEqual({ sort: '-speed', provider: 'groq', q: 'llama' });
  expect(read('newest from mistral')).toEqual({ sort: '-released', author: 'mistralai' });
  expect(read('openai models at openai')).toEqual({ provider: 'openai', author: 'openai' });
  expect(read('open')).toEqual({ q: 'open' });
  expect(read('on nowhere')).toEqual({ q: 'nowhere' });
});

test('dates count from today', () => {
  expect(read('qwen this year')).toEqual({ author: 'qwen', since: '2026-01-01' });
  expect(read('in the last 30 days')).toEqual({ since: '2026-10-27' });
  expect(read('since 2025-04')).toEqual({ since: '2025-04-01' });
});

test('what is no wish is searched as it stands, and nothing is nothing', () => {
  expect(read('')).toEqual({});
  expect(read('   ')).toEqual({});
  expect(read('llama-4-scout')).toEqual({ q: 'llama-4-scout' });
  expect(read('<script>alert(1)</script>')).toEqual({ q: '<script>alert(1)</script>' });
});

test('what was understood is told in the words of the wish', () => {
  expect(parseWish('cheapest with vision, 100K context', NOW).understood).toEqual([
    '100k context',
    'cheapest',
    'vision',
  ]);
});

test('only the first 500 characters of a wish are read', () => {
  expect(read(`tools ${' '.repeat(490)} vision ${'at least '.repeat(2_000)}`)).toEqual({ params: 'tools', q: 'vis' });
});
