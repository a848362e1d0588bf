import { expect, test } from 'bun:test';
import { bodyOf, curlOf, modelOf, NEW_PRESET, printVersion, slugOf, summaryOf } from './preset-draft.ts';

test('a name makes a slug that an address can hold', () => {
  expect([slugOf('Email copy, v2!'), slugOf('  Ünïcode '), slugOf('x'.repeat(80)).length]).toEqual([
    ...['email-copy-v2', 'n-code', 64],
  ]);
});

test('an empty system prompt is none, an empty name stays unsaid', () => {
  expect(bodyOf({ ...NEW_PRESET, config: { temperature: 1 } }, 3)).toEqual({
    ...{ description: '', system_prompt: null, config: { temperature: 1 }, version: 3 },
  });
});

test('a command names the preset, and asks for a model where the preset has none', () => {
  expect(curlOf('http://here', 'writer', { models: ['a/b'] })).toContain('"model":"@preset/writer"');
  expect(curlOf('http://here', 'writer', {})).toContain('"model":"<model>@preset/writer"');
  expect([modelOf({ model: 'a/b', models: ['c/d'] }), modelOf({ models: 'a/b' })]).toEqual(['a/b', undefined]);
});

test('versions are compared as texts, and told in words', () => {
  const version = { system_prompt: 'Be brief.', config: { model: 'a/b', stop: 'END' } };
  expect(printVersion(version)).toStartWith('System prompt:\nBe brief.\n\n{');
  expect([summaryOf(version), summaryOf({ system_prompt: null, config: {} })]).toEqual([
    ...['system prompt, stop', 'nothing else'],
  ]);
});
