import { afterEach, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { answers } from '../support/scripted-provider.ts';
import { ask, closeScenes, scene } from './scene.ts';

afterEach(closeScenes);

const METADATA = { headers: { 'x-openrouter-metadata': 'enabled' } };

test('what an endpoint does not take is told on request, and kept with the generation', async () => {
  const { house } = await scene(answers());
  const answer = await house.post(ask(false, { top_a: 0.5 }), METADATA);
  const { openrouter_metadata: metadata } = (await answer.json()) as { openrouter_metadata: JsonObject };
  const losses = [{ field: 'top_a', outcome: 'dropped', reason: 'the endpoint does not take it' }];
  expect(metadata.losses).toEqual(losses);
  expect(house.records()[0]!.losses).toEqual(losses as never);
});

test('a request that is passed on whole has no losses', async () => {
  const { house } = await scene(answers());
  const answer = await house.post(ask(false, { temperature: 0.5, vendor_knob: 1 }), METADATA);
  const { openrouter_metadata: metadata } = (await answer.json()) as { openrouter_metadata: JsonObject };
  expect(metadata.losses).toBeUndefined();
  expect(house.records()[0]!.losses).toBeUndefined();
});

test('a strict caller is refused with the list instead, and nothing is sent or charged', async () => {
  const { house, provider } = await scene(answers());
  const answer = await house.post(ask(true, { top_a: 0.5, strict: true }));
  const { error } = (await answer.json()) as { error: JsonObject & { metadata: JsonObject } };
  expect([answer.status, error.metadata.error_type]).toEqual([422, 'unprocessable']);
  expect(error.message).toContain('top_a');
  expect(error.metadata.losses).toEqual([
    { field: 'top_a', outcome: 'dropped', reason: 'the endpoint does not take it' },
  ]);
  expect(provider.requests).toEqual([]);
  expect(house.records()[0]!.charge.chargedPico).toBe(0n);
});

test('a strict caller whose request loses nothing is served', async () => {
  const { house, provider } = await scene(answers('all of it'));
  const answer = await house.post(ask(false, { temperature: 0.5, strict: true }));
  expect(answer.status).toBe(200);
  expect(JSON.parse(provider.requests[0]!.body)).not.toHaveProperty('strict');
});
