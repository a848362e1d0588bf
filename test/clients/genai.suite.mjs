/** Google's `@google/genai` from npm, with nothing changed but its base URL and key. */
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai';
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

const baseUrl = setting.baseUrl.replace(/\/v1$/, '');
const open = (apiKey, httpOptions) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl, ...httpOptions } });
const { models, chats } = open(setting.key);
const ask = (model, config) => ({ model, contents: 'When does the train leave?', ...(config && { config }) });
const warmth = {
  name: 'weather',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
};
const tools = [{ functionDeclarations: [warmth] }];
const NOT_THEIRS = 'Google’s API has no such call';

async function collect(request, from = models) {
  const read = { text: '', thoughts: '', calls: [], chunks: [] };
  for await (const chunk of await from.generateContentStream(request)) {
    read.chunks.push(chunk);
    read.text += chunk.text ?? '';
    const parts = chunk.candidates?.[0]?.content?.parts ?? [];
    for (const part of parts) if (part.thought) read.thoughts += part.text;
    read.calls.push(...(chunk.functionCalls ?? []));
    read.finishReason = chunk.candidates?.[0]?.finishReason ?? read.finishReason;
  }
  return read;
}

function expectGoogleUsage(usage) {
  expectUsage({
    prompt: usage.promptTokenCount,
    completion: usage.candidatesTokenCount,
    cached: usage.cachedContentTokenCount,
    cost: usage.cost,
  });
  expect('total tokens', usage.totalTokenCount, 110);
}

async function failure(request, key = setting.key) {
  const error = await thrownBy(() => open(key).models.generateContent(request));
  expectThat('an ApiError', error instanceof ApiError, error);
  return error;
}

await runSuite({
  async chat() {
    const answer = await models.generateContent(ask('acme/talker'));
    expect('text', answer.text, SENTENCE);
    expect('finish reason', answer.candidates[0].finishReason, 'STOP');
    expect('model', answer.modelVersion, 'acme/talker');
    expectThat('an id that starts with gen-', answer.responseId.startsWith('gen-'), answer.responseId);
    expectGoogleUsage(answer.usageMetadata);
    const talk = chats.create({ model: 'acme/talker' });
    expect('text of a chat', (await talk.sendMessage({ message: 'When does the train leave?' })).text, SENTENCE);
    const { totalTokens } = await models.countTokens(ask('acme/talker'));
    expectThat('a count of tokens', totalTokens > 3 && totalTokens < 100, totalTokens);
  },

  async stream() {
    const read = await collect(ask('acme/talker'));
    expect('text', read.text, SENTENCE);
    expect('finish reason', read.finishReason, 'STOP');
    expect('ids', new Set(read.chunks.map((chunk) => chunk.responseId)).size, 1);
    expectGoogleUsage(read.chunks.at(-1).usageMetadata);
    const query = await fetch(`${baseUrl}/v1beta/models/acme%2Ftalker:streamGenerateContent?key=${setting.key}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'When does the train leave?' }] }] }),
    });
    const chunks = await query.json();
    const texts = chunks.flatMap((chunk) => chunk.candidates[0].content.parts.map((part) => part.text));
    expect('text of a stream as one array', texts.join(''), SENTENCE);
  },

  async 'stream-nulls'() {
    expect('text', (await models.generateContent(ask('acme/nulls'))).text, SENTENCE);
    expect('text, streamed', (await collect(ask('acme/nulls'))).text, SENTENCE);
  },

  async tools() {
    const question = { role: 'user', parts: [{ text: 'How warm is it in Paris?' }] };
    const first = await models.generateContent({ model: 'acme/talker', contents: [question], config: { tools } });
    const [call] = first.functionCalls;
    expect('call', call, { id: 'call_0_Paris', name: 'weather', args: { city: 'Paris' } });
    const result = { functionResponse: { id: call.id, name: call.name, response: { degrees: 21 } } };
    const contents = [question, first.candidates[0].content, { role: 'user', parts: [result] }];
    const second = await models.generateContent({ model: 'acme/talker', contents, config: { tools } });
    expect('text', second.text, 'It is 21 degrees.');
  },

  async 'tools-streamed'() {
    const toolConfig = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };
    const request = { model: 'acme/talker', contents: 'How warm is it in Paris?', config: { tools, toolConfig } };
    const read = await collect(request);
    expect('calls', read.calls, [{ id: 'call_0_Paris', name: 'weather', args: { city: 'Paris' } }]);
    expect('finish reason', read.finishReason, 'STOP');
  },

  async 'tools-parallel'() {
    const request = { model: 'acme/talker', contents: 'How warm is it in both?', config: { tools } };
    const calls = [
      { id: 'call_0_Paris', name: 'weather', args: { city: 'Paris' } },
      { id: 'call_1_Oslo', name: 'weather', args: { city: 'Oslo' } },
    ];
    expect('calls', (await models.generateContent(request)).functionCalls, calls);
    expect('calls, streamed', (await collect(request)).calls, calls);
  },

  async structured() {
    const properties = { city: { type: Type.STRING }, population: { type: Type.INTEGER } };
    const responseSchema = { type: Type.OBJECT, properties, required: ['city', 'population'] };
    const config = { responseMimeType: 'application/json', responseSchema };
    const answer = await models.generateContent(ask('acme/talker', config));
    expect('parsed', JSON.parse(answer.text), { city: 'Paris', population: 2102650 });
  },

  async reasoning() {
    const config = { thinkingConfig: { includeThoughts: true } };
    const answer = await models.generateContent(ask('acme/thinker', config));
    const [thought, text] = answer.candidates[0].content.parts;
    expect('parts', [thought, text], [{ text: THOUGHT, thought: true }, { text: SENTENCE }]);
    const read = await collect(ask('acme/thinker', config));
    expect('thoughts and text, streamed', [read.thoughts, read.text], [THOUGHT, SENTENCE]);
    const silent = await models.generateContent(ask('acme/thinker'));
    expect('parts for those who did not ask', silent.candidates[0].content.parts, [{ text: SENTENCE }]);
  },

  async mini() {
    const config = { temperature: 0, maxOutputTokens: 60 };
    const request = { model: 'trunkline/mini', contents: 'What are you?', config };
    const answer = await models.generateContent(request);
    expectThat('a text', answer.text.length > 10, answer.text);
    expect('cost', answer.usageMetadata.cost, 0);
    expect('the same text, streamed', (await collect(request)).text, answer.text);
  },

  async image() {
    const inlineData = { mimeType: 'image/png', data: RED_SQUARE.slice(RED_SQUARE.indexOf(',') + 1) };
    const contents = [{ role: 'user', parts: [{ text: 'What do you see?' }, { inlineData }] }];
    const config = { temperature: 0, maxOutputTokens: 40 };
    const answer = await models.generateContent({ model: 'trunkline/mini', contents, config });
    expectThat('the colour red', /\bred\b/.test(answer.text), answer.text);
  },

  completions: NOT_THEIRS,

  async routing() {
    const extraBody = { provider: { order: ['bravo'], allow_fallbacks: false } };
    const answer = await models.generateContent(ask('acme/shared', { httpOptions: { extraBody } }));
    expect('provider', (await findGeneration(answer.responseId)).provider_name, 'Bravo');
  },

  async fallback() {
    const answer = await models.generateContent(
      ask('acme/broken', { httpOptions: { extraBody: { models: ['acme/talker'] } } }),
    );
    expect('model', answer.modelVersion, 'acme/talker');
    expect('text', answer.text, SENTENCE);
  },

  async attribution() {
    const headers = { 'HTTP-Referer': 'https://timetable.example', 'X-Title': 'Timetable' };
    const answer = await open(setting.key, { headers }).models.generateContent(ask('acme/talker'));
    expect('referer', (await findGeneration(answer.responseId)).http_referer, 'https://timetable.example');
  },

  async abort() {
    const tag = 'slow, from genai';
    const aborter = new AbortController();
    const config = { abortSignal: aborter.signal };
    let pieces = 0;
    await thrownBy(async () => {
      for await (const chunk of await models.generateContentStream({ model: 'acme/slow', contents: tag, config })) {
        if (chunk.text && ++pieces === 3) aborter.abort();
      }
    });
    await expectHangUp(tag);
    expect('requests at the provider', (await seenByProvider(tag)).length, 1);
  },

  async models() {
    const names = [];
    for await (const model of await models.list({ config: { pageSize: 100 } })) names.push(model.name);
    expectThat('Scout among hundreds, each once', names.includes(`models/${SCOUT}`), names.length);
    expect('names twice', names.length - new Set(names).size, 0);
    expectThat('more than one page', names.length > 100, names.length);
  },

  async model() {
    const model = await models.get({ model: SCOUT });
    expect('name', model.name, `models/${SCOUT}`);
    expectThat('a limit for the input', model.inputTokenLimit > 100_000, model);
    const error = await thrownBy(() => models.get({ model: MISSPELT }));
    expectThat('an ApiError for another', error instanceof ApiError && error.status === 404, error);
  },

  retrieve: NOT_THEIRS,
  endpoints: NOT_THEIRS,
  count: NOT_THEIRS,
  providers: NOT_THEIRS,
  key: NOT_THEIRS,
  credits: NOT_THEIRS,

  async generation() {
    const read = await collect(ask('acme/talker'));
    const data = await findGeneration(read.chunks[0].responseId);
    expect('model', data.model, 'acme/talker');
    expect('cost', data.total_cost, read.chunks.at(-1).usageMetadata.cost);
  },

  keys: NOT_THEIRS,

  async 'error-401'() {
    const error = await failure(ask('acme/talker'), `sk-or-v1-${'0'.repeat(64)}`);
    expect('status', error.status, 401);
    expect('status in the body', JSON.parse(error.message).error.status, 'UNAUTHENTICATED');
  },

  async 'error-400'() {
    const error = await failure(ask(MISSPELT));
    expect('status', error.status, 400);
    expectThat('a near match', error.message.includes(SCOUT), error.message);
  },

  async 'error-404'() {
    const error = await failure(ask(SCOUT));
    expect('status', error.status, 404);
    expectNamedKeys(error.message);
  },

  async 'error-402'() {
    const error = await failure(ask('acme/talker'), setting.poorKey);
    expect('status', error.status, 402);
    expect('type', JSON.parse(error.message).error.metadata.error_type, 'payment_required');
  },

  async 'error-429'() {
    const error = await failure(ask('acme/limited'));
    const { error: told } = JSON.parse(error.message);
    expect('status', [error.status, told.status], [429, 'RESOURCE_EXHAUSTED']);
    expect('when to come back', told.details.at(-1).retryDelay, '1s');
  },

  async retry() {
    const tag = 'moody, from genai';
    const patient = open(setting.key, { retryOptions: { attempts: 4 } });
    const answer = await patient.models.generateContent({ model: 'acme/moody-genai', contents: tag });
    expect('text', answer.text, SENTENCE);
    expectThat('the 429 before it', (await seenByProvider(tag)).length >= 2, await seenByProvider(tag));
  },

  async 'error-503'() {
    expect('status', (await failure(ask('acme/broken'))).status, 503);
  },

  async 'error-cut'() {
    let text = '';
    const error = await thrownBy(async () => {
      for await (const chunk of await models.generateContentStream(ask('acme/cut'))) text += chunk.text ?? '';
    });
    expectThat('an ApiError', error instanceof ApiError, error);
    expect('text before it', text, 'The 7:17 leaves');
    expect('status of the same, not streamed', (await failure(ask('acme/cut'))).status, 503);
  },
});
