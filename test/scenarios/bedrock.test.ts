import { afterEach, expect, test } from 'bun:test';
import { encodeMessage } from '../../src/base/event-stream.test-data.ts';
import { readChatStream } from '../support/read-answer.ts';
import { chunk, head, LAST_CHUNK, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, TEST_SECRET } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

const HEAD = head(200, { 'content-type': 'application/vnd.amazon.eventstream', 'transfer-encoding': 'chunked' });
const event = (type: string, data: object) =>
  encodeMessage({ ':event-type': type, ':message-type': 'event' }, JSON.stringify(data));
const text = (said: string) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: said } });

async function ask(script: Script) {
  const provider = keep(await openScriptedProvider(script));
  const endpoint = testEndpoint('acme', { upstreamModel: 'meta.llama4-scout-17b-instruct-v1:0' });
  const house = keep(
    await openTestHouse({
      providers: [{ endpoint, baseUrl: provider.baseUrl, format: 'bedrock-converse' }],
    }),
  );
  const body = { model: 'demo/talker', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  const answer = readChatStream(await (await house.post(body)).text());
  return { answer, request: provider.requests[0]!, record: house.records()[0]! };
}

test('a caller of chat completions gets a stream of Bedrock in its own words', async () => {
  const { answer, request, record } = await ask(async (call) => {
    await call.write(HEAD);
    const stop = event('messageStop', { stopReason: 'end_turn' });
    const counts = event('metadata', { usage: { inputTokens: 4, outputTokens: 2, totalTokens: 6 } });
    for (const piece of [event('messageStart', { role: 'assistant' }), text('Hel'), text('lo'), stop, counts]) {
      await call.write(chunk(piece));
    }
    await call.write(LAST_CHUNK);
  });
  expect([answer.text, answer.finishReason, answer.nativeFinishReason, answer.done]).toEqual([
    'Hello',
    'stop',
    'end_turn',
    1,
  ]);
  expect(request.head).toStartWith('POST /v1/model/meta.llama4-scout-17b-instruct-v1%3A0/converse-stream ');
  expect([request.headers.get('accept'), request.headers.get('authorization')]).toEqual([
    '*/*',
    `Bearer ${TEST_SECRET}`,
  ]);
  expect(record.usage).toMatchObject({ promptTokens: 4, completionTokens: 2 });
});

test('a stream of Bedrock that ends before it stopped is no whole answer', async () => {
  const { answer } = await ask(async (call) => {
    await call.write(HEAD);
    await call.write(chunk(event('messageStart', { role: 'assistant' })));
    await call.write(chunk(text('Hello')));
    await call.write(LAST_CHUNK);
  });
  expect([answer.text, answer.finishReason, answer.done, answer.errors.length]).toEqual(['Hello', 'error', 0, 1]);
});
