/** The `@anthropic-ai/sdk` package from npm, with nothing changed but its base URL and key. */
import Anthropic from '@anthropic-ai/sdk';
import { SENTENCE, THOUGHT } from './provider.mjs';
import {
  expect,
  expectHangUp,
  expectNamedKeys,
  expectThat,
  expectUsage,
  findGeneration,
  MISSPELT,
  RED_SQUARE,
  runSuite,
  SCOUT,
  seenByProvider,
  setting,
  thrownBy,
} from './report.mjs';

const baseURL = setting.baseUrl?.replace(/\/v1$/, '');
const open = (apiKey, options) => new Anthropic({ baseURL, apiKey, maxRetries: 0, ...options });
const client = open(setting.key);
const user = (content) => ({ role: 'user', content });
const ask = (model, more) => ({ model, max_tokens: 500, messages: [user('When does the train leave?')], ...more });
const weather = {
  name: 'weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const textOf = (message) => message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

function expectAnthropicUsage(usage) {
  expectUsage({
    prompt: usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
    completion: usage.output_tokens,
    cached: usage.cache_read_input_tokens,
    cost: usage.cost,
  });
}

async function failure(params, { key = setting.key } = {}) {
  const error = await thrownBy(() => open(key).messages.create(params));
  expectThat('an APIError', error instanceof Anthropic.APIError, error);
  return error;
}

const NOT_HERE = 'this SDK has no such call';

await runSuite({
  async chat() {
    for (const model of ['acme/talker', 'claude/native']) {
      const message = await client.messages.create(ask(model));
      expect('text', textOf(message), SENTENCE);
      expect('stop reason', message.stop_reason, 'end_turn');
      expect('model', message.model, model);
      expectThat('an id that starts with gen-', message.id.startsWith('gen-'), message.id);
      expectAnthropicUsage(message.usage);
      expectThat('the id of the request', message._request_id?.startsWith('req-'), message._request_id);
    }
    const bearer = new Anthropic({ baseURL, apiKey: null, authToken: setting.key, maxRetries: 0 });
    expect('text, by a bearer token', textOf(await bearer.messages.create(ask('acme/talker'))), SENTENCE);
    expect('tokens by the provider', await client.messages.countTokens(count('claude/native')), { input_tokens: 123 });
    const estimate = await client.messages.countTokens(count('acme/talker'));
    expect('our own estimate', [estimate.input_tokens > 0, estimate.usage_source], [true, 'estimated']);
  },

  async stream() {
    for (const model of ['acme/talker', 'claude/native']) {
      const events = [];
      for await (const event of await client.messages.create(ask(model, { stream: true }))) events.push(event);
      expect('first and last', [events[0].type, events.at(-1).type], ['message_start', 'message_stop']);
      expectAnthropicUsage(events.find(({ type }) => type === 'message_delta').usage);
      // The package's own assembly of the same stream.
      const whole = await client.messages.stream(ask(model)).finalMessage();
      expect('text by stream()', textOf(whole), SENTENCE);
      expect('stop reason', whole.stop_reason, 'end_turn');
      expect('input tokens', whole.usage.input_tokens, 60);
    }
  },

  async 'stream-nulls'() {
    expect('text', textOf(await client.messages.create(ask('acme/nulls'))), SENTENCE);
    expect('text, streamed', textOf(await client.messages.stream(ask('acme/nulls')).finalMessage()), SENTENCE);
  },

  async tools() {
    const runner = client.beta.messages.toolRunner({
      model: 'acme/talker',
      max_tokens: 500,
      messages: [user('How warm is it in Paris?')],
      tools: [
        {
          ...weather,
          run: ({ city }) => JSON.stringify({ degrees: city === 'Paris' ? 21 : 9 }),
          parse: (input) => input,
        },
      ],
    });
    expect('text', textOf(await runner), 'It is 21 degrees.');
  },

  async 'tools-streamed'() {
    const request = ask('acme/talker', { messages: [user('How warm is it in Paris?')], tools: [weather] });
    const pieces = [];
    const stream = client.messages.stream(request).on('inputJson', (piece) => pieces.push(piece));
    const whole = await stream.finalMessage();
    expect('stop reason', whole.stop_reason, 'tool_use');
    expect('call', [whole.content[0].name, whole.content[0].input], ['weather', { city: 'Paris' }]);
    expect('arguments in pieces', pieces.filter(Boolean).length, 2);
  },

  async 'tools-parallel'() {
    const request = ask('acme/talker', { messages: [user('How warm is it in both?')], tools: [weather] });
    const streamed = await client.messages.stream(request).finalMessage();
    for (const message of [await client.messages.create(request), streamed]) {
      const calls = message.content.filter(({ type }) => type === 'tool_use');
      expect(
        'calls',
        calls.map(({ id, input }) => [id, input.city]),
        [
          ['call_0_Paris', 'Paris'],
          ['call_1_Oslo', 'Oslo'],
        ],
      );
    }
  },

  async structured() {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, population: { type: 'integer' } },
      required: ['city', 'population'],
      additionalProperties: false,
    };
    const format = { type: 'json_schema', schema };
    const message = await client.messages.parse(ask('acme/talker', { output_config: { format } }));
    expect('JSON', JSON.parse(textOf(message)), { city: 'Paris', population: 2102650 });
  },

  async reasoning() {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    for (const model of ['acme/thinker', 'claude/native']) {
      const request = ask(model, { thinking, max_tokens: 4000 });
      const streamed = await client.messages.stream(request).finalMessage();
      for (const message of [await client.messages.create(request), streamed]) {
        const [thought, text] = message.content;
        expect('thinking', [thought.type, thought.thinking, text.text], ['thinking', THOUGHT, SENTENCE]);
        expectThat('a signature', thought.signature.length > 0, thought);
      }
    }
    // What was signed goes back as it was, although the caller took it from a stream.
    const first = ask('claude/native', { thinking, max_tokens: 4000, tools: [weather] });
    const called = await client.messages.stream(first).finalMessage();
    const use = called.content.find(({ type }) => type === 'tool_use');
    const result = { type: 'tool_result', tool_use_id: use.id, content: '21' };
    const turns = [...first.messages, { role: 'assistant', content: called.content }, user([result])];
    expect('text', textOf(await client.messages.create({ ...first, messages: turns })), SENTENCE);
  },

  async mini() {
    const request = ask('trunkline/mini', { messages: [user('What are you?')], temperature: 0, max_tokens: 60 });
    const message = await client.messages.create(request);
    expectThat('a text', textOf(message).length > 10, message);
    expect('cost', message.usage.cost, 0);
    expect('the same, streamed', textOf(await client.messages.stream(request).finalMessage()), textOf(message));
  },

  async image() {
    const source = { type: 'base64', media_type: 'image/png', data: RED_SQUARE.slice('data:image/png;base64,'.length) };
    const content = [
      { type: 'image', source },
      { type: 'text', text: 'What do you see?' },
    ];
    const request = ask('trunkline/mini', { messages: [user(content)], temperature: 0, max_tokens: 40 });
    const message = await client.messages.create(request);
    expectThat('the colour red', /\bred\b/.test(textOf(message)), message);
  },

  completions: NOT_HERE,

  async routing() {
    const provider = { order: ['bravo'], allow_fallbacks: false };
    expect('provider', (await client.messages.create(ask('acme/shared', { provider }))).provider, 'Bravo');
  },

  async fallback() {
    const models = await client.messages.create(ask('acme/broken', { models: ['acme/talker'] }));
    expect('model', models.model, 'acme/talker');
    const fallbacks = await client.messages.create(ask('acme/broken', { fallbacks: [{ model: 'claude/native' }] }));
    expect('model, by fallbacks', fallbacks.model, 'claude/native');
  },

  async attribution() {
    const headers = { 'HTTP-Referer': 'https://timetable.example', 'X-Title': 'Timetable' };
    const message = await open(setting.key, { defaultHeaders: headers }).messages.create(ask('acme/talker'));
    expect('referer', (await findGeneration(message.id)).http_referer, 'https://timetable.example');
  },

  async abort() {
    const tag = 'slow, from anthropic of npm';
    let pieces = 0;
    const stream = await client.messages.create(ask('acme/slow', { messages: [user(tag)], stream: true }));
    for await (const event of stream) {
      if (event.type === 'content_block_delta') pieces++;
      if (pieces === 3) break;
    }
    await expectHangUp(tag);
  },

  async models() {
    const found = new Set();
    for await (const { id } of client.models.list()) found.add(id);
    expectThat('at least 300 models', found.size >= 300, found.size);
    expectThat('Scout among them', found.has(SCOUT), [...found].slice(0, 5));
  },

  model: NOT_HERE,

  async retrieve() {
    expect('id', (await client.models.retrieve(SCOUT)).id, SCOUT);
    const error = await thrownBy(() => client.models.retrieve(MISSPELT));
    expectThat('a NotFoundError for another', error instanceof Anthropic.NotFoundError, error);
  },

  endpoints: NOT_HERE,
  count: NOT_HERE,
  providers: NOT_HERE,
  key: NOT_HERE,
  credits: NOT_HERE,

  async generation() {
    const message = await client.messages.create(ask('claude/native'));
    const record = await findGeneration(message.id);
    expect('cost', record.total_cost, message.usage.cost);
    expect('native finish reason', record.native_finish_reason, 'end_turn');
  },

  keys: NOT_HERE,

  async 'error-401'() {
    const error = await failure(ask('acme/talker'), { key: `sk-or-v1-${'0'.repeat(64)}` });
    expectThat('an AuthenticationError', error instanceof Anthropic.AuthenticationError, error);
    expect('type', error.type, 'authentication_error');
    expectThat('the id of the request', error.requestID?.startsWith('req-'), error.requestID);
    expect('the same in the body', error.error.request_id, error.requestID);
  },

  async 'error-400'() {
    const error = await failure(ask(MISSPELT));
    expectThat('a BadRequestError', error instanceof Anthropic.BadRequestError, error);
    expectThat('a near match', error.message.includes(SCOUT), error.message);
    expect('type', error.type, 'invalid_request_error');
  },

  async 'error-404'() {
    const error = await failure(ask(SCOUT));
    expectThat('a NotFoundError', error instanceof Anthropic.NotFoundError, error);
    expectNamedKeys(error.message);
  },

  async 'error-402'() {
    const error = await failure(ask('acme/talker'), { key: setting.poorKey });
    expect('status and type', [error.status, error.type], [402, 'billing_error']);
  },

  async 'error-429'() {
    const error = await failure(ask('acme/limited'));
    expectThat('a RateLimitError', error instanceof Anthropic.RateLimitError, error);
    expect('Retry-After', error.headers.get('retry-after'), '1');
  },

  async retry() {
    const tag = 'moody, from anthropic of npm';
    const patient = open(setting.key, { maxRetries: 3 });
    const message = await patient.messages.create(ask('acme/moody-anthropic', { messages: [user(tag)] }));
    expect('text', textOf(message), SENTENCE);
    expectThat('the 429 before it', (await seenByProvider(tag)).length >= 2, await seenByProvider(tag));
  },

  async 'error-503'() {
    const error = await failure(ask('acme/broken'));
    expectThat('an OverloadedError', error instanceof Anthropic.InternalServerError, error);
    expect('status and type', [error.status, error.type], [529, 'overloaded_error']);
  },

  async 'error-cut'() {
    let text = '';
    const stream = client.messages.stream(ask('acme/cut')).on('text', (piece) => {
      text += piece;
    });
    const error = await thrownBy(() => stream.finalMessage());
    expectThat('an APIError', error instanceof Anthropic.APIError, error);
    expect('text before it', text, 'The 7:17 leaves');
  },
});

function count(model) {
  return { model, messages: [user('When does the train leave?')] };
}
