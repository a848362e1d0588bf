/** The `ai` package over `@openrouter/ai-sdk-provider`, with nothing changed but its base URL and key. */
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai';
import { z } from 'zod';
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

const open = (apiKey, options) => createOpenRouter({ baseURL: setting.baseUrl, apiKey, ...options });
const client = open(setting.key);
const prompt = 'When does the train leave?';
const ask = (model, more) => ({
  model: typeof model === 'string' ? client(model) : model,
  prompt,
  maxRetries: 0,
  ...more,
});
const weather = tool({
  inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
  execute: ({ city }) => ({ degrees: city === 'Paris' ? 21 : 9 }),
});
/** Streamed errors come as parts; without this they are printed as well. */
const quiet = { onError: () => undefined };
const NONE = 'this SDK makes answers only';

/** Everything a stream says. An error in it is thrown, as for an answer in one piece, unless it is what the case is about. */
async function partsOf(options, { throws = true } = {}) {
  const parts = [];
  for await (const part of streamText({ ...options, ...quiet }).fullStream) parts.push(part);
  const of = (type) => parts.filter((part) => part.type === type);
  if (throws && of('error').length > 0) throw of('error')[0].error;
  const text = of('text-delta').map((part) => part.text);
  return { of, text: text.join('') };
}

function expectAiUsage(usage, metadata) {
  expectUsage({
    prompt: usage.inputTokens,
    completion: usage.outputTokens,
    cached: usage.inputTokenDetails.cacheReadTokens,
    cost: metadata.openrouter.usage.cost,
  });
}

async function failure(status, model, key = setting.key) {
  const error = await thrownBy(() => generateText(ask(open(key)(model))));
  expectThat('an APICallError', APICallError.isInstance(error), error);
  expect('status', error.statusCode, status);
  return error;
}

await runSuite({
  async chat() {
    const answer = await generateText(ask('acme/talker'));
    expect('text', answer.text, SENTENCE);
    expect('finish reason', answer.finishReason, 'stop');
    expect('provider', answer.providerMetadata.openrouter.provider, 'Acme');
    expectAiUsage(answer.usage, answer.providerMetadata);
  },

  async stream() {
    const { text, of } = await partsOf(ask('acme/talker'));
    expect('text', text, SENTENCE);
    expect('finish reason', of('finish')[0].finishReason, 'stop');
    const [step] = of('finish-step');
    expectAiUsage(step.usage, step.providerMetadata);
  },

  async 'stream-nulls'() {
    expect('text', (await generateText(ask('acme/nulls'))).text, SENTENCE);
    expect('text, streamed', (await partsOf(ask('acme/nulls'))).text, SENTENCE);
  },

  async tools() {
    const answer = await generateText(ask('acme/talker', { tools: { weather }, stopWhen: isStepCount(3) }));
    expect('text', answer.text, 'It is 21 degrees.');
    expect('steps', answer.steps.length, 2);
    expect('result', answer.steps[0].toolResults[0].output, { degrees: 21 });
  },

  async 'tools-streamed'() {
    const { of, text } = await partsOf(ask('acme/talker', { tools: { weather }, stopWhen: isStepCount(3) }));
    expect('text', text, 'It is 21 degrees.');
    expect(
      'input, in pieces',
      of('tool-input-delta')
        .map(({ delta }) => delta)
        .join(''),
      '{"city":"Paris"}',
    );
    expect('input', of('tool-call')[0].input, { city: 'Paris' });
  },

  async 'tools-parallel'() {
    const both = { prompt: 'How warm is it in both?', tools: { weather } };
    const cities = (calls) => calls.map(({ input }) => input.city);
    const answer = await generateText(ask('acme/talker', both));
    expect('cities', cities(answer.toolCalls), ['Paris', 'Oslo']);
    expect('cities, streamed', cities((await partsOf(ask('acme/talker', both))).of('tool-call')), ['Paris', 'Oslo']);
  },

  async structured() {
    const output = Output.object({ schema: z.object({ city: z.string(), population: z.number().int() }) });
    const expected = { city: 'Paris', population: 2102650 };
    expect('object', (await generateText(ask('acme/talker', { output }))).output, expected);
    expect('object, streamed', await streamText({ ...ask('acme/talker', { output }), ...quiet }).output, expected);
  },

  async reasoning() {
    const answer = await generateText(ask(client('acme/thinker', { reasoning: { effort: 'low' } })));
    expect('reasoning', answer.reasoningText, THOUGHT);
    expect('text', answer.text, SENTENCE);
    const { of, text } = await partsOf(ask('acme/thinker'));
    expect(
      'reasoning, streamed',
      of('reasoning-delta')
        .map((part) => part.text)
        .join(''),
      THOUGHT,
    );
    expect('text, streamed', text, SENTENCE);
  },

  async mini() {
    const options = { prompt: 'What are you?', temperature: 0, maxOutputTokens: 60 };
    const { text } = await generateText(ask('trunkline/mini', options));
    expectThat('a text', text.length > 10, text);
    expect('the same text, streamed', (await partsOf(ask('trunkline/mini', options))).text, text);
  },

  async image() {
    const content = [
      { type: 'text', text: 'What do you see?' },
      { type: 'file', mediaType: 'image/png', data: RED_SQUARE },
    ];
    const options = { messages: [{ role: 'user', content }], prompt: undefined, temperature: 0, maxOutputTokens: 40 };
    const { text } = await generateText(ask('trunkline/mini', options));
    expectThat('the colour red', /\bred\b/.test(text), text);
  },

  async completions() {
    // Called as `ai` would: its generateText names a tool choice with every call, which this provider refuses here.
    const model = client.completion('acme/talker');
    const messages = [{ role: 'user', content: [{ type: 'text', text: prompt }] }];
    const { content } = await model.doGenerate({ prompt: messages });
    expect('text', content[0].text, SENTENCE);
    let text = '';
    for await (const part of (await model.doStream({ prompt: messages })).stream)
      if (part.type === 'text-delta') text += part.delta;
    expect('text, streamed', text, SENTENCE);
  },

  async routing() {
    const model = client('acme/shared', { provider: { order: ['bravo'], allow_fallbacks: false } });
    const answer = await generateText(ask(model));
    expect('provider', answer.providerMetadata.openrouter.provider, 'Bravo');
    const cheap = await generateText(
      ask(client('acme/shared', { extraBody: { provider: { max_price: { prompt: 5 } } } })),
    );
    expect('provider below a price', cheap.providerMetadata.openrouter.provider, 'Acme');
  },

  async fallback() {
    const answer = await generateText(ask(client('acme/broken', { models: ['acme/talker'] })));
    expect('model', answer.response.modelId, 'acme/talker');
    expect('text', answer.text, SENTENCE);
  },

  async attribution() {
    const named = open(setting.key, { appName: 'Timetable', appUrl: 'https://timetable.example' });
    const answer = await generateText(ask(named('acme/talker')));
    expect('referer', (await findGeneration(answer.response.id)).http_referer, 'https://timetable.example');
  },

  async abort() {
    const tag = 'slow, from the AI SDK';
    const hangUp = new AbortController();
    const options = ask('acme/slow', { prompt: tag, abortSignal: hangUp.signal });
    let count = 0;
    let ended;
    for await (const part of streamText({ ...options, ...quiet }).fullStream) {
      if (part.type === 'text-delta' && ++count === 3) hangUp.abort();
      ended = part.type;
    }
    expect('last part', ended, 'abort');
    await expectHangUp(tag);
  },

  models: NONE,
  model: NONE,
  retrieve: NONE,
  endpoints: NONE,
  count: NONE,
  providers: NONE,
  key: NONE,
  credits: NONE,
  generation: NONE,
  keys: NONE,

  async 'error-401'() {
    await failure(401, 'acme/talker', `sk-or-v1-${'0'.repeat(64)}`);
  },

  async 'error-400'() {
    const error = await failure(400, MISSPELT);
    expectThat('a near match', error.message.includes(SCOUT), error.message);
    expect('retryable', error.isRetryable, false);
  },

  async 'error-404'() {
    expectNamedKeys((await failure(404, SCOUT)).message);
  },

  async 'error-402'() {
    await failure(402, 'acme/talker', setting.poorKey);
  },

  async 'error-429'() {
    const error = await failure(429, 'acme/limited');
    expect('retryable', error.isRetryable, true);
    const wait = Number(error.responseHeaders['retry-after']);
    expectThat('Retry-After of a second', wait === 1, wait);
  },

  async retry() {
    const tag = 'moody, from the AI SDK';
    const answer = await generateText(ask('acme/moody-ai', { prompt: tag, maxRetries: 3 }));
    expect('text', answer.text, SENTENCE);
    expectThat('the 429 before it', (await seenByProvider(tag)).length >= 2, await seenByProvider(tag));
  },

  async 'error-503'() {
    expect('retryable', (await failure(503, 'acme/broken')).isRetryable, true);
  },

  async 'error-cut'() {
    const { of, text } = await partsOf(ask('acme/cut'), { throws: false });
    expect('text before it', text, 'The 7:17 leaves');
    expectThat('an error part', of('error').length > 0, of('error').length);
    expect('finish reason', of('finish')[0]?.finishReason ?? 'error', 'error');
    await failure(503, 'acme/cut');
  },
});
