import { afterEach, expect, test } from 'bun:test';
import { readChatResult, readChatStream } from '../support/read-answer.ts';
import {
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

const choice = (given: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, ...given, finish_reason }],
});
const thinks: Script = async (call) => {
  const thought = {
    reasoning_content: 'SECRET',
    reasoning_details: [{ type: 'reasoning.text', text: 'SECRET', index: 0 }],
  };
  const message = { role: 'assistant', content: 'Hi', ...thought };
  if (!call.stream) {
    await call.write(
      json(200, completion('', { ...choice({ message }, 'stop'), usage: { prompt_tokens: 3, completion_tokens: 20 } })),
    );
    return call.end();
  }
  const frames = [choice({ delta: thought }), choice({ delta: { content: 'Hi' } }), choice({ delta: {} }, 'stop')];
  await call.write(STREAM_HEAD + chunk(sse(...frames, usageFrame(3, 20), '[DONE]')) + LAST_CHUNK);
};

const WAYS = [{ reasoning: { effort: 'low', exclude: true } }, { include_reasoning: false }];

test('thoughts that the caller does not want to see are left out, and paid for', async () => {
  const { house } = await scene(thinks);
  for (const way of WAYS) {
    for (const stream of [true, false]) {
      const text = await (await house.post(ask(stream, way))).text();
      expect(text).not.toContain('SECRET');
      const answer = stream ? readChatStream(text) : readChatResult(text);
      expect([answer.text, answer.finishReason, answer.usages.length]).toEqual(['Hi', 'stop', 1]);
      expect(answer.usages[0]).toMatchObject({ completion_tokens: 20 });
    }
  }
});

test('the same goes for responses and text completions', async () => {
  const { house } = await scene(thinks);
  for (const [path, body] of [
    ['/api/v1/responses', { input: 'Hi' }],
    ['/api/v1/completions', { prompt: 'Hi' }],
  ] as const) {
    for (const stream of [true, false]) {
      const sent = { model: 'demo/talker', stream, ...body, reasoning: { exclude: true } };
      const text = await (await house.post(sent, { path })).text();
      expect(text).toContain('Hi');
      expect(text).not.toContain('SECRET');
    }
  }
});

test('who says nothing of it sees them', async () => {
  const { house } = await scene(thinks);
  expect(readChatStream(await (await house.post(ask(true))).text()).reasoning).toBe('SECRET');
});
