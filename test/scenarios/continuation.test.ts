import { afterEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../../src/base/json.ts';
import { readChatStream } from '../support/read-answer.ts';
import {
  answers,
  chunk,
  delta,
  finish,
  json,
  LAST_CHUNK,
  openScriptedProvider,
  type Script,
  type SeenRequest,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse, type TestProvider } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

const WHOLE = 'The quick brown fox "jumps" over\nthe lazy dög 🐕, and rests.';

/** What the caller has in hand so far; scripts wait for it, since a connection that breaks takes unread bytes with it. */
const received = { text: '', onMore: () => {} };

async function receivedTo(ending: string): Promise<void> {
  while (!received.text.endsWith(ending)) {
    await new Promise<void>((resolve) => {
      received.onMore = resolve;
    });
  }
}

/** Sends some frames, waits until their text has arrived, and hangs up before its end marker. */
const cutAfter =
  (...frames: readonly object[]): Script =>
  async (call) => {
    await call.write(STREAM_HEAD);
    for (const frame of frames) await call.write(chunk(sse(frame)));
    const { text, reasoning } = readChatStream(sse(...frames));
    await receivedTo(text || reasoning);
    call.end();
  };

/** Goes on where the last message of the assistant stops, as an engine does that is given the beginning. */
function writesOn(whole: string, seen: JsonObject[]): Script {
  return async (call) => {
    const body = JSON.parse(call.request.body) as JsonObject & { readonly messages: readonly JsonObject[] };
    seen.push(body);
    const last = body.messages.at(-1) as { readonly role: string; readonly content: string };
    const rest = last.role === 'assistant' ? whole.slice(last.content.length) : whole;
    await answers(rest.slice(0, 3), rest.slice(3))(call);
  };
}

interface Line {
  readonly script: Script;
  readonly continues?: NonNullable<TestProvider['continues']>;
  readonly completes?: string;
  readonly quirks?: NonNullable<TestProvider['quirks']>;
  readonly modelId?: string;
}

/** Providers in the order in which they are asked. */
async function houseOf(lines: Readonly<Record<string, Line>>): Promise<TestHouse> {
  const providers: TestProvider[] = [];
  for (const [name, { script, modelId, ...traits }] of Object.entries(lines)) {
    const provider = keep(await openScriptedProvider(script));
    providers.push({ endpoint: testEndpoint(name, modelId ? { modelId } : {}), baseUrl: provider.baseUrl, ...traits });
  }
  const house = keep(await openTestHouse({ providers }));
  return house;
}

async function ask(house: TestHouse, more: object = {}, signal?: AbortSignal) {
  const body = { model: 'demo/talker', stream: true, messages: [{ role: 'user', content: 'Hi' }], ...more };
  const order = { provider: { order: ['alpha', 'beta', 'gamma'], ...(more as { provider?: object }).provider } };
  received.text = '';
  const response = await house.post({ ...body, ...order }, signal ? { signal } : {});
  let bytes = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body!) {
    bytes += decoder.decode(piece, { stream: true });
    const soFar = readChatStream(bytes.slice(0, bytes.lastIndexOf('\n\n') + 2));
    received.text = soFar.text || soFar.reasoning;
    received.onMore();
  }
  return readChatStream(bytes);
}

describe('an answer that breaks off after content', () => {
  test('goes on at the next endpoint that can, inside the same stream', async () => {
    const seen: JsonObject[] = [];
    const house = await houseOf({
      alpha: { script: cutAfter(delta('The quick '), delta('brown ')) },
      beta: { script: writesOn(WHOLE, seen), continues: 'prefill' },
    });
    const answer = await ask(house);
    expect([answer.text, answer.finishReason, answer.done, answer.errors]).toEqual([WHOLE, 'stop', 1, []]);
    expect(new Set(answer.frames.map(({ id }) => id)).size).toBe(1);
    expect(seen[0]!.messages).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'The quick brown ' },
    ]);
  });

  test('goes on from a text in the model’s own template, where the engine takes one, white space and all', async () => {
    const seen: { path: string; body: JsonObject }[] = [];
    const WITH_SPACE = 'One,\n\n  two';
    const engine: Script = async (call) => {
      const body = JSON.parse(call.request.body) as JsonObject;
      seen.push({ path: call.request.head.split(' ')[1]!, body });
      const text = (piece: string, finish_reason?: string) => ({ choices: [{ index: 0, text: piece, finish_reason }] });
      await call.write(STREAM_HEAD);
      await call.write(chunk(sse(text('tw'), text('o'), text('', 'stop'), '[DONE]')));
      await call.write(LAST_CHUNK);
    };
    const house = await houseOf({
      alpha: { script: cutAfter(delta('One,\n\n  ')) },
      beta: {
        ...{ script: engine, completes: 'openai-completions', continues: 'prefill' as const },
        quirks: { template: 'llama-4' },
      },
    });
    const answer = await ask(house);
    expect([answer.text, answer.finishReason, answer.done, answer.errors]).toEqual([WITH_SPACE, 'stop', 1, []]);
    expect(seen.map(({ path, body }) => [path, body.prompt])).toEqual([
      [
        '/v1/completions',
        '<|header_start|>user<|header_end|>\n\nHi<|eot|><|header_start|>assistant<|header_end|>\n\nOne,\n\n  ',
      ],
    ]);
    expect(house.records()[0]!.attempts[1]!.continuation).toEqual({ mode: 'completion', atCharacter: 8 });
  });

  test('is written on in a chat where a text will not do: tools in it, or no such address', async () => {
    const paths: string[] = [];
    const seen: JsonObject[] = [];
    const engine: Script = async (call) => {
      paths.push(call.request.head.split(' ')[1]!);
      if (paths.at(-1) === '/v1/completions') await call.write(json(404, { error: { message: 'no such address' } }));
      else await writesOn(WHOLE, seen)(call);
    };
    const traits = { completes: 'openai-completions', continues: 'prefill', quirks: { template: 'llama-4' } } as const;
    const cut = { script: cutAfter(delta('The quick ')) };
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    for (const [more, asked] of [
      [{ tools }, ['/v1/chat/completions']],
      [{}, ['/v1/completions', '/v1/chat/completions']],
    ] as const) {
      paths.length = 0;
      const house = await houseOf({ alpha: cut, beta: { script: engine, ...traits } });
      const answer = await ask(house, more);
      expect([answer.text, answer.done, [...paths]]).toEqual([WHOLE, 1, [...asked]]);
    }
  });

  test('costs what both parts cost, and the record says who wrote which', async () => {
    const house = await houseOf({
      alpha: { script: cutAfter(delta('The quick brown '), usageFrame(10, 4)) },
      beta: { script: writesOn(WHOLE, []), continues: 'prefill' },
    });
    const answer = await ask(house);
    expect(answer.usages[0]).toMatchObject({ prompt_tokens: 20, completion_tokens: 7 });
    const [record] = house.records();
    expect(record!.usage).toMatchObject({ promptTokens: 20, completionTokens: 7, provenance: 'reported' });
    expect(record!.charge.lines.map(({ what, units }) => [what, units])).toEqual([
      ['prompt', 10],
      ['completion', 4],
      ['prompt', 10],
      ['completion', 3],
    ]);
    expect(
      record!.attempts.map(({ providerName, failure, continuation }) => [providerName, failure, continuation]),
    ).toEqual([
      ['Alpha', 'provider-cut-off', undefined],
      ['Beta', undefined, { mode: 'prefill', atCharacter: 16 }],
    ]);
    expect(record!.failure).toBeUndefined();
  });

  test('goes on from any cut, also twice, without a gap or a repetition', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(WHOLE.length), { minLength: 1, maxLength: 2 }), async (cuts) => {
        // A character of two units is one for everybody but JavaScript.
        const whole = [...WHOLE];
        const at = cuts.map((cut) => Math.max(1, Math.min(cut, whole.length - 1))).toSorted((a, b) => a - b);
        const upTo = (count: number) => whole.slice(0, count).join('');
        const house = await houseOf({
          alpha: { script: cutAfter(delta(upTo(at[0]!))) },
          beta: {
            script:
              at.length > 1 && at[1]! > at[0]!
                ? cutAfter(delta(whole.slice(at[0]!, at[1]!).join('')))
                : writesOn(WHOLE, []),
            continues: 'prefill',
          },
          gamma: { script: writesOn(WHOLE, []), continues: 'prefill' },
        });
        const answer = await ask(house);
        expect([answer.text, answer.done, answer.errors]).toEqual([WHOLE, 1, []]);
        await closeScenes();
      }),
      { numRuns: 12 },
    );
  });

  test('is asked for the rest of a provider that cannot be given a beginning, and what it repeats is cut away', async () => {
    const seen: JsonObject[] = [];
    const beta: Script = async (call) => {
      seen.push(JSON.parse(call.request.body) as JsonObject);
      await answers('quick brown fox', ' "jumps" over\n', 'the lazy dög 🐕, and rests.')(call);
    };
    const house = await houseOf({
      alpha: { script: cutAfter(delta('The quick brown fox')) },
      beta: { script: beta, continues: 'instruct' },
    });
    const answer = await ask(house);
    expect([answer.text, answer.done]).toEqual([WHOLE, 1]);
    const roles = (seen[0]!.messages as readonly JsonObject[]).map(({ role }) => role);
    expect(roles).toEqual(['user', 'assistant', 'user']);
  });

  test('tells an engine in its own words that the last message is to be written on', async () => {
    const seen: JsonObject[] = [];
    const prefill = { body: { continue_final_message: true, add_generation_prompt: false }, message: { prefix: true } };
    const house = await houseOf({
      alpha: { script: cutAfter(delta('The quick ')) },
      beta: { script: writesOn(WHOLE, seen), continues: 'prefill', quirks: { prefill } },
    });
    await ask(house, { max_tokens: 100 });
    expect(seen[0]).toMatchObject({ continue_final_message: true, add_generation_prompt: false, max_tokens: 97 });
    expect((seen[0]!.messages as readonly JsonObject[]).at(-1)).toEqual({
      role: 'assistant',
      content: 'The quick ',
      prefix: true,
    });
  });

  test('asks for the whole call anew when it breaks off inside one, and never glues two halves', async () => {
    const call = (args: string, rest: object = {}) => ({
      id: 'up-1',
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: args }, ...rest }] } }],
    });
    const whole: Script = async (provider) => {
      await provider.write(STREAM_HEAD);
      await provider.write(
        chunk(
          sse(call('{"city":', { id: 'b', type: 'function', function: { name: 'weather', arguments: '{"city":' } })),
        ),
      );
      await provider.write(chunk(sse(call('"Rome"}'), finish('tool_calls'), usageFrame(9, 9), '[DONE]')));
      await provider.write(LAST_CHUNK);
    };
    const opening = call('{"ci', { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"ci' } });
    const house = await houseOf({
      alpha: { script: cutAfter(delta('Let me look. '), opening, call('ty":"Par')) },
      beta: { script: whole, continues: 'prefill' },
    });
    const answer = await ask(house, { tools: [{ type: 'function', function: { name: 'weather' } }] });
    expect(answer.text).toBe('Let me look. ');
    expect(answer.toolCalls).toEqual([{ id: 'b', name: 'weather', arguments: '{"city":"Rome"}' }]);
    expect([answer.finishReason, answer.done]).toEqual(['tool_calls', 1]);
  });

  test('begins anew elsewhere when it breaks off inside its first call, of which the caller has seen nothing', async () => {
    const opening = {
      id: 'up-1',
      choices: [
        { index: 0, delta: { tool_calls: [{ index: 0, id: 'a', function: { name: 'weather', arguments: '{"ci' } }] } },
      ],
    };
    const seen: JsonObject[] = [];
    const house = await houseOf({
      alpha: { script: cutAfter(opening) },
      beta: { script: writesOn(WHOLE, seen), continues: 'prefill' },
    });
    const answer = await ask(house, { tools: [{ type: 'function', function: { name: 'weather' } }] });
    expect([answer.text, answer.toolCalls, answer.done]).toEqual([WHOLE, [], 1]);
    expect(seen[0]!.messages).toEqual([{ role: 'user', content: 'Hi' }]);
  });

  test('goes on also after a finish that its provider’s own end does not follow', async () => {
    const house = await houseOf({
      alpha: { script: cutAfter(delta('The quick '), finish()) },
      beta: { script: writesOn(WHOLE, []), continues: 'prefill' },
    });
    const answer = await ask(house);
    expect([answer.text, answer.finishReason, answer.done]).toEqual([WHOLE, 'stop', 1]);
  });

  test('goes to the same weights first, and to another model only when the caller named it', async () => {
    const other = answers(' another voice.');
    const lines = {
      alpha: { script: cutAfter(delta('The quick ')) },
      beta: { script: other, continues: 'instruct' as const, modelId: 'demo/other' },
    };
    const alone = await ask(await houseOf(lines));
    expect([alone.done, alone.errors.length]).toEqual([0, 1]);
    const allowed = await ask(await houseOf(lines), { models: ['demo/other'] });
    expect([allowed.text, allowed.done]).toEqual(['The quick another voice.', 1]);
    const both = await ask(await houseOf({ ...lines, gamma: { script: writesOn(WHOLE, []), continues: 'prefill' } }), {
      models: ['demo/other'],
    });
    expect(both.text).toBe(WHOLE);
  });
});

describe('it ends with an error and never with a clean end', () => {
  const cut = { script: cutAfter(delta('The quick ')) };
  const able: Line = { script: writesOn(WHOLE, []), continues: 'prefill' };

  async function refusal(house: TestHouse, more: object = {}) {
    const answer = await ask(house, more);
    expect([answer.done, answer.usages.length, answer.finishReason]).toEqual([0, 0, 'error']);
    const metadata = answer.errors[0]!.metadata as JsonObject;
    expect(house.records()[0]!.charge.chargedPico).toBe(0n);
    return [metadata.error_type, metadata.not_continued];
  }

  test('when the caller wants no continuation', async () => {
    expect(
      await refusal(await houseOf({ alpha: cut, beta: able }), { provider: { allow_continuation: false } }),
    ).toEqual(['provider_unavailable', undefined]);
  });

  test('when nobody can go on', async () => {
    expect((await refusal(await houseOf({ alpha: cut, beta: { script: answers() } })))[1]).toBeUndefined();
  });

  test('when those who could have failed too', async () => {
    const dead: Line = {
      script: (call) => void call.write(json(500, { error: { message: 'no' } })),
      continues: 'prefill',
    };
    expect((await refusal(await houseOf({ alpha: cut, beta: dead })))[1]).toBe('no endpoint that can go on answered');
  });

  test('when it breaks off while the model is thinking', async () => {
    const thinking = { id: 'up-1', choices: [{ index: 0, delta: { reasoning: 'Hmm' } }] };
    const house = await houseOf({ alpha: { script: cutAfter(thinking) }, beta: able });
    expect((await refusal(house))[1]).toBe('it broke off while the model was thinking');
  });

  test('when the answer is held to a schema, whose rules would begin anew', async () => {
    const format = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } };
    expect((await refusal(await houseOf({ alpha: cut, beta: able }), { response_format: format }))[1]).toBeUndefined();
  });
});

test('thoughts of the one that goes on are not shown a second time', async () => {
  const thinks: Script = async (call) => {
    await call.write(STREAM_HEAD);
    const thought = { id: 'up-2', choices: [{ index: 0, delta: { reasoning: 'I must go on.' } }] };
    await call.write(chunk(sse(thought, delta(WHOLE.slice(10)), finish(), usageFrame(5, 5), '[DONE]')));
    await call.write(LAST_CHUNK);
  };
  const house = await houseOf({
    alpha: { script: cutAfter(delta('The quick ')) },
    beta: { script: thinks, continues: 'prefill' },
  });
  const answer = await ask(house);
  expect([answer.text, answer.reasoning, answer.done]).toEqual([WHOLE, '', 1]);
});

test('a caller who hangs up while another endpoint is asked to go on is settled once', async () => {
  let asked: ((request: SeenRequest) => void) | undefined;
  const isAsked = new Promise<SeenRequest>((resolve) => {
    asked = resolve;
  });
  const house = await houseOf({
    alpha: { script: cutAfter(delta('The quick ')) },
    beta: {
      script: async (call) => {
        asked?.(call.request);
        await call.write(STREAM_HEAD);
      },
      continues: 'prefill',
    },
  });
  const leaving = new AbortController();
  const reading = ask(house, {}, leaving.signal).catch(() => 'gone');
  await isAsked;
  leaving.abort();
  expect(await reading).toBe('gone');
  while (house.records().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(house.records().map(({ cancelled }) => cancelled)).toEqual([true]);
});
