import { expect, test } from 'bun:test';
import { marked } from 'marked';
import { markdownTable, plain } from './markdown.ts';

const HOSTILE = '<img src=x onerror=a()> [x](javascript:a()) **b** `c` | d\n# e ![f](http://g)';

test('text from outside stays text, in a line and in a cell', async () => {
  const drawn = await marked(`${plain(HOSTILE)}\n\n${markdownTable(['one', 'two'], [[plain(HOSTILE), 'x']])}`);
  for (const element of ['<img', '<a ', '<strong', '<code', '<h1']) expect(drawn).not.toContain(element);
  expect(drawn.match(/<td>/g)).toHaveLength(2);
});

test('nothing in it turns the words around it, or hides', () => {
  expect(plain('a\u202Eb\u0000c')).toBe('a\\[U+202E\\]bc');
});
