import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeMatrix, printMatrix } from './matrix.ts';

const matrix = await makeMatrix();

test('the page on capabilities says what the encoders do', () => {
  expect(readFileSync(join(import.meta.dir, '../../docs/capabilities.md'), 'utf8')).toBe(printMatrix(matrix));
});

test('a request of its own format reaches a provider whole', () => {
  const own = matrix.formats.indexOf('openai-chat');
  const lost = matrix.rows.filter(({ cells }) => cells[own] !== 'kept').map(({ name }) => name);
  // Marks for caches are an aggregator's word; OpenAI's own format has none.
  expect(lost).toEqual(['reasoning budget']);
});

test('texts, tools, their results and inline pictures reach a provider of every format', () => {
  for (const name of ['system message', 'tools', 'results of tools', 'pictures, inline', 'max_tokens', 'temperature']) {
    const { cells } = matrix.rows.find((row) => row.name === name)!;
    expect([name, cells.filter((cell) => cell !== 'kept')]).toEqual([name, []]);
  }
});
