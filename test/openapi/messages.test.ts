import { afterEach, expect, test } from 'bun:test';
import { ask, closeScenes, PRICE } from '../scenarios/scene.ts';
import { openSpecification } from '../support/openapi.ts';
import {
  answers,
  chunk,
  delta,
  finish,
  json,
  LAST_CHUNK,
  openScriptedProvider,
  type Script,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse } from '../support/test-house.ts';

const specification = openSpecification();
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await closeScenes();
  for (const part of opened.splice(0).reverse()) await part.close();
});

/** A provider that speaks chat: every frame a caller of Messages sees is then ours. */
async function houseOf(script: Script): Promise<TestHouse> {
  const provider = await openScriptedProvider(script);
  const endpoint = testEndpoint('acme', { price: PRICE });
  const house = await openTestHouse({
    providers: [{ endpoint, baseUrl: provider.baseUrl }],
  });
  opened.push(provider, house);
  return house;
}

function post(house: TestHouse, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return house.post({ max_tokens: 100, ...body }, { path: '/api/v1/messages', headers });
}

async function expectSpecified(answer: Response, status: number): Promise<void> {
  const body: unknown = await answer.json();
  expect([answer.status, body]).toEqual([status, body]);
  const problem = specification.check({ method: 'POST', path: '/messages', status, body });
  if (problem !== 'skipped') expect(problem).toBeUndefined();
}

function expectFrames(text: string): readonly string[] {
  const frames = text.trimEnd().split('\n\n');
  for (const frame of frames) {
    const [event = '', data = ''] = frame.split('\n');
    const body = { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) as unknown };
    const contentType = 'text/event-stream';
    const problem = specification.check({ method: 'POST', path: '/messages', status: 200, contentType, body });
    if (problem !== 'skipped') expect([frame, problem]).toEqual([frame, undefined]);
  }
  return frames.map((frame) => frame.split('\n')[0]!.slice('event: '.length));
}

const METADATA = { 'x-openrouter-metadata': 'enabled' };
const call = (id: string, more: object) => ({
  id: 'up-1',
  choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id, type: 'function', function: more }] } }],
});

test('a plain answer is what the specification says, with router metadata and without', async () => {
  const house = await houseOf(answers());
  await expectSpecified(await post(house, ask(false)), 200);
  await expectSpecified(await post(house, ask(false), METADATA), 200);
});

test('a plain answer that thinks and calls tools is what the specification says', async () => {
  const message = {
    role: 'assistant',
    content: 'Let me see.',
    reasoning_content: 'Hm.',
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
  };
  const body = {
    id: 'up',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 3, completion_tokens: 2 },
  };
  const house = await houseOf(async (provider) => void (await provider.write(json(200, body))));
  await expectSpecified(await post(house, ask(false)), 200);
});

test('every frame of a stream is what the specification says', async () => {
  const thought = { id: 'up-1', choices: [{ index: 0, delta: { reasoning_content: 'Hm.' } }] };
  const calls = call('c', { name: 'f', arguments: '{"a":1}' });
  const frames = sse(thought, delta('Hel'), delta('lo'), calls, finish('tool_calls'), usageFrame(3, 2), '[DONE]');
  const house = await houseOf(async (provider) => {
    await provider.write(STREAM_HEAD);
    await provider.write(chunk(frames));
    await provider.write(LAST_CHUNK);
  });
  const events = expectFrames(await (await post(house, ask(true), METADATA)).text());
  const block = (deltas: number) => [
    'content_block_start',
    ...Array(deltas).fill('content_block_delta'),
    'content_block_stop',
  ];
  expect(events).toEqual(['message_start', ...block(2), ...block(2), ...block(1), 'message_delta', 'message_stop']);
});

test('the error of a broken stream is what the specification says', async () => {
  const house = await houseOf(async (provider) => {
    await provider.write(STREAM_HEAD);
    await provider.write(chunk(sse(delta('Hel'))));
    await provider.write(LAST_CHUNK);
  });
  const events = expectFrames(await (await post(house, ask(true))).text());
  expect(events).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'error']);
});

test('refusals of our own are what the specification says', async () => {
  const house = await houseOf(answers());
  await expectSpecified(await post(house, { model: 'demo/talker' }), 400);
  await expectSpecified(await post(house, { ...ask(false), model: 'no/such' }), 400);
  await expectSpecified(await post(house, { ...ask(false), provider: { only: ['nobody'] } }), 404);
});

test.each([
  [429, 429],
  [500, 529],
  [529, 529],
  [400, 400],
])('a provider that answers %i is told as the specification says', async (status, told) => {
  const house = await houseOf(
    async (provider) => void (await provider.write(json(status, { error: { message: 'No' } }))),
  );
  await expectSpecified(await post(house, ask(false)), told);
});
