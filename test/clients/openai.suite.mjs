/** The `openai` package from npm, with nothing changed but its base URL and key. */
import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { SENTENCE, THOUGHT } from './provider.mjs';
import {
  expect,
  expectHangUp,
  expectNamedKeys,
  expectThat,
  expectUsage,
  MISSPELT,
  RED_SQUARE,
  runSuite,
  SCOUT,
  seenByProvider,
  setting,
  thrownBy,
} from './report.mjs';

const open = (apiKey, options) => new OpenAI({ baseURL: setting.baseUrl, apiKey, maxRetries: 0, ...options });
const client = open(setting.key);
const admin = open(setting.managementKey);
const user = (content) => ({ role: 'user', content });
const ask = (model, more) => ({ model, messages: [user('When does the train leave?')], ...more });
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

async function collect(stream) {
  const read = { text: '', reasoning: '', chunks: [] };
  for await (const chunk of stream) {
    read.chunks.push(chunk);
    const choice = chunk.choices[0];
    read.text += choice?.delta.content ?? '';
    read.reasoning += choice?.delta.reasoning ?? '';
    read.finishReason = choice?.finish_reason ?? read.finishReason;
  }
  return read;
}

function expectOpenAiUsage(usage) {
  expectUsage({
    prompt: usage.prompt_tokens,
    completion: usage.completion_tokens,
    cached: usage.prompt_tokens_details.cached_tokens,
    cost: usage.cost,
  });
}

async function failure(params, { key = setting.key } = {}) {
  const error = await thrownBy(() => open(key).chat.completions.create(params));
  expectThat('an APIError', error instanceof OpenAI.APIError, error);
  return error;
}

await runSuite({
  async chat() {
    const answer = await client.chat.completions.create(ask('acme/talker'));
    expect('text', answer.choices[0].message.content, SENTENCE);
    expect('finish reason', answer.choices[0].finish_reason, 'stop');
    expect('model', answer.model, 'acme/talker');
    expect('provider', answer.provider, 'Acme');
    expectThat('an id that starts with gen-', answer.id.startsWith('gen-'), answer.id);
    expectOpenAiUsage(answer.usage);
  },

  async stream() {
    const read = await collect(await client.chat.completions.create(ask('acme/talker', { stream: true })));
    expect('text', read.text, SENTENCE);
    expect('finish reason', read.finishReason, 'stop');
    expectOpenAiUsage(read.chunks.at(-1).usage);
    expect('choices of the last chunk', read.chunks.at(-1).choices, []);
    expect('ids', new Set(read.chunks.map((chunk) => chunk.id)).size, 1);
    // The package's own assembly of the same stream.
    const whole = await client.chat.completions.stream(ask('acme/talker')).finalChatCompletion();
    expect('text by stream()', whole.choices[0].message.content, SENTENCE);
    expectOpenAiUsage(whole.usage);
  },

  async 'stream-nulls'() {
    const answer = await client.chat.completions.create(ask('acme/nulls'));
    expect('text', answer.choices[0].message.content, SENTENCE);
    const whole = await client.chat.completions.stream(ask('acme/nulls')).finalChatCompletion();
    expect('text, streamed', whole.choices[0].message.content, SENTENCE);
  },

  async tools() {
    const runner = client.chat.completions.runTools({
      model: 'acme/talker',
      messages: [user('How warm is it in Paris?')],
      tools: [
        {
          type: 'function',
          function: {
            ...weather.function,
            parse: JSON.parse,
            function: ({ city }) => ({ degrees: city === 'Paris' ? 21 : 9 }),
          },
        },
      ],
    });
    expect('text', await runner.finalContent(), 'It is 21 degrees.');
    expect('calls', (await runner.finalFunctionToolCall()).arguments, '{"city":"Paris"}');
  },

  async 'tools-streamed'() {
    const request = { model: 'acme/talker', messages: [user('How warm is it in Paris?')], tools: [weather] };
    const stream = client.chat.completions.stream(request);
    const pieces = [];
    stream.on('tool_calls.function.arguments.delta', ({ arguments_delta }) => pieces.push(arguments_delta));
    const whole = await stream.finalChatCompletion();
    expect('finish reason', whole.choices[0].finish_reason, 'tool_calls');
    expect('name', whole.choices[0].message.tool_calls[0].function.name, 'weather');
    expect('arguments', whole.choices[0].message.tool_calls[0].function.arguments, '{"city":"Paris"}');
    expectThat('arguments in pieces', pieces.filter(Boolean).length === 2, pieces);
  },

  async 'tools-parallel'() {
    const request = { model: 'acme/talker', messages: [user('How warm is it in both?')], tools: [weather] };
    const plain = await client.chat.completions.create({ ...request, parallel_tool_calls: true });
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const answer of [plain, streamed]) {
      const calls = answer.choices[0].message.tool_calls;
      expect(
        'ids',
        calls.map((call) => call.id),
        ['call_0_Paris', 'call_1_Oslo'],
      );
      expect(
        'arguments',
        calls.map((call) => call.function.arguments),
        ['{"city":"Paris"}', '{"city":"Oslo"}'],
      );
    }
  },

  async structured() {
    const format = zodResponseFormat(z.object({ city: z.string(), population: z.number().int() }), 'city');
    const answer = await client.chat.completions.parse(ask('acme/talker', { response_format: format }));
    expect('parsed', answer.choices[0].message.parsed, { city: 'Paris', population: 2102650 });
    const streamed = client.chat.completions.stream(ask('acme/talker', { response_format: format }));
    const whole = await streamed.finalChatCompletion();
    expect('parsed, streamed', whole.choices[0].message.parsed, { city: 'Paris', population: 2102650 });
  },

  async reasoning() {
    const answer = await client.chat.completions.create(ask('acme/thinker'));
    expect('reasoning', answer.choices[0].message.reasoning, THOUGHT);
    expect('text', answer.choices[0].message.content, SENTENCE);
    const read = await collect(await client.chat.completions.create(ask('acme/thinker', { stream: true })));
    expect('reasoning, streamed', read.reasoning, THOUGHT);
    expect('text, streamed', read.text, SENTENCE);
  },

  async mini() {
    const request = { model: 'trunkline/mini', messages: [user('What are you?')], temperature: 0, max_tokens: 60 };
    const answer = await client.chat.completions.create(request);
    expectThat('a text', answer.choices[0].message.content.length > 10, answer.choices[0].message);
    expect('cost', answer.usage.cost, 0);
    const read = await collect(await client.chat.completions.create({ ...request, stream: true }));
    expect('the same text, streamed', read.text, answer.choices[0].message.content);
    expectThat('usage', read.chunks.at(-1).usage.completion_tokens > 0, read.chunks.at(-1));
  },

  async image() {
    const content = [
      { type: 'text', text: 'What do you see?' },
      { type: 'image_url', image_url: { url: RED_SQUARE } },
    ];
    const request = { model: 'trunkline/mini', messages: [user(content)], temperature: 0, max_tokens: 40 };
    const answer = await client.chat.completions.create(request);
    expectThat('the colour red', /\bred\b/.test(answer.choices[0].message.content), answer.choices[0].message.content);
  },

  async completions() {
    const request = { model: 'acme/talker', prompt: 'When does the train leave?' };
    const answer = await client.completions.create(request);
    expect('object', answer.object, 'text_completion');
    expect('text', answer.choices[0].text, SENTENCE);
    expect('finish reason', answer.choices[0].finish_reason, 'stop');
    expectOpenAiUsage(answer.usage);
    let text = '';
    let last;
    for await (const chunk of await client.completions.create({ ...request, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
      last = chunk;
    }
    expect('text, streamed', text, SENTENCE);
    expectOpenAiUsage(last.usage);
  },

  async routing() {
    const provider = { order: ['bravo'], allow_fallbacks: false };
    const answer = await client.chat.completions.create(ask('acme/shared', { provider }));
    expect('provider', answer.provider, 'Bravo');
    const cheap = await client.chat.completions.create(ask('acme/shared', { provider: { max_price: { prompt: 5 } } }));
    expect('provider below a price', cheap.provider, 'Acme');
  },

  async fallback() {
    const answer = await client.chat.completions.create(ask('acme/broken', { models: ['acme/talker'] }));
    expect('model', answer.model, 'acme/talker');
    expect('text', answer.choices[0].message.content, SENTENCE);
  },

  async attribution() {
    const headers = { 'HTTP-Referer': 'https://timetable.example', 'X-Title': 'Timetable' };
    const named = open(setting.key, { defaultHeaders: headers });
    const answer = await named.chat.completions.create(ask('acme/talker'));
    const { data } = await client.get('/generation', { query: { id: answer.id } });
    expect('referer', data.http_referer, 'https://timetable.example');
  },

  async abort() {
    const tag = 'slow, from openai of npm';
    const stream = await client.chat.completions.create({ model: 'acme/slow', messages: [user(tag)], stream: true });
    let pieces = 0;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) pieces++;
      if (pieces === 3) break;
    }
    await expectHangUp(tag);
    expect('requests at the provider', (await seenByProvider(tag)).length, 1);
  },

  async models() {
    const found = new Map();
    for await (const model of client.models.list()) found.set(model.id, model);
    expectThat('at least 300 models', found.size >= 300, found.size);
    expectThat('Scout among them', found.has(SCOUT), [...found.keys()].slice(0, 5));
    expectThat('prices as text', typeof found.get('acme/talker').pricing.prompt === 'string', found.get('acme/talker'));
  },

  async model() {
    const { data } = await client.get(`/model/${SCOUT}`);
    expect('id', data.id, SCOUT);
  },

  async retrieve() {
    const model = await client.models.retrieve(SCOUT);
    expect('id', model.id, SCOUT);
    expectThat('seconds since 1970', Number.isInteger(model.created), model);
    const error = await thrownBy(() => client.models.retrieve(MISSPELT));
    expectThat('a NotFoundError for another', error instanceof OpenAI.NotFoundError, error);
  },

  async endpoints() {
    const { data } = await client.get('/models/acme/shared/endpoints');
    expect('providers', data.endpoints.map((endpoint) => endpoint.provider_name).sort(), ['Acme', 'Bravo']);
  },

  async count() {
    const { data } = await client.get('/models/count');
    expectThat('at least 300', data.count >= 300, data);
  },

  async providers() {
    const { data } = await client.get('/providers');
    expectThat('at least 60', data.length >= 60, data.length);
    expectThat(
      'Acme among them',
      data.some(({ slug, name }) => slug === 'acme' && name === 'Acme'),
      data.length,
    );
  },

  async key() {
    const { data } = await client.get('/key');
    expectThat('a masked label', data.label.length > 0 && !data.label.includes(setting.key), data.label);
    expect('limit', data.limit, null);
    const poor = await open(setting.poorKey).get('/key');
    expect('limit of the poor key', poor.data.limit, 0.000001);
  },

  async credits() {
    const { data } = await admin.get('/credits');
    expectThat('credits', data.total_credits > 0, data);
    expectThat('usage', data.total_usage >= 0, data);
  },

  async generation() {
    const answer = await client.chat.completions.create(ask('acme/talker'));
    const { data } = await client.get('/generation', { query: { id: answer.id } });
    expect('id', data.id, answer.id);
    expect('model', data.model, 'acme/talker');
    expect('provider', data.provider_name, 'Acme');
    expect('cost', data.total_cost, answer.usage.cost);
    const streamed = await collect(await client.chat.completions.create(ask('acme/talker', { stream: true })));
    const later = await client.get('/generation', { query: { id: streamed.chunks[0].id } });
    expect('streamed', later.data.streamed, true);
    expect('cost, streamed', later.data.total_cost, streamed.chunks.at(-1).usage.cost);
  },

  async keys() {
    const made = await admin.post('/keys', { body: { name: 'made by openai of npm', limit: 5 } });
    expect('name', made.data.name, 'made by openai of npm');
    const { hash } = made.data;
    const answer = await open(made.key).chat.completions.create(ask('acme/talker'));
    expect('an answer for the new key', answer.choices[0].message.content, SENTENCE);
    const changed = await admin.patch(`/keys/${hash}`, { body: { name: 'renamed', disabled: true } });
    expect('disabled', changed.data.disabled, true);
    const refused = await failure(ask('acme/talker'), { key: made.key });
    expect('status for a disabled key', refused.status, 401);
    expect('name, read', (await admin.get(`/keys/${hash}`)).data.name, 'renamed');
    expectThat('the key in the list', (await listKeys()).includes(hash), hash);
    expect('deleted', (await admin.delete(`/keys/${hash}`)).deleted, true);
    expectThat('the key out of the list', !(await listKeys()).includes(hash), hash);
  },

  async 'error-401'() {
    const error = await failure(ask('acme/talker'), { key: `sk-or-v1-${'0'.repeat(64)}` });
    expectThat('an AuthenticationError', error instanceof OpenAI.AuthenticationError, error);
    expect('status', error.status, 401);
    expect('code', error.code, 401);
  },

  async 'error-400'() {
    const error = await failure(ask(MISSPELT));
    expectThat('a BadRequestError', error instanceof OpenAI.BadRequestError, error);
    expectThat('a near match', error.message.includes(SCOUT), error.message);
    expect('code of availability', error.error.availability.code, 'model_not_found');
  },

  async 'error-404'() {
    const error = await failure(ask(SCOUT));
    expectThat('a NotFoundError', error instanceof OpenAI.NotFoundError, error);
    expectNamedKeys(error.message);
    expect('code of availability', error.error.availability.code, 'no_endpoints');
  },

  async 'error-402'() {
    const error = await failure(ask('acme/talker'), { key: setting.poorKey });
    expect('status', error.status, 402);
    expect('type', error.error.metadata.error_type, 'payment_required');
  },

  async 'error-429'() {
    const error = await failure(ask('acme/limited'));
    expectThat('a RateLimitError', error instanceof OpenAI.RateLimitError, error);
    const wait = Number(error.headers.get('retry-after'));
    expectThat('Retry-After of a second', wait === 1, error.headers.get('retry-after'));
  },

  async retry() {
    const tag = 'moody, from openai of npm';
    const patient = open(setting.key, { maxRetries: 3 });
    const answer = await patient.chat.completions.create({ model: 'acme/moody-npm', messages: [user(tag)] });
    expect('text', answer.choices[0].message.content, SENTENCE);
    expectThat('the 429 before it', (await seenByProvider(tag)).length >= 2, await seenByProvider(tag));
  },

  async 'error-503'() {
    const error = await failure(ask('acme/broken'));
    expectThat('an InternalServerError', error instanceof OpenAI.InternalServerError, error);
    expect('status', error.status, 503);
  },

  async 'error-cut'() {
    const stream = await client.chat.completions.create(ask('acme/cut', { stream: true }));
    let text = '';
    const error = await thrownBy(async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    });
    expectThat('an APIError', error instanceof OpenAI.APIError, error);
    expect('text before it', text, 'The 7:17 leaves');
    expect('status of the same, not streamed', (await failure(ask('acme/cut'))).status, 503);
  },
});

async function listKeys() {
  const { data } = await admin.get('/keys', { query: { include_disabled: true } });
  return data.map(({ hash }) => hash);
}
