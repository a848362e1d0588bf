import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Failure } from '../../generation/failure.ts';
import openaiChat from '../openai-chat.ts';
import openaiCompletions from '../openai-completions.ts';

const OK = '"model":"demo/talker","messages":[{"role":"user","content":"hi"}]';

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}

/** The stable code of a refusal: `json_problem`, or the path of the parameter. */
function refusal(body: string | Uint8Array): { readonly status: number; readonly code: unknown } | 'accepted' {
  try {
    const request = openaiChat.server.decodeRequest(bytesOf(body));
    request.content();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { metadata } = error.detail;
    return { status: error.policy.status, code: metadata?.json_problem ?? metadata?.param };
  }
}

const nested = (depth: number): string => `{${OK},"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const with_ = (fields: string): string => `{${OK},${fields}}`;
const message = (text: string): string => `{"model":"demo/talker","messages":[${text}]}`;

describe('what is no JSON we take, each with its stable code', () => {
  const table: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['nothing', '', 'syntax'],
    ['space', '  \n ', 'syntax'],
    ['a word', 'hello', 'syntax'],
    ['half an object', '{"model":"a/b"', 'syntax'],
    ['a comma too much', `{${OK},}`, 'syntax'],
    ['two objects', `{${OK}}{${OK}}`, 'syntax'],
    ['a comment', `{${OK} /* x */}`, 'syntax'],
    ['single quotes', "{'model':'a/b'}", 'syntax'],
    ['NaN', with_('"temperature":NaN'), 'syntax'],
    ['a leading zero', with_('"temperature":01'), 'syntax'],
    ['a raw line end in a string', message('{"role":"user","content":"a\nb"}'), 'syntax'],
    ['a raw NUL in a string', message('{"role":"user","content":"a\u0000b"}'), 'syntax'],
    ['a bad escape', message('{"role":"user","content":"\\x41"}'), 'syntax'],
    ['an array', '[1,2]', 'not_an_object'],
    ['a string', '"hi"', 'not_an_object'],
    ['null', 'null', 'not_an_object'],
    ['UTF-16', Uint8Array.from(Buffer.from(`{${OK}}`, 'utf16le')), 'syntax'],
    ['a byte order mark', `\ufeff{${OK}}`, 'syntax'],
    ['a lone byte', Buffer.concat([Buffer.from('{"model":"'), Buffer.of(0xff), Buffer.from(`",${OK}}`)]), 'not_utf8'],
    [
      'a surrogate as UTF-8',
      Buffer.concat([Buffer.from('{"x":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
      'not_utf8',
    ],
    ['an overlong slash', Buffer.concat([Buffer.from('{"x":"'), Buffer.of(0xc0, 0xaf), Buffer.from('"}')]), 'not_utf8'],
    ['half a character', Buffer.from(`{${OK},"x":"é"}`).subarray(0, -3), 'not_utf8'],
    ['65 levels', nested(64), 'too_deep'],
    ['100,000 levels', nested(100_000), 'too_deep'],
    ['100,000 open brackets', '['.repeat(100_000), 'too_deep'],
    ['two models', `{${OK},"model":"dear/one"}`, 'duplicate_key'],
    ['two models, one escaped', `{${OK},"mod\\u0065l":"dear/one"}`, 'duplicate_key'],
    ['two roles', message('{"role":"user","content":"a","role":"system"}'), 'duplicate_key'],
    ['two providers in provider', with_('"provider":{"only":["a"],"only":["b"]}'), 'duplicate_key'],
    ['1e400', with_('"temperature":1e400'), 'number_out_of_range'],
    ['-1e999 deep down', with_('"x":[[{"y":-1e999}]]'), 'number_out_of_range'],
  ];
  test.each(table)('%s', (_, body, code) => {
    expect(refusal(body)).toEqual({ status: 400, code });
  });
});

describe('what is JSON but no request, each with the parameter', () => {
  const table: readonly (readonly [string, string])[] = [
    ['{}', 'messages'],
    ['{"messages":[{"role":"user","content":"x"}]}', 'model'],
    ['{"model":"","messages":[{"role":"user","content":"x"}]}', 'model'],
    ['{"model":7,"messages":[{"role":"user","content":"x"}]}', 'model'],
    [`{"model":"${'x'.repeat(300)}","messages":[{"role":"user","content":"x"}]}`, 'model'],
    ['{"model":"a/b"}', 'messages'],
    ['{"model":"a/b","messages":null}', 'messages'],
    ['{"model":"a/b","messages":{}}', 'messages'],
    ['{"model":"a/b","messages":[]}', 'messages'],
    [message('"hi"'), 'messages.0'],
    [message('{"content":"x"}'), 'messages.0.role'],
    [message('{"role":"wizard","content":"x"}'), 'messages.0.role'],
    [message('{"role":["user"],"content":"x"}'), 'messages.0.role'],
    [message('{"role":"user"}'), 'messages.0.content'],
    [message('{"role":"user","content":7}'), 'messages.0.content'],
    [message('{"role":"user","content":{"text":"x"}}'), 'messages.0.content'],
    [message('{"role":"user","content":"a"},{"role":"tool","content":"x"}'), 'messages.1.tool_call_id'],
    [message('{"role":"user","content":["x"]}'), 'messages.0.content'],
    [message('{"role":"user","content":[{"text":"x"}]}'), 'messages.0.content'],
    [message('{"role":"user","content":[{"type":"text"}]}'), 'messages.0.content'],
    [message('{"role":"assistant","content":"x","tool_calls":{}}'), 'messages.0.tool_calls'],
    [with_('"models":"a/b"'), 'models'],
    [with_('"models":[1]'), 'models.0'],
    [with_('"provider":[]'), 'provider'],
    [with_('"provider":{"order":"acme"}'), 'provider.order'],
    [with_('"provider":{"sort":"luck"}'), 'provider.sort'],
    [with_('"provider":{"max_price":{"prompt":-1}}'), 'provider.max_price'],
    [with_('"provider":{"max_price":{"prompt":"cheap"}}'), 'provider.max_price'],
    [with_('"stream":"yes"'), 'stream'],
    [with_('"max_tokens":0'), 'max_tokens'],
    [with_('"max_tokens":1.5'), 'max_tokens'],
    [with_('"max_tokens":"many"'), 'max_tokens'],
    [with_('"max_tokens":9007199254740993000'), 'max_tokens'],
    [with_('"temperature":3'), 'temperature'],
    [with_('"temperature":"hot"'), 'temperature'],
    [with_('"top_p":-0.1'), 'top_p'],
    [with_('"tools":{}'), 'tools'],
    [with_('"tool_choice":"maybe"'), 'tool_choice'],
    [with_('"stop":[1]'), 'stop'],
    [with_('"reasoning":{"effort":"some"}'), 'reasoning.effort'],
    [with_('"metadata":{"a":1}'), 'metadata.a'],
    [with_('"user":7'), 'user'],
    [with_(`"session_id":"${'s'.repeat(257)}"`), 'session_id'],
    [with_('"plugins":{}'), 'plugins'],
    [with_('"service_tier":"gold"'), 'service_tier'],
  ];
  test.each(table)('%s', (body, code) => {
    const seen = refusal(body);
    if (seen === 'accepted') throw new Error('accepted');
    expect([seen.status, String(seen.code).startsWith(code)]).toEqual([400, true]);
  });
});

test('what looks odd but is well formed is taken', () => {
  for (const body of [
    nested(62),
    message('{"role":"assistant","content":null,"tool_calls":null},{"role":"user","content":""}'),
    message('{"role":"user","content":"lone \\ud800 surrogate, NUL \\u0000, \\u202e"}'),
    message('{"role":"user","content":[{"type":"x_new","data":1}]}'),
    with_('"temperature":-0,"seed":-5,"x":1e308'),
    with_('"x":{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'),
    with_(`"x":{${Array.from({ length: 1_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`),
  ]) {
    expect([body.slice(0, 120), refusal(body)]).toEqual([body.slice(0, 120), 'accepted']);
  }
});

test('a prototype in the body changes no object', () => {
  const bodies = [
    with_('"__proto__":{"polluted":1,"stream":true}'),
    with_('"constructor":{"prototype":{"polluted":1}}'),
    with_('"provider":{"__proto__":{"zdr":true,"only":["acme"]}}'),
    `{"__proto__":{"model":"a/b"},${OK}}`,
  ];
  for (const body of bodies) {
    const request = openaiChat.server.decodeRequest(bytesOf(body));
    request.content();
    expect(request.features.stream).toBe(false);
    expect(request.features.preferences).toMatchObject({ zdr: false });
    expect(request.features.preferences.only).toBeUndefined();
    expect(request.features.models).toEqual(['demo/talker']);
    const target = { upstreamModel: 'n', stream: false, quirks: {}, supportedParameters: [] };
    const sent = JSON.parse(new TextDecoder().decode(openaiChat.client.encodeRequest(request, target, []))) as object;
    expect(Object.getPrototypeOf(sent)).toBe(Object.prototype);
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('a body of a million keys is read in time', () => {
  const keys = Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',');
  const body = bytesOf(with_(`"x":{${keys}}`));
  const before = process.cpuUsage();
  expect(refusal(body)).toBe('accepted');
  // Of the processor's time: a machine that does much else makes it no longer.
  expect(process.cpuUsage(before).user).toBeLessThan(10_000_000);
});

test('20,000 damaged bodies are read or refused, and nothing else happens', () => {
  const seeds = [
    `{${OK},"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"stream":true}`,
    with_('"provider":{"order":["a"],"max_price":{"prompt":1}},"max_tokens":5,"stop":["a"]'),
    message(
      '{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}},{"type":"text","text":"é"}]}',
    ),
    message(
      '{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"x"}',
    ),
    '{"model":"a/b","prompt":"hello","max_tokens":3}',
  ].map(bytesOf);
  const puts = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0x30, 0x2d, 0x65, 0x00, 0x20, 0x6e, 0xc3, 0xff, 0x75];
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...puts), fc.nat(2)), { minLength: 1, maxLength: 4 }),
      (seed, damages) => {
        let body = Buffer.from(seed);
        for (const [at, byte, how] of damages) {
          const place = at % (body.length + 1);
          body = Buffer.concat([body.subarray(0, place), Buffer.of(byte), body.subarray(place + how)]);
        }
        for (const format of [openaiChat, openaiCompletions]) {
          try {
            const request = format.server.decodeRequest(body);
            request.content();
            openaiChat.client.encodeRequest(
              request,
              { upstreamModel: 'n', stream: false, quirks: {}, supportedParameters: [] },
              [],
            );
            accepted++;
          } catch (error) {
            if (!(error instanceof Failure) || error.policy.status !== 400) throw error;
            refused++;
          }
        }
      },
    ),
    { numRuns: 10_000 },
  );
  expect(accepted + refused).toBe(20_000);
  expect(Math.min(accepted, refused)).toBeGreaterThan(500);
});
