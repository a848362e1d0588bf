/** OpenRouter's own SDK, with nothing changed but its server URL and key. It checks every answer against its schemas. */
import { OpenRouter } from '@openrouter/sdk';
import * as errors from '@openrouter/sdk/models/errors';
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

const open = (apiKey, options) =>
  new OpenRouter({ serverURL: setting.baseUrl, apiKey, retryConfig: { strategy: 'none' }, ...options });
const client = open(setting.key);
const admin = open(setting.managementKey);
const user = (content) => ({ role: 'user', content });
const ask = (model, more) => ({ model, messages: [user('When does the train leave?')], ...more });
const send = (chatRequest, { by = client, ...options } = {}) => by.chat.send({ chatRequest }, options);
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** Also joins the pieces of tool calls by their index. */
async function collect(stream) {
  const read = { text: '', reasoning: '', chunks: [], calls: [] };
  for await (const chunk of stream) {
    read.chunks.push(chunk);
    const choice = chunk.choices[0];
    read.text += choice?.delta.content ?? '';
    read.reasoning += choice?.delta.reasoning ?? '';
    read.finishReason = choice?.finishReason ?? read.finishReason;
    for (const piece of choice?.delta.toolCalls ?? []) {
      read.calls[piece.index] ??= { id: piece.id, name: piece.function.name, arguments: '' };
      read.calls[piece.index].arguments += piece.function.arguments ?? '';
    }
  }
  return read;
}

const stream = async (chatRequest) => collect(await send({ ...chatRequest, stream: true }));

function expectSdkUsage(usage) {
  expectUsage({
    prompt: usage.promptTokens,
    completion: usage.completionTokens,
    cached: usage.promptTokensDetails.cachedTokens,
    cost: usage.cost,
  });
}

async function failure(kind, chatRequest, by = client) {
  const error = await thrownBy(() => send(chatRequest, { by }));
  expectThat(`a ${kind.name}`, error instanceof kind, error);
  return error;
}

await runSuite({
  async chat() {
    const answer = await send(ask('acme/talker'));
    expect('text', answer.choices[0].message.content, SENTENCE);
    expect('finish reason', answer.choices[0].finishReason, 'stop');
    expect('model', answer.model, 'acme/talker');
    expectSdkUsage(answer.usage);
    const explained = await client.chat.send({ chatRequest: ask('acme/talker'), xOpenRouterMetadata: 'enabled' });
    expectThat('metadata of the router', explained.openrouterMetadata !== undefined, explained);
  },

  async stream() {
    const read = await stream(ask('acme/talker'));
    expect('text', read.text, SENTENCE);
    expect('finish reason', read.finishReason, 'stop');
    expectSdkUsage(read.chunks.at(-1).usage);
    const explained = await client.chat.send({
      chatRequest: ask('acme/talker', { stream: true }),
      xOpenRouterMetadata: 'enabled',
    });
    const { chunks } = await collect(explained);
    expectThat('metadata of the router', chunks.at(-1).openrouterMetadata !== undefined, chunks.at(-1));
  },

  async 'stream-nulls'() {
    expect('text', (await send(ask('acme/nulls'))).choices[0].message.content, SENTENCE);
    expect('text, streamed', (await stream(ask('acme/nulls'))).text, SENTENCE);
  },

  async tools() {
    const messages = [user('How warm is it in Paris?')];
    const first = await send({ model: 'acme/talker', messages, tools: [weather] });
    expect('finish reason', first.choices[0].finishReason, 'tool_calls');
    const [call] = first.choices[0].message.toolCalls;
    expect('arguments', call.function.arguments, '{"city":"Paris"}');
    const result = { role: 'tool', toolCallId: call.id, content: JSON.stringify({ degrees: 21 }) };
    const second = await send({
      model: 'acme/talker',
      messages: [...messages, first.choices[0].message, result],
      tools: [weather],
    });
    expect('text', second.choices[0].message.content, 'It is 21 degrees.');
  },

  async 'tools-streamed'() {
    const read = await stream({ model: 'acme/talker', messages: [user('How warm is it?')], tools: [weather] });
    expect('calls', read.calls, [{ id: 'call_0_Paris', name: 'weather', arguments: '{"city":"Paris"}' }]);
    expect('finish reason', read.finishReason, 'tool_calls');
  },

  async 'tools-parallel'() {
    const request = { model: 'acme/talker', messages: [user('How warm is it in both?')], tools: [weather] };
    const answer = await send({ ...request, parallelToolCalls: true });
    const expected = ['{"city":"Paris"}', '{"city":"Oslo"}'];
    expect(
      'arguments',
      answer.choices[0].message.toolCalls.map((call) => call.function.arguments),
      expected,
    );
    const read = await stream(request);
    expect(
      'arguments, streamed',
      read.calls.map((call) => call.arguments),
      expected,
    );
  },

  async structured() {
    const schema = { type: 'object', properties: { city: { type: 'string' }, population: { type: 'integer' } } };
    const responseFormat = { type: 'json_schema', jsonSchema: { name: 'city', schema, strict: true } };
    const answer = await send(ask('acme/talker', { responseFormat, provider: { requireParameters: true } }));
    expect('parsed', JSON.parse(answer.choices[0].message.content), { city: 'Paris', population: 2102650 });
  },

  async reasoning() {
    const answer = await send(ask('acme/thinker', { reasoning: { effort: 'low' } }));
    expect('reasoning', answer.choices[0].message.reasoning, THOUGHT);
    expect('details', answer.choices[0].message.reasoningDetails.map(({ text }) => text).join(''), THOUGHT);
    const read = await stream(ask('acme/thinker'));
    expect('reasoning, streamed', read.reasoning, THOUGHT);
    const details = read.chunks.flatMap((chunk) => chunk.choices[0]?.delta.reasoningDetails ?? []);
    expect('details, streamed', details.map(({ text }) => text).join(''), THOUGHT);
    expect('text, streamed', read.text, SENTENCE);
  },

  async mini() {
    const request = { model: 'trunkline/mini', messages: [user('What are you?')], temperature: 0, maxTokens: 60 };
    const answer = await send(request);
    expectThat('a text', answer.choices[0].message.content.length > 10, answer.choices[0].message);
    const read = await stream(request);
    expect('the same text, streamed', read.text, answer.choices[0].message.content);
  },

  async image() {
    const content = [
      { type: 'text', text: 'What do you see?' },
      { type: 'image_url', imageUrl: { url: RED_SQUARE } },
    ];
    const request = { model: 'trunkline/mini', messages: [user(content)], temperature: 0, maxTokens: 40 };
    const text = (await send(request)).choices[0].message.content;
    expectThat('the colour red', /\bred\b/.test(text), text);
  },

  completions: 'this SDK has no text completions',

  async routing() {
    const provider = { order: ['bravo'], allowFallbacks: false };
    const bravo = await send(ask('acme/shared', { provider }));
    expect('provider', await providerOf(bravo.id), 'Bravo');
    const acme = await send(ask('acme/shared', { provider: { maxPrice: { prompt: '5' }, sort: 'latency' } }));
    expect('provider below a price', await providerOf(acme.id), 'Acme');
  },

  async fallback() {
    const answer = await send(ask(undefined, { models: ['acme/broken', 'acme/talker'] }));
    expect('model', answer.model, 'acme/talker');
  },

  async attribution() {
    const named = open(setting.key, { httpReferer: 'https://timetable.example', appTitle: 'Timetable' });
    const answer = await send(ask('acme/talker'), { by: named });
    const { data } = await client.generations.getGeneration({ id: answer.id });
    expect('referer', data.httpReferer, 'https://timetable.example');
  },

  async abort() {
    const tag = 'slow, from the SDK of OpenRouter';
    const hangUp = new AbortController();
    const request = { model: 'acme/slow', messages: [user(tag)], stream: true };
    const pieces = await send(request, { signal: hangUp.signal });
    let count = 0;
    await thrownBy(async () => {
      for await (const chunk of pieces) {
        if (chunk.choices[0]?.delta.content) count++;
        if (count === 3) hangUp.abort();
      }
    });
    await expectHangUp(tag);
  },

  async models() {
    const found = [];
    for await (const page of await client.models.list()) found.push(...page.result.data);
    expectThat('at least 300 models', found.length >= 300, found.length);
    expectThat(
      'Scout among them',
      found.some(({ id }) => id === SCOUT),
      found.length,
    );
    const some = await client.models.list({ q: 'llama-4', supportedParameters: 'tools', limit: 5 });
    expectThat('a filtered list', some.result.data.length > 0 && some.result.data.length <= 5, some.result.data);
    const mine = await client.models.listForUser({ bearer: setting.key });
    expectThat(
      'models for this user',
      mine.result.data.some(({ id }) => id === 'acme/talker'),
      mine.result.data.length,
    );
  },

  async model() {
    const { data } = await client.models.get({ author: 'meta-llama', slug: 'llama-4-scout' });
    expect('id', data.id, SCOUT);
    expect('own model', (await client.models.get({ author: 'acme', slug: 'talker' })).data.id, 'acme/talker');
  },

  retrieve: 'this SDK asks only as OpenRouter documents',

  async endpoints() {
    const { data } = await client.endpoints.list({ author: 'acme', slug: 'shared' });
    expect('providers', data.endpoints.map((endpoint) => endpoint.providerName).sort(), ['Acme', 'Bravo']);
    const scout = await client.endpoints.list({ author: 'meta-llama', slug: 'llama-4-scout' });
    expectThat('hosts of Scout', scout.data.endpoints.length > 5, scout.data.endpoints.length);
    const private_ = await client.endpoints.listZdrEndpoints();
    expectThat('endpoints that keep nothing', private_.data.length > 0, private_.data.length);
  },

  async count() {
    const { data } = await client.models.count();
    expectThat('at least 300', data.count >= 300, data);
  },

  async providers() {
    const { data } = await client.providers.list();
    expectThat('at least 60', data.length >= 60, data.length);
    expectThat(
      'Acme among them',
      data.some(({ slug }) => slug === 'acme'),
      data.length,
    );
  },

  async key() {
    const { data } = await client.apiKeys.getCurrentKeyMetadata();
    expect('limit', data.limit, null);
    expect('kind', data.isManagementKey, false);
    expect('limit of the poor key', (await open(setting.poorKey).apiKeys.getCurrentKeyMetadata()).data.limit, 0.000001);
  },

  async credits() {
    const { data } = await admin.credits.getCredits();
    expectThat('credits', data.totalCredits > 0 && data.totalUsage >= 0, data);
  },

  async generation() {
    const answer = await send(ask('acme/talker'));
    const { data } = await client.generations.getGeneration({ id: answer.id });
    expect('model', data.model, 'acme/talker');
    expect('cost', data.totalCost, answer.usage.cost);
    const read = await stream(ask('acme/talker'));
    const later = await client.generations.getGeneration({ id: read.chunks[0].id });
    expect('cost, streamed', later.data.totalCost, read.chunks.at(-1).usage.cost);
    const missing = await thrownBy(() => client.generations.getGeneration({ id: 'gen-0-missing' }));
    expectThat('a NotFoundResponseError', missing instanceof errors.NotFoundResponseError, missing);
  },

  async keys() {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const made = await admin.apiKeys.create({
      requestBody: { name: 'made by the SDK', limit: 5, limitReset: 'monthly', expiresAt },
    });
    const { hash } = made.data;
    expect('limit', made.data.limit, 5);
    expect('expiry', made.data.expiresAt?.getTime(), expiresAt.getTime());
    expect(
      'text for the new key',
      (await send(ask('acme/talker'), { by: open(made.key) })).choices[0].message.content,
      SENTENCE,
    );
    const changed = await admin.apiKeys.update({ hash, requestBody: { name: 'renamed', disabled: true } });
    expect('disabled', changed.data.disabled, true);
    await failure(errors.UnauthorizedResponseError, ask('acme/talker'), open(made.key));
    expect('name, read', (await admin.apiKeys.get({ hash })).data.name, 'renamed');
    const hashes = async () => (await admin.apiKeys.list({ includeDisabled: true })).data.map((row) => row.hash);
    expectThat('the key in the list', (await hashes()).includes(hash), hash);
    expect('deleted', (await admin.apiKeys.delete({ hash })).deleted, true);
    expectThat('the key out of the list', !(await hashes()).includes(hash), hash);
  },

  async 'error-401'() {
    const stranger = open(`sk-or-v1-${'0'.repeat(64)}`);
    const error = await failure(errors.UnauthorizedResponseError, ask('acme/talker'), stranger);
    expect('status', error.statusCode, 401);
  },

  async 'error-400'() {
    const error = await failure(errors.BadRequestResponseError, ask(MISSPELT));
    expectThat('a near match', error.message.includes(SCOUT), error.message);
  },

  async 'error-404'() {
    expectNamedKeys((await failure(errors.NotFoundResponseError, ask(SCOUT))).message);
  },

  async 'error-402'() {
    const error = await failure(errors.PaymentRequiredResponseError, ask('acme/talker'), open(setting.poorKey));
    expect('type', error.error.metadata.error_type, 'payment_required');
  },

  async 'error-429'() {
    const error = await failure(errors.TooManyRequestsResponseError, ask('acme/limited'));
    const wait = Number(error.headers.get('retry-after'));
    expectThat('Retry-After of a second', wait === 1, error.headers.get('retry-after'));
  },

  async retry() {
    const tag = 'moody, from the SDK of OpenRouter';
    const backoff = { initialInterval: 500, maxInterval: 2_000, exponent: 1.5, maxElapsedTime: 8_000 };
    const patience = { retries: { strategy: 'backoff', backoff }, retryCodes: ['429'] };
    const answer = await send({ model: 'acme/moody-sdk', messages: [user(tag)] }, patience);
    expect('text', answer.choices[0].message.content, SENTENCE);
    expectThat('the 429 before it', (await seenByProvider(tag)).length >= 2, await seenByProvider(tag));
  },

  async 'error-503'() {
    await failure(errors.ServiceUnavailableResponseError, ask('acme/broken'));
  },

  async 'error-cut'() {
    // This SDK throws nothing for an error inside a stream: it hands the chunk that carries it to the reader.
    const read = await stream(ask('acme/cut'));
    const last = read.chunks.at(-1);
    expect('text before it', read.text, 'The 7:17 leaves');
    expect('finish reason', read.finishReason, 'error');
    expect('code of the error', last.error?.code, 502);
    expect('type of the error', last.error.metadata.errorType, 'provider_unavailable');
    await failure(errors.ServiceUnavailableResponseError, ask('acme/cut'));
  },
});

async function providerOf(id) {
  return (await client.generations.getGeneration({ id })).data.providerName;
}
