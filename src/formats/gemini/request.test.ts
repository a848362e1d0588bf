import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Loss } from '../../generation/loss.ts';
import gemini from '../gemini.ts';
import openaiChat from '../openai-chat.ts';
import { chat, decode, encode, model, rebuild, target, textOf, user } from './request.test-data.ts';

describe('an address', () => {
  const read = (path: string, query = '') =>
    gemini.server.routes[0]!.read!({ target: path }, new URLSearchParams(query));

  test('names model and method, whatever stands in the model’s name', () => {
    expect(read('meta-llama/llama-4-scout:free:generateContent')).toEqual({
      model: 'meta-llama/llama-4-scout:free',
      stream: false,
    });
    expect(read('a:streamGenerateContent', 'alt=sse')).toEqual({ model: 'a', stream: true });
    expect(read('a:streamGenerateContent')).toEqual({ model: 'a', stream: true, framing: 'json-array' });
  });

  test('of another method is refused', () => {
    for (const path of ['a', ':generateContent', 'a:embedContent'])
      expect(() => read(path)).toThrow('There is nothing');
  });

  test('of a provider keeps its model’s name in its place', () => {
    expect(gemini.client.path(target)).toBe('/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
    expect(gemini.client.path({ ...target, stream: false, upstreamModel: 'models/a?b' })).toBe(
      '/models/a%3Fb:generateContent',
    );
  });
});

describe('a request', () => {
  test('keeps the caller’s own bytes where the provider speaks the same format', () => {
    const raw =
      '{"contents":[ {"parts":[{"text":"é\\u00e9","x":1.50}]} ],"generation_config":{"temperature":0.50,"topK":3,"new":1e1},' +
      '"safetySettings":[{"category":"X"}],"models":["a/b"],"user":"ann","xNew":2.50}';
    const losses: Loss[] = [];
    const sent = textOf(gemini.client.encodeRequest(decode(raw), target, losses));
    expect(sent).toBe(
      '{"contents":[ {"role":"user","parts":[{"text":"é\\u00e9","x":1.50}]} ],"generationConfig":{"temperature":0.50,"new":1e1},' +
        '"safetySettings":[{"category":"X"}],"xNew":2.50}',
    );
    expect(losses.map(({ field }) => field)).toEqual(['generationConfig.topK']);
  });

  test('tells the router what it uses', () => {
    const { features } = decode({
      contents: [
        user(
          { text: 'x' },
          { inline_data: { mime_type: 'image/png', data: 'AA==' } },
          { fileData: { fileUri: 'gs://b/a.mp4' } },
        ),
      ],
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      generationConfig: {
        responseMimeType: 'application/json',
        maxOutputTokens: 50,
        thinkingConfig: { thinkingLevel: 'LOW' },
        responseModalities: ['TEXT', 'IMAGE'],
      },
      provider: { order: ['acme'] },
      strict: true,
    });
    expect(features).toMatchObject({
      models: ['demo/talker'],
      inputModalities: ['text', 'image', 'video'],
      outputModalities: ['text', 'image'],
      hasTools: true,
      outputTokensMax: 50,
      isStrict: true,
      preferences: { order: ['acme'] },
    });
    expect([...features.parameters].sort()).toEqual([
      'max_tokens',
      'reasoning',
      'response_format',
      'tool_choice',
      'tools',
    ]);
  });

  test('is refused in plain words where it is none', () => {
    const refusals: readonly (readonly [object, string])[] = [
      [{}, 'contents'],
      [{ contents: [] }, 'contents'],
      [{ contents: ['x'] }, 'contents'],
      [{ contents: [user({ text: 'x' })], generationConfig: { temperature: 'hot' } }, 'generationConfig.temperature'],
      [{ contents: [user({ text: 'x' })], generationConfig: 5 }, 'generationConfig'],
      [{ contents: [user({ text: 'x' })], systemInstruction: {}, system_instruction: {} }, 'same field'],
    ];
    for (const [body, words] of refusals) expect(() => decode(body)).toThrow(words);
    expect(() => decode({ contents: [{ role: 'robot', parts: [] }] }).content()).toThrow('role');
  });

  test('may write a list of one without its brackets, and names with underscores', () => {
    const { messages, tools } = decode({
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { parts: { text: 'Hi' } },
      tools: {
        function_declarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } }],
      },
    }).content();
    expect(messages).toMatchObject([{ role: 'system' }, { role: 'user', content: [{ type: 'text', text: 'Hi' }] }]);
    expect(tools).toMatchObject([{ parameters: { type: 'object', properties: { a: { type: 'string' } } } }]);
  });

  const history = {
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      user({ text: 'Look' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }),
      model(
        { text: 'Hm', thought: true, thoughtSignature: 'c2VhbDE=' },
        { text: 'I call.', thoughtSignature: 'c2VhbDI=' },
        { functionCall: { id: 'c1', name: 'f', args: { a: 1 } }, thoughtSignature: 'c2VhbDM=' },
        { functionCall: { id: 'c2', name: 'f', args: {} } },
      ),
      user(
        { functionResponse: { id: 'c1', name: 'f', response: { output: 'four' } } },
        { functionResponse: { id: 'c2', name: 'f', response: { degrees: 4 } } },
      ),
      model({ executableCode: { language: 'PYTHON', code: '1' } }, { text: 'It is four.' }),
      user(
        { text: 'Sure?' },
        { fileData: { mimeType: 'video/mp4', fileUri: 'gs://bucket/film' }, videoMetadata: { fps: 1 } },
      ),
    ],
    tools: [
      {
        functionDeclarations: [
          {
            name: 'f',
            description: 'F',
            parameters: { type: 'OBJECT', properties: { a: { type: 'INTEGER' } }, propertyOrdering: ['a'] },
          },
        ],
      },
      { googleSearch: {} },
    ],
    toolConfig: { functionCallingConfig: { mode: 'AUTO' } },
    generationConfig: {
      temperature: 0.5,
      maxOutputTokens: 9,
      stopSequences: ['x'],
      speechConfig: { languageCode: 'de' },
    },
    safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    cachedContent: 'cachedContents/1',
  };

  test('comes back from the canonical language as it was, each signature on its part', () => {
    const { body, losses } = rebuild(history);
    expect(losses).toEqual([]);
    expect(body as object).toEqual(history);
  });

  test('says in chat completions what it says here, and lists what only Gemini knows', () => {
    const losses: Loss[] = [];
    const body = openaiChat.client.encodeRequest(
      decode(history),
      { ...target, quirks: { reasoning: 'object' } },
      losses,
    );
    expect(JSON.parse(textOf(body))).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [{ type: 'text' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }],
        },
        {
          role: 'assistant',
          content: 'I call.',
          reasoning_details: [
            { type: 'reasoning.text', text: 'Hm', signature: 'c2VhbDE=', format: 'google-gemini-v1' },
            { type: 'reasoning.encrypted', data: 'c2VhbDI=', format: 'google-gemini-v1' },
            { type: 'reasoning.encrypted', data: 'c2VhbDM=', id: 'c1', format: 'google-gemini-v1' },
          ],
          tool_calls: [{ id: 'c1', function: { name: 'f', arguments: '{"a":1}' } }, { id: 'c2' }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'four' },
        { role: 'tool', tool_call_id: 'c2', content: '{"degrees":4}' },
        { role: 'assistant', content: [{ type: 'text', text: 'It is four.' }] },
        { role: 'user' },
      ],
      tools: [{ function: { name: 'f', parameters: { type: 'object', properties: { a: { type: 'integer' } } } } }],
      temperature: 0.5,
      max_tokens: 9,
      stop: ['x'],
    });
    expect(losses.map(({ field }) => field)).toEqual([
      ...['safetySettings', 'cachedContent', 'generationConfig.speechConfig', 'tools', 'messages.4.content.0'],
      'messages.5.content.1.videoMetadata',
    ]);
  });

  test('comes back from chat completions with each signature on its part', () => {
    const { contents } = rebuild({ contents: history.contents.slice(0, 3) }).body;
    const there = JSON.parse(
      textOf(
        openaiChat.client.encodeRequest(
          decode({ contents: history.contents.slice(0, 3) }),
          { ...target, quirks: { reasoning: 'object' } },
          [],
        ),
      ),
    ) as object;
    const { model: _, stream: __, stream_options: ___, ...back } = there as Record<string, unknown>;
    expect(encode(chat(back)).body.contents).toEqual(contents);
  });

  test('gives calls without ids ids, and results the id of their call', () => {
    const { messages } = decode({
      contents: [
        user({ text: 'x' }),
        model(
          { functionCall: { name: 'f', args: {} } },
          { functionCall: { name: 'g' } },
          { functionCall: { name: 'f' } },
        ),
        user(...['g', 'f', 'f'].map((name) => ({ functionResponse: { name, response: {} } }))),
      ],
    }).content();
    const ids = messages.map(({ content }) =>
      content.flatMap((part) =>
        part.type === 'tool-call' ? [part.id] : part.type === 'tool-result' ? [part.callId] : [],
      ),
    );
    expect(ids).toEqual([[], ['call_0', 'call_1', 'call_2'], ['call_1', 'call_0', 'call_2']]);
  });

  test('of chat completions arrives with all it says, and a list of what it can’t say', () => {
    const { body, losses } = encode(
      chat({
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', name: 'ann', content: 'Hi' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'ok' },
          { role: 'user', content: 'And?' },
        ],
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
        tool_choice: { type: 'function', function: { name: 'f' } },
        max_tokens: 9,
        temperature: 0.5,
        stop: 'x',
        logit_bias: { 5: 1 },
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', schema: { type: 'object', properties: { a: { type: 'string' } } } },
        },
      }),
    );
    expect(body as object).toEqual({
      systemInstruction: { parts: [{ text: 'S' }] },
      contents: [
        user({ text: 'Hi' }),
        model({ functionCall: { id: 'c', name: 'f', args: { a: 1 } } }),
        user({ functionResponse: { id: 'c', name: 'f', response: { output: 'ok' } } }, { text: 'And?' }),
      ],
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      generationConfig: {
        maxOutputTokens: 9,
        temperature: 0.5,
        stopSequences: ['x'],
        responseMimeType: 'application/json',
        responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } }, propertyOrdering: ['a'] },
      },
    });
    expect(losses.map(({ field }) => field).sort()).toEqual(['logit_bias', 'messages.1.name']);
  });

  test('marks another model’s calls for the generation that wants every call signed', () => {
    const body = {
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: null,
          tool_calls: ['c', 'd'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
        },
      ],
    };
    const [, turn] = encode(chat(body), { upstreamModel: 'gemini-3-pro-preview' }).body.contents;
    expect(turn!.parts.map(({ thoughtSignature }) => thoughtSignature)).toEqual([
      'skip_thought_signature_validator',
      undefined,
    ]);
    expect(encode(chat(body)).body.contents[1]!.parts[0]!.thoughtSignature).toBeUndefined();
  });

  test('goes on from an answer that broke off', () => {
    const continuation = { mode: 'instruct', text: 'So far', outputTokens: 2 } as const;
    const own = { contents: [user({ text: 'Hi' })], generationConfig: { maxOutputTokens: 10 } };
    for (const { body } of [encode(decode(own), { continuation }), rebuild(own, { continuation })]) {
      expect(body.contents.map(({ role }) => role)).toEqual(['user', 'model', 'user']);
      expect(body.generationConfig).toEqual({ maxOutputTokens: 8 });
    }
  });
});

test('every kind of part survives any order of them', () => {
  const text = fc.string({ minLength: 1 });
  const part = fc.oneof(
    fc.record({ text }, { requiredKeys: ['text'] }),
    fc.record({ text, thoughtSignature: text }),
    fc.record({ text, thought: fc.constant(true) }),
    fc.record({ text, thought: fc.constant(true), thoughtSignature: text }),
    fc.record({
      inlineData: fc.record({
        mimeType: fc.constantFrom('image/png', 'audio/wav', 'application/pdf'),
        data: fc.base64String(),
      }),
    }),
    fc.record({
      fileData: fc.record({
        mimeType: fc.constant('video/mp4'),
        fileUri: fc.constantFrom('gs://b/o', 'https://youtu.be/x'),
      }),
    }),
    fc.record({ executableCode: fc.record({ language: fc.constant('PYTHON'), code: fc.string() }) }),
    fc.record({
      functionCall: fc.record({ id: fc.uuid(), name: text, args: fc.dictionary(fc.string(), fc.string()) }),
    }),
    fc.record({
      functionCall: fc.record({ id: fc.uuid(), name: text, args: fc.constant({}) }),
      thoughtSignature: text,
    }),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      const body = { contents: [user({ text: 'Hi' }), model(...parts)] };
      const { body: sent, losses } = rebuild(body);
      expect(losses).toEqual([]);
      expect(sent as object).toEqual(body);
    }),
    { numRuns: 500 },
  );
});
