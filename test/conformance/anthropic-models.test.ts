import { expect, test } from 'bun:test';
import { quirksFor } from '../../src/gateway/quirks-for.ts';
import anthropic from '../../src/providers/anthropic.ts';

test.each([
  ['claude-3-7-sonnet-20250219', true, 'user'],
  ['claude-opus-4-1', true, 'user'],
  ['claude-opus-4-20250514', true, 'user'],
  ['claude-sonnet-4-5-20250929', true, 'user'],
  ['claude-haiku-4-5', true, 'user'],
  ['claude-opus-4-6', true, 'user'],
  ['claude-opus-4-7', false, 'user'],
  ['claude-opus-4-8', false, undefined],
  ['claude-sonnet-5', false, 'user'],
  ['claude-haiku-5-5', false, 'user'],
  ['claude-opus-5', false, undefined],
  ['claude-fable-5-1', false, undefined],
  ['claude-mythos-preview', false, 'user'],
])('%s: takes sampling %p, and says a later word of the system as %p', (model, takesSampling, role) => {
  const { drop = [], roles, models } = { models: undefined, ...quirksFor(anthropic.quirks, model) };
  expect([drop.includes('temperature'), roles?.system, models]).toEqual([!takesSampling, role, undefined]);
});
