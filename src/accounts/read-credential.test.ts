import { expect, test } from 'bun:test';
import { readCredential } from './read-credential.ts';

const read = (headers: Record<string, string>) => readCredential(new Headers(headers));

test.each([
  [{}, undefined],
  [{ authorization: 'Bearer sk-1' }, 'sk-1'],
  [{ authorization: 'bearer   sk-1  ' }, 'sk-1'],
  [{ 'x-api-key': 'sk-1' }, 'sk-1'],
  [{ 'x-api-key': '  ' }, undefined],
  [{ authorization: 'Bearer sk-1', 'x-api-key': 'sk-1' }, 'sk-1'],
  [{ authorization: 'Bearer sk-1', 'x-api-key': 'sk-2' }, 'conflict'],
  [{ 'x-goog-api-key': 'sk-1' }, 'sk-1'],
  [{ 'x-goog-api-key': 'sk-1', authorization: 'Bearer sk-2' }, 'conflict'],
  [{ authorization: 'Basic c2stMQ==', 'x-api-key': 'sk-1' }, 'conflict'],
] as const)('%j carries the credential %j', (headers, expected) => {
  expect(read(headers)).toBe(expected);
});

test('a header sent twice is no credential that anyone has', () => {
  const headers = new Headers();
  headers.append('authorization', 'Bearer sk-1');
  headers.append('authorization', 'Bearer sk-2');
  expect(['sk-1', 'sk-2', undefined]).not.toContain(readCredential(headers));
});

test('a key in the query counts like one in a header, where the format puts it there', () => {
  expect(readCredential(new Headers(), 'sk-1')).toBe('sk-1');
  expect(readCredential(new Headers({ 'x-goog-api-key': 'sk-1' }), 'sk-1')).toBe('sk-1');
  expect(readCredential(new Headers({ authorization: 'Bearer sk-2' }), 'sk-1')).toBe('conflict');
  expect(readCredential(new Headers(), null)).toBeUndefined();
});
