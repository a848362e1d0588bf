import { expect, test } from 'bun:test';
import { readApp } from './read-app.ts';

const read = (headers: Record<string, string>) => readApp(new Headers(headers));

test('an app is what its headers say', () => {
  const headers = {
    'http-referer': 'https://app.example/start?token=1#top',
    'x-openrouter-title': 'My App',
    'x-openrouter-categories': 'CLI-agent, unknown, game, cli-agent, legal',
  };
  expect(read(headers)).toEqual({
    url: 'https://app.example/start',
    title: 'My App',
    categories: ['cli-agent', 'game'],
  });
  expect(read({})).toEqual({ categories: [] });
});

test('the older title counts when the newer is missing', () => {
  expect(read({ 'x-title': 'Old' }).title).toBe('Old');
  expect(read({ 'x-title': 'Old', 'x-openrouter-title': 'New' }).title).toBe('New');
});

test.each([
  ['https://app.example', 'https://app.example'],
  ['http://localhost:3000/', 'http://localhost:3000'],
  ['https://user:password@app.example/x', 'https://app.example/x'],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['//app.example', undefined],
  ['not a url', undefined],
  [`https://app.example/${'x'.repeat(3_000)}`, undefined],
])('the referer %s reads as %j', (referer, url) => {
  expect(read({ 'http-referer': referer }).url).toBe(url);
});

test('a title is one short line that cannot turn its surroundings around', () => {
  expect(read({ 'x-title': '  a\tb\u0085c\u00add  ' }).title).toBe('abcd');
  expect(read({ 'x-title': '\t' }).title).toBeUndefined();
  expect(read({ 'x-title': 'x'.repeat(5_000) }).title).toHaveLength(100);
});
