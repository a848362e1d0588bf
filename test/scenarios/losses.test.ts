import { afterEach, describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import {
  answers,
  chunk,
  completion,
  json,
  LAST_CHUNK,
  type Script,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';
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

describe('what the answer says and the caller’s format has no word for', () => {
  const call = { index: 0, id: 'call-1', type: 'function', function: { name: 'f', arguments: '{}' } };
  const logprobs = { content: [{ token: 'a', logprob: -0.1, bytes: [97], top_logprobs: [] }], refusal: null };
  const said = { role: 'assistant', content: 'a', tool_calls: [call] };
  const choice = { index: 0, finish_reason: 'tool_calls', logprobs };
  const script: Script = async (provider) => {
    const frames = [{ choices: [{ ...choice, delta: said }] }, usageFrame(3, 2), '[DONE]'];
    if (provider.stream) await provider.write(STREAM_HEAD + chunk(sse(...frames)) + LAST_CHUNK);
    else await provider.write(json(200, completion('a', { choices: [{ ...choice, message: said }] })));
    provider.end();
  };

  for (const stream of [true, false]) {
    test(`is told on request, and kept with the generation, ${stream ? 'of a stream' : 'of a plain answer'}`, async () => {
      const { house } = await scene(script);
      const body = { model: 'demo/talker', stream, prompt: 'Hi' };
      const answer = await house.post(body, { ...METADATA, path: '/api/v1/completions' });
      const text = await answer.text();
      const fields = ['choices.0.message.tool_calls', 'choices.0.logprobs'];
      expect(
        house
          .records()[0]!
          .losses!.map(({ field }) => field)
          .sort(),
      ).toEqual(fields.sort());
      for (const field of fields) expect(text).toContain(`"field":"${field}","outcome":"dropped"`);
    });
  }
});
