import { afterEach, expect, test } from 'bun:test';
import { encodeMessage } from '../../src/base/event-stream.test-data.ts';
import bedrock from '../../src/providers/amazon-bedrock.ts';
import { readChatStream } from '../support/read-answer.ts';
import { chunk, head, LAST_CHUNK, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, TEST_SECRET, type TestProvider } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

const HEAD = head(200, { 'content-type': 'application/vnd.amazon.eventstream', 'transfer-encoding': 'chunked' });
const event = (type: string, data: object) =>
  encodeMessage({ ':event-type': type, ':message-type': 'event' }, JSON.stringify(data));
const text = (said: string) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: said } });

async function ask(script: Script, more: Partial<TestProvider> = {}) {
  const provider = keep(await openScriptedProvider(script));
  const endpoint = testEndpoint('acme', { upstreamModel: 'meta.llama4-scout-17b-instruct-v1:0' });
  const house = keep(
    await openTestHouse({
      providers: [{ endpoint, baseUrl: provider.baseUrl, format: 'bedrock-converse', ...more }],
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

test('an access key signs the request and stays; what a refusal says of it reaches nobody', async () => {
  const [secret, token] = ['wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', 'AQoDYXdzEPT//EXAMPLE/token=='];
  const key = { access_key_id: 'AKIDEXAMPLE', secret_access_key: secret, session_token: token, region: 'eu-west-1' };
  const { answer, request, record } = await ask(
    async (call) => {
      const message = `The request signature we calculated does not match: x-amz-security-token:${token} of ${secret}`;
      const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'InvalidSignatureException' };
      const body = JSON.stringify({ message });
      await call.write(head(403, { ...headers, 'content-length': Buffer.byteLength(body) }) + body);
    },
    { secret: JSON.stringify(key), signer: bedrock.signer },
  );
  expect(request.headers.get('authorization')).toStartWith('AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/');
  expect(request.headers.get('authorization')).toContain(
    '/eu-west-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date;',
  );
  expect(request.headers.get('x-amz-security-token')).toBe(token);
  expect(record.attempts[0]).toMatchObject({
    failure: 'provider-unauthorised',
    failureMessage: expect.stringContaining('signature'),
  });
  const seen = JSON.stringify([answer, record.attempts]);
  expect([seen.includes(secret), seen.includes(token)]).toEqual([false, false]);
});
