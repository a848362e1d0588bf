import { afterEach, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { answers, json } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse } from '../support/test-house.ts';
import { ask, closeScenes, scene } from './scene.ts';

afterEach(closeScenes);

const METADATA = { headers: { 'x-openrouter-metadata': 'enabled' } };
const JSON_MODE = { response_format: { type: 'json_object' }, plugins: [{ id: 'response-healing' }] };
const BROKEN = "```json\n{'a': 1,}\n```";

interface ChatAnswer {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly openrouter_metadata: JsonObject;
}

test('a plugin that is not here is refused by name', async () => {
  const { house, provider } = await scene(answers());
  const answer = await house.post(ask(false, { plugins: [{ id: 'fusion' }] }));
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain('fusion');
  expect(provider.requests).toHaveLength(0);
});

test('one that is switched off does not matter, and settings that do not fit are the caller’s mistake', async () => {
  const { house } = await scene(answers());
  expect((await house.post(ask(false, { plugins: [{ id: 'fusion', enabled: false }] }))).status).toBe(200);
  const wrong = await house.post(ask(false, { plugins: [{ id: 'context-compression', engine: 'outside-in' }] }));
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('context-compression.engine')]);
});

test('broken JSON is mended, kept with the generation and told on request', async () => {
  const { house } = await scene(answers(BROKEN));
  const answer = (await (await house.post(ask(false, JSON_MODE), METADATA)).json()) as ChatAnswer;
  expect(answer.choices[0]!.message.content).toBe('{"a": 1}');
  expect(answer.openrouter_metadata.pipeline).toEqual([
    {
      type: 'response_healing',
      name: 'response-healing',
      summary: "mended the answer's JSON (fence, syntax)",
      data: { outcome: 'healed', steps: ['fence', 'syntax'] },
    },
  ]);
  expect(house.records()[0]!.plugins).toMatchObject([{ id: 'response-healing', data: { outcome: 'healed' } }]);
});

test('broken JSON is mended for callers of Responses and Messages too', async () => {
  const { house } = await scene(answers(BROKEN));
  const plugins = [{ id: 'response-healing' }];
  const responses = await house.post(
    { model: 'demo/talker', input: 'Hi', plugins, text: { format: { type: 'json_object' } } },
    { path: '/api/v1/responses' },
  );
  expect(((await responses.json()) as { output_text: string }).output_text).toBe('{"a": 1}');
  const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
  const messages = await house.post(
    {
      model: 'demo/talker',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hi' }],
      plugins,
      output_config: { format: { type: 'json_schema', schema } },
    },
    { path: '/api/v1/messages' },
  );
  expect(((await messages.json()) as { content: { text: string }[] }).content[0]!.text).toBe('{"a": 1}');
});

test('streams, answers that were not to be JSON and misfits of the schema stay as they are', async () => {
  const { house } = await scene(answers(BROKEN));
  const plain = (await (await house.post(ask(false, { plugins: JSON_MODE.plugins }))).json()) as ChatAnswer;
  expect(plain.choices[0]!.message.content).toBe(BROKEN);
  expect(await (await house.post(ask(true, JSON_MODE))).text()).toContain(JSON.stringify(BROKEN));
  const json_schema = { name: 'x', schema: { type: 'object', required: ['b'] } };
  const misfit = { ...JSON_MODE, response_format: { type: 'json_schema', json_schema } };
  const answer = (await (await house.post(ask(false, misfit), METADATA)).json()) as ChatAnswer;
  expect(answer.choices[0]!.message.content).toBe(BROKEN);
  expect(answer.openrouter_metadata.pipeline).toMatchObject([{ data: { outcome: 'left' } }]);
});

/** By our estimate 12,000 tokens, where the endpoint holds 8,192. */
const LONG = Array.from({ length: 12 }, (_, i) => ({
  role: i % 2 === 0 ? 'user' : 'assistant',
  content: `${i}: ${'word '.repeat(800)}`,
}));

test('a conversation that is too long is refused as it is, and cut where the caller asks for it', async () => {
  const { house, provider } = await scene(answers());
  expect((await house.post(ask(false, { messages: [...LONG, ...LONG] }))).status).toBe(400);
  for (const more of [{ plugins: [{ id: 'context-compression' }] }, { transforms: ['middle-out'] }]) {
    const answer = await house.post(ask(false, { messages: LONG, ...more }), METADATA);
    expect(answer.status).toBe(200);
    const sent = JSON.parse(provider.requests.at(-1)!.body) as { messages: { content: string }[] };
    const firsts = sent.messages.map(({ content }) => content.slice(0, 2));
    expect([firsts[0], firsts.at(-1)]).toEqual(['0:', '11']);
    expect(firsts.length).toBeLessThan(LONG.length);
    const { openrouter_metadata: metadata } = (await answer.json()) as ChatAnswer;
    expect(metadata.losses).toHaveLength(LONG.length - firsts.length);
    expect(metadata.pipeline).toMatchObject([{ type: 'context_compression' }]);
  }
  expect(house.records().at(-1)!.route!.features.adapts).toEqual({ contextShare: 0.5 });
});

test('one that only our estimate finds too long is left to the provider to count', async () => {
  const { house } = await scene(answers());
  expect((await house.post(ask(false, { messages: LONG }))).status).toBe(200);
  expect(house.records().at(-1)!.route!.steps[0]!.reason).toContain('estimate of 12');
  const error = { message: 'This is 9,621 tokens', type: 'invalid_request_error', code: 'context_length_exceeded' };
  const counting = await scene(async (call) => void (await call.write(json(400, { error }))));
  const answer = await counting.house.post(ask(false, { messages: LONG }));
  const told = await answer.text();
  expect([answer.status, told]).toEqual([400, expect.stringContaining('"error_type":"context_length_exceeded"')]);
  expect(told).toContain(': the maximum context length is exceeded: This is 9,621 tokens"');
});

test('agents of each format know a conversation that is too long by its status, code and words', async () => {
  const { house, provider } = await scene(answers());
  const known = {
    'chat/completions': /maximum context length is 8192 tokens/,
    messages: /^prompt is too long: /,
    responses: /8192/,
  };
  for (const [name, words] of Object.entries(known)) {
    const longer = [...LONG, ...LONG];
    const messages = name === 'responses' ? { input: longer } : { messages: longer };
    const answer = await house.post({ model: 'demo/talker', max_tokens: 50, ...messages }, { path: `/api/v1/${name}` });
    const text = await answer.text();
    expect([answer.status, text]).toEqual([400, expect.stringContaining('"error_type":"context_length_exceeded"')]);
    const { error } = JSON.parse(text) as { error: { message: string } };
    expect(error.message).toMatch(words);
  }
  expect(provider.requests).toHaveLength(0);
});

test('a strict caller’s conversation is not cut, and one that needs no cut goes on byte for byte', async () => {
  const { house, provider } = await scene(answers());
  const plugins = [{ id: 'context-compression' }];
  expect((await house.post(ask(false, { messages: LONG, plugins, strict: true }))).status).toBe(422);
  expect(provider.requests).toHaveLength(0);
  expect((await house.post(ask(false, { plugins, odd_field: 1 }))).status).toBe(200);
  expect(JSON.parse(provider.requests[0]!.body)).toMatchObject({ odd_field: 1 });
  expect(house.records().at(-1)!.plugins).toBeUndefined();
});

test('less than half of the need is not enough, and each endpoint gets what it holds', async () => {
  const { house, provider } = await scene(answers());
  const plugins = [{ id: 'context-compression' }];
  const messages = [...LONG, ...LONG];
  expect((await house.post(ask(false, { messages, plugins }))).status).toBe(400);
  const wide = testEndpoint('acme', { contextTokensMax: 100_000 });
  const other = await openTestHouse({ providers: [{ endpoint: wide, baseUrl: provider.baseUrl }] });
  expect((await other.post(ask(false, { messages, plugins }))).status).toBe(200);
  expect((JSON.parse(provider.requests.at(-1)!.body) as { messages: object[] }).messages).toHaveLength(24);
  await other.close();
});
