import { afterEach, describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { readChatResult } from '../support/read-answer.ts';
import { readMessagesResult, readMessagesStream } from '../support/read-messages.ts';
import {
  begin,
  deltaOf,
  type Frame,
  finish,
  frames,
  message,
  open,
  STOP,
  shut,
  speaks,
  textOf,
} from '../support/scripted-messages.ts';
import { answers, chunk, json, LAST_CHUNK, type Script, STREAM_HEAD } from '../support/scripted-provider.ts';
import type { TestHouse } from '../support/test-house.ts';
import { closeScenes, type Line, readUntil, sceneOf } from './scene.ts';

afterEach(closeScenes);

/** Providers in the order in which they are asked. */
const houseOf = (lines: Readonly<Record<string, Line>>) => sceneOf('anthropic-messages', lines);

function ask(house: TestHouse, more: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  const provider = { order: ['alpha', 'beta'] };
  const body = { model: 'demo/talker', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], provider };
  return house.post({ ...body, ...more }, { path: '/api/v1/messages', headers });
}

/** Sends these frames, waits until the test says that they have arrived, and hangs up. */
function cutAfter(...all: readonly Frame[]): Script {
  return async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(frames(...all)));
    await call.delivered;
    call.end();
  };
}

const read = async (...given: Parameters<typeof readUntil>) => readMessagesStream(await readUntil(...given));

describe('a caller of Messages at a provider of Messages', () => {
  test('gets the answer as it was written, with what it cost', async () => {
    const cached = { cache_read_input_tokens: 100, cache_creation_input_tokens: 40 };
    const usage = { input_tokens: 10, ...cached, cache_creation: { ephemeral_1h_input_tokens: 30 }, output_tokens: 1 };
    const script: Script = async (call) => {
      await call.write(STREAM_HEAD);
      const told = { output_tokens: 7, output_tokens_details: { thinking_tokens: 4 } };
      await call.write(
        chunk(frames(begin(usage), open(0), textOf(0, 'Hello'), shut(0), finish('end_turn', told), STOP)),
      );
      await call.write(LAST_CHUNK);
    };
    const { house } = await houseOf({ alpha: { script } });
    const answer = readMessagesStream(await (await ask(house, { stream: true })).text());
    expect([answer.text, answer.finishReason, answer.done, answer.breaches]).toEqual(['Hello', 'end_turn', 1, []]);
    const [record] = house.records();
    expect(record).toMatchObject({
      wireFormat: 'anthropic-messages',
      upstreamId: 'msg_up',
      finishReason: 'stop',
      nativeFinishReason: 'end_turn',
      usage: {
        promptTokens: 150,
        cachedTokens: 100,
        cacheWriteTokens: 40,
        cacheWrite1hTokens: 30,
        completionTokens: 7,
        reasoningTokens: 4,
      },
    });
    expect(answer.usages[0]).toMatchObject({ ...usage, output_tokens: 7, is_byok: false });
    expect(answer.usages[0]!.cost).toBeCloseTo(Number(record!.charge.chargedPico) / 1e12, 12);
  });

  test('says its betas to the provider, whichever format it speaks, and nothing else of its headers', async () => {
    const { house, scripted } = await houseOf({ alpha: { script: speaks('Hello') } });
    await ask(house, {}, { 'anthropic-beta': 'files-api-2025-04-14, context-1m-2025-08-07', 'x-other': 'mine' });
    await house.post(
      { model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }] },
      { headers: { 'x-anthropic-beta': 'interleaved-thinking-2025-05-14,bad beta' } },
    );
    await ask(house, {}, { 'anthropic-beta': `${'x'.repeat(3_000)}` });
    const seen = scripted.alpha!.requests.map(({ headers }) => [
      headers.get('anthropic-version'),
      headers.get('anthropic-beta'),
      headers.get('x-other'),
    ]);
    expect(seen).toEqual([
      ['2023-06-01', 'files-api-2025-04-14,context-1m-2025-08-07', undefined],
      ['2023-06-01', 'interleaved-thinking-2025-05-14', undefined],
      ['2023-06-01', undefined, undefined],
    ]);
    expect(scripted.alpha!.requests[0]!.head).toStartWith('POST /v1/messages ');
  });

  test('is told of too much to do in its own words, and when to come again', async () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_1' };
    const script: Script = async (call) => void (await call.write(json(529, error, { 'retry-after': '7' })));
    const { house } = await houseOf({ alpha: { script } });
    const response = await ask(house);
    expect([response.status, response.headers.get('retry-after')]).toEqual([529, '7']);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'overloaded_error', error_type: 'provider_overloaded' },
    });
  });

  test('hears in which words the provider found its prompt too long', async () => {
    const words = 'prompt is too long: 210000 tokens > 200000 maximum';
    const error = { type: 'error', error: { type: 'invalid_request_error', message: words } };
    const { house } = await houseOf({ alpha: { script: async (call) => void (await call.write(json(400, error))) } });
    const response = await ask(house);
    const body = (await response.json()) as { error: JsonObject };
    expect([response.status, body.error.type, body.error.error_type]).toEqual([
      400,
      'invalid_request_error',
      'context_length_exceeded',
    ]);
    expect(body.error.message).toContain(words);
  });

  test('keeps an end user apart from those of others', async () => {
    const { house, scripted } = await houseOf({ alpha: { script: speaks('Hello') } });
    await ask(house, { metadata: { user_id: 'me@example.com' } });
    expect(JSON.parse(scripted.alpha!.requests[0]!.body)).toMatchObject({
      metadata: { user_id: 'hash-of-me@example.com' },
    });
    expect(house.records()[0]!.externalUser).toBe('me@example.com');
  });
});

describe('an answer of Messages that breaks off', () => {
  const soFar = [begin(), open(0), textOf(0, 'The quick '), textOf(0, 'brown ')];

  test('goes on in the open block at an endpoint of another format', async () => {
    const { house, scripted } = await houseOf({
      alpha: { script: cutAfter(...soFar) },
      beta: { script: answers('fox ', 'jumps.'), format: 'openai-chat', continues: 'prefill' },
    });
    const answer = await read(await ask(house, { stream: true }), 'brown ', scripted.alpha!.deliver);
    expect(answer).toMatchObject({ text: 'The quick brown fox jumps.', finishReason: 'end_turn', done: 1, errors: [] });
    expect(answer.breaches).toEqual([]);
    expect(answer.content.length).toBe(1);
    expect(JSON.parse(scripted.beta!.requests[0]!.body).messages.at(-1)).toEqual({
      role: 'assistant',
      content: 'The quick brown ',
    });
  });

  test('goes on at another endpoint of Messages, as the beginning of its last message', async () => {
    const { house, scripted } = await houseOf({
      alpha: { script: cutAfter(...soFar) },
      beta: { script: speaks(' fox'), continues: 'prefill' },
    });
    const answer = await read(await ask(house, { stream: true }), 'brown ', scripted.alpha!.deliver);
    expect([answer.done, answer.content.length, answer.breaches]).toEqual([1, 1, []]);
    expect(JSON.parse(scripted.beta!.requests[0]!.body).messages.at(-1)).toEqual({
      role: 'assistant',
      content: [{ type: 'text', text: 'The quick brown' }],
    });
  });

  test('has a call that broke off inside made anew, in a block of its own', async () => {
    const half = [shut(0), open(1, { type: 'tool_use', id: 'a', name: 'f', input: {} })];
    const opening = [...soFar, ...half, deltaOf(1, { type: 'input_json_delta', partial_json: '{"ci' })];
    const whole: Script = async (call) => {
      await call.write(STREAM_HEAD);
      const use = open(0, { type: 'tool_use', id: 'b', name: 'f', input: {} });
      const input = deltaOf(0, { type: 'input_json_delta', partial_json: '{"city":"Rome"}' });
      await call.write(chunk(frames(begin(), use, input, shut(0), finish('tool_use'), STOP)));
      await call.write(LAST_CHUNK);
    };
    const { house, scripted } = await houseOf({
      alpha: { script: cutAfter(...opening) },
      beta: { script: whole, continues: 'prefill' },
    });
    const answer = await read(
      await ask(house, { stream: true, tools: [{ name: 'f', input_schema: { type: 'object' } }] }),
      'brown ',
      scripted.alpha!.deliver,
    );
    expect(answer.toolCalls).toEqual([{ id: 'b', name: 'f', arguments: '{"city":"Rome"}' }]);
    expect([answer.text, answer.finishReason, answer.done]).toEqual(['The quick brown ', 'tool_use', 1]);
    expect(answer.breaches).toEqual([]);
  });

  test('ends in an error and shows no stop reason where nobody can go on', async () => {
    for (const ending of [[], [shut(0)], [shut(0), finish()]]) {
      const { house, scripted } = await houseOf({ alpha: { script: cutAfter(...soFar, ...ending) } });
      const answer = await read(await ask(house, { stream: true }), 'brown ', scripted.alpha!.deliver);
      expect([answer.done, answer.finishReason, answer.usages.length]).toEqual([0, undefined, 0]);
      expect(answer.errors[0]!.error).toMatchObject({ type: 'api_error', error_type: 'provider_unavailable' });
      expect(house.records()[0]!.charge.chargedPico).toBe(0n);
    }
  });
});

describe('a chat caller at a provider of Messages', () => {
  const body = { model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }] };

  test('gets thinking with its signature, and can send it back', async () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig==' },
      { type: 'redacted_thinking', data: 'enc==' },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: 1 } },
    ];
    const script: Script = async (call) =>
      void (await call.write(json(200, message('', { content, stop_reason: 'tool_use' }))));
    const { house, scripted } = await houseOf({ alpha: { script } });
    const first = await (await house.post(body)).text();
    const answer = readChatResult(first);
    expect([answer.reasoning, answer.finishReason]).toEqual(['Hm.', 'tool_calls']);
    const [choice] = (JSON.parse(first) as { choices: { message: JsonObject }[] }).choices;
    const result = { role: 'tool', tool_call_id: 'toolu_1', content: '2' };
    await house.post({ ...body, messages: [...body.messages, choice!.message, result] });
    expect(JSON.parse(scripted.alpha!.requests[1]!.body).messages[1]).toEqual({ role: 'assistant', content });
  });

  test('that is strict is refused what Messages would lose', async () => {
    const { house, scripted } = await houseOf({ alpha: { script: speaks('Hello') } });
    const response = await house.post({ ...body, seed: 1, strict: true });
    expect(response.status).toBe(422);
    expect(scripted.alpha!.requests).toEqual([]);
  });
});

test('a caller of Messages at a provider of chat is served in the same words, streamed and not', async () => {
  const { house } = await houseOf({ alpha: { script: answers('Hel', 'lo'), format: 'openai-chat' } });
  const plain = readMessagesResult(await (await ask(house)).text());
  const streamed = readMessagesStream(await (await ask(house, { stream: true })).text());
  for (const answer of [plain, streamed]) {
    expect([answer.text, answer.finishReason, answer.message.provider]).toEqual(['Hello', 'end_turn', 'Alpha']);
    expect(answer.usages[0]).toMatchObject({ input_tokens: 10, output_tokens: 3 });
  }
});
