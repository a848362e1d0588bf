import { afterEach, describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { readChatStream } from '../support/read-answer.ts';
import { type GeminiChunk, readGemini, readGeminiStream } from '../support/read-gemini.ts';
import { answers, chunk, json, LAST_CHUNK, type Script, STREAM_HEAD } from '../support/scripted-provider.ts';
import type { TestHouse } from '../support/test-house.ts';
import { closeScenes, type Line, readUntil, sceneOf } from './scene.ts';

afterEach(closeScenes);

/** Providers in the order in which they are asked. */
const houseOf = (lines: Readonly<Record<string, Line>>) => sceneOf('gemini', lines);

const CONTENTS = [{ role: 'user', parts: [{ text: 'Hi' }] }];

function ask(house: TestHouse, method: string, more: object = {}): Promise<Response> {
  const provider = { order: ['alpha', 'beta'] };
  return house.post({ contents: CONTENTS, provider, ...more }, { path: `/api/v1beta/models/demo/talker:${method}` });
}

const STREAM = 'streamGenerateContent?alt=sse';
const usageMetadata = {
  promptTokenCount: 150,
  cachedContentTokenCount: 100,
  candidatesTokenCount: 3,
  thoughtsTokenCount: 4,
};
const said = (parts: readonly object[], more: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  responseId: 'up',
  modelVersion: 'theirs',
});
const frames = (...chunks: readonly object[]) => chunks.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join('');

/** Answers as the API does, with the parts given: a stream where the address asks for one. */
function speaks(...parts: readonly object[]): Script {
  return async (call) => {
    const last = { ...said(parts.slice(-1), { finishReason: 'STOP' }), usageMetadata };
    if (!call.request.head.includes(':streamGenerateContent?alt=sse')) {
      await call.write(json(200, { ...said(parts, { finishReason: 'STOP' }), usageMetadata }));
      return;
    }
    await call.write(STREAM_HEAD);
    await call.write(chunk(frames(...parts.slice(0, -1).map((part) => said([part])), last)));
    await call.write(LAST_CHUNK);
  };
}

/** Sends these chunks, waits until the test says that they have arrived, and breaks the connection. */
function cutAfter(...chunks: readonly object[]): Script {
  return async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(frames(...chunks)));
    await call.delivered;
    call.end();
  };
}

const read = async (...given: Parameters<typeof readUntil>) => readGeminiStream(await readUntil(...given));

describe('a caller of Gemini at a provider of Gemini', () => {
  test('gets the answer as it was written, with what it cost', async () => {
    const { house, scripted } = await houseOf({ alpha: { script: speaks({ text: 'Hel' }, { text: 'lo' }) } });
    const answer = readGeminiStream(await (await ask(house, STREAM)).text());
    expect([answer.text, answer.finishReasons, answer.errors]).toEqual(['Hello', ['STOP'], []]);
    const [record] = house.records();
    expect(record).toMatchObject({
      wireFormat: 'gemini',
      upstreamId: 'up',
      finishReason: 'stop',
      nativeFinishReason: 'STOP',
      usage: { promptTokens: 150, cachedTokens: 100, completionTokens: 7, reasoningTokens: 4 },
    });
    expect(answer.usage).toMatchObject(usageMetadata);
    expect(answer.usage!.cost).toBeCloseTo(Number(record!.charge.chargedPico) / 1e12, 12);
    const [request] = scripted.alpha!.requests;
    expect(request!.head).toStartWith('POST /v1/models/talker-native:streamGenerateContent?alt=sse ');
    expect(request!.body).toBe(JSON.stringify({ contents: CONTENTS }));
  });

  test('gets one array of chunks where it does not ask for events', async () => {
    const { house } = await houseOf({ alpha: { script: speaks({ text: 'Hel' }, { text: 'lo' }) } });
    const response = await ask(house, 'streamGenerateContent');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const answer = readGemini((await response.json()) as GeminiChunk[]);
    expect([answer.text, answer.finishReasons]).toEqual(['Hello', ['STOP']]);
  });

  test('is told what an error of the API means, and what was withheld', async () => {
    const error = {
      error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '7s' }] },
    };
    const alone = await houseOf({ alpha: { script: async (call) => void (await call.write(json(429, error))) } });
    const limited = await ask(alone.house, 'generateContent');
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await limited.json()).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
    const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 4 } };
    const other = await houseOf({ alpha: { script: async (call) => void (await call.write(json(200, blocked))) } });
    const refused = await ask(other.house, 'generateContent');
    expect([refused.status, ((await refused.json()) as { error: JsonObject }).error.status]).toEqual([
      403,
      'PERMISSION_DENIED',
    ]);
  });
});

describe('a caller of chat completions at a provider of Gemini', () => {
  test('sends a call’s signature back on its part, without knowing of it', async () => {
    const call = { functionCall: { name: 'weather', args: { city: 'Rome' } }, thoughtSignature: 'c2VhbA==' };
    const { house, scripted } = await houseOf({ alpha: { script: speaks({ text: 'Hm', thought: true }, call) } });
    const tools = [
      {
        type: 'function',
        function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      },
    ];
    const turn = { model: 'demo/talker', tools, messages: [{ role: 'user', content: 'How warm is it?' }] };
    const first = (await (await house.post(turn)).json()) as {
      choices: { message: JsonObject; finish_reason: string }[];
    };
    const [{ message, finish_reason }] = first.choices as [{ message: JsonObject; finish_reason: string }];
    expect([finish_reason, message.reasoning]).toEqual(['tool_calls', 'Hm']);
    const [called] = message.tool_calls as unknown as [{ id: string }];
    const result = { role: 'tool', tool_call_id: called.id, content: '{"degrees":21}' };
    await house.post({ ...turn, messages: [...turn.messages, message, result] });
    const { contents } = JSON.parse(scripted.alpha!.requests[1]!.body) as { contents: JsonObject[] };
    expect(contents).toEqual([
      { role: 'user', parts: [{ text: 'How warm is it?' }] },
      {
        role: 'model',
        parts: [
          { text: 'Hm', thought: true },
          { ...call, functionCall: { id: called.id, ...call.functionCall } },
        ],
      },
      { role: 'user', parts: [{ functionResponse: { id: called.id, name: 'weather', response: { degrees: 21 } } }] },
    ]);
  });

  test('gets the stream in its own words', async () => {
    const { house } = await houseOf({ alpha: { script: speaks({ text: 'Hel' }, { text: 'lo' }) } });
    const body = { model: 'demo/talker', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
    const answer = readChatStream(await (await house.post(body)).text());
    expect([answer.text, answer.finishReason, answer.nativeFinishReason, answer.done]).toEqual([
      'Hello',
      'stop',
      'STOP',
      1,
    ]);
  });
});

describe('an answer of Gemini that breaks off', () => {
  const soFar = [said([{ text: 'The quick ' }]), said([{ text: 'brown ' }])];

  test('goes on at an endpoint of another format', async () => {
    const { house, scripted } = await houseOf({
      alpha: { script: cutAfter(...soFar) },
      beta: { script: answers('fox ', 'jumps.'), format: 'openai-chat', continues: 'prefill' },
    });
    const answer = await read(await ask(house, STREAM), 'brown ', scripted.alpha!.deliver);
    expect([answer.text, answer.finishReasons, answer.errors]).toEqual(['The quick brown fox jumps.', ['STOP'], []]);
    const { messages } = JSON.parse(scripted.beta!.requests[0]!.body) as { messages: JsonObject[] };
    expect(messages.at(-1)).toEqual({ role: 'assistant', content: 'The quick brown ' });
  });

  test('goes on at another endpoint of Gemini, which is asked for the rest', async () => {
    const { house, scripted } = await houseOf({
      alpha: { script: cutAfter(...soFar) },
      beta: { script: speaks({ text: 'fox.' }), continues: 'instruct' },
    });
    const answer = await read(await ask(house, STREAM), 'brown ', scripted.alpha!.deliver);
    expect([answer.text, answer.finishReasons, answer.errors]).toEqual(['The quick brown fox.', ['STOP'], []]);
    const { contents } = JSON.parse(scripted.beta!.requests[0]!.body) as { contents: JsonObject[] };
    expect(contents.map(({ role }) => role)).toEqual(['user', 'model', 'user']);
  });

  test('after its reason to finish is no whole answer, and shows none', async () => {
    const script: Script = async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(frames(...soFar, said([{ text: 'fox.' }], { finishReason: 'STOP' }))));
      await call.delivered;
      call.reset();
    };
    const { house, scripted } = await houseOf({ alpha: { script } });
    const answer = await read(await ask(house, STREAM), 'brown ', scripted.alpha!.deliver);
    expect([answer.text, answer.finishReasons]).toEqual(['The quick brown fox.', []]);
    expect(answer.errors).toMatchObject([{ code: 502, status: 'UNAVAILABLE' }]);
  });
});
