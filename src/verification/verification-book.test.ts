import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verification } from '../contract/verification.ts';
import { openVerificationBook, VerificationsError, verificationsPath } from './verification-book.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trunkline-book-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const run = (id: string, model = 'a/b'): Verification => ({
  ...{
    id,
    model,
    created_at: '2026-11-26T10:00:00.000Z',
    outcome: 'passed',
    verdict: 'works',
    whole: true,
    here: true,
  },
  ...{ score: { passed: 1, failed: 0, skipped: 0 }, engine: { name: 'vLLM' }, place: '127.0.0.1:8000', files: [] },
  ...{ trunkline: '1.2.3', speed: {}, checks: [] },
});
const idsOf = (runs: readonly Verification[]) => runs.map(({ id }) => id);

test('without a file nothing was verified', () => expect(openVerificationBook(home).list('a/b')).toEqual([]));

test('the newest run of a model comes first, and only its owner can read the file', () => {
  const book = openVerificationBook(join(home, 'new'));
  for (const id of ['1', '2']) book.add(run(id));
  book.add(run('3', 'c/d'));
  expect(idsOf(book.list('a/b'))).toEqual(['2', '1']);
  expect(openVerificationBook(join(home, 'new')).list('c/d')).toEqual([run('3', 'c/d')]);
  expect(statSync(verificationsPath(join(home, 'new'))).mode & 0o777).toBe(0o600);
});

test('what another process writes is seen, and what was read stays', () => {
  const [server, command] = [openVerificationBook(home), openVerificationBook(home)];
  command.add(run('1'));
  expect(idsOf(server.list('a/b'))).toEqual(['1']);
  server.add(run('2'));
  command.add(run('3'));
  expect(idsOf(server.list('a/b'))).toEqual(['3', '2', '1']);
});

test('only the newest thirty are kept', () => {
  const book = openVerificationBook(home);
  for (let i = 1; i <= 32; i++) book.add(run(String(i)));
  expect(idsOf(book.list('a/b')).length).toBe(30);
  expect(idsOf(openVerificationBook(home).list('a/b')).at(-1)).toBe('3');
});

test.each([
  ['no JSON', '{"version":1,'],
  ['another version', '{"version":2,"runs":[]}'],
  ['a run without an outcome', JSON.stringify({ version: 1, runs: [{ ...run('1'), outcome: undefined }] })],
  ['a foreign field', '{"version":1,"runs":[],"more":1}'],
])('a file with %s is an error, and is not written over', (_, text) => {
  writeFileSync(verificationsPath(home), text);
  const book = openVerificationBook(home);
  expect(() => book.list('a/b')).toThrow(VerificationsError);
  expect(() => book.add(run('1'))).toThrow('verifications.json');
  expect(readFileSync(verificationsPath(home), 'utf8')).toBe(text);
});
