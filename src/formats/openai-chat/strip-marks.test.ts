import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import type { RequestQuirks } from '../format.ts';
import openaiChat from '../openai-chat.ts';

const MARK = '"cache_control":{"type":"ephemeral","ttl":"1h"}';

function send(messages: string, tools: string, quirks: RequestQuirks) {
  const body = `{"model":"demo/talker","messages":${messages},"tools":${tools},"cache_control":{"type":"ephemeral"}}`;
  const request = openaiChat.server.decodeRequest(new TextEncoder().encode(body));
  const losses: Loss[] = [];
  const target = { upstreamModel: 'm', stream: false, quirks, supportedParameters: ['tools'] };
  const sent = new TextDecoder().decode(openaiChat.client.encodeRequest(request, target, losses));
  return { sent, losses: losses.map(({ field, outcome }) => `${field} ${outcome}`) };
}

const MESSAGES =
  `[ {"role":"system",${MARK},"content":"S"}, {"role":"user","content":[{${MARK}, "type":"text","text":"a"} ,` +
  ` {"type":"text","text":"\\u00e9 cache_control", ${MARK}}, {"type":"text" , "text":"b" } ]} ]`;
const PARAMETERS = '{"type":"object","properties":{"cache_control":{"type":"string"}}}';
const TOOLS = `[{"type":"function",${MARK},"function":{"name":"f","parameters":${PARAMETERS}}}]`;

test('marks are taken out for a provider that refuses them, each with a word, and nothing else', () => {
  const { sent, losses } = send(MESSAGES, TOOLS, { cacheMarks: 'refused' });
  expect(sent).toContain(
    '"messages":[ {"role":"system","content":"S"}, {"role":"user","content":[{"type":"text","text":"a"} ,' +
      ' {"type":"text","text":"\\u00e9 cache_control"}, {"type":"text" , "text":"b" } ]} ]',
  );
  expect(sent).toContain(`"tools":[{"type":"function","function":{"name":"f","parameters":${PARAMETERS}}}]`);
  expect(JSON.parse(sent)).not.toHaveProperty('cache_control');
  expect(losses).toEqual([
    'cache_control dropped',
    'messages.0.cache_control dropped',
    'messages.1.content.0.cache_control dropped',
    'messages.1.content.1.cache_control dropped',
    'tools.0.cache_control dropped',
  ]);
});

test('they stay, byte for byte, for a provider that takes them, and for one of whom nobody knows', () => {
  for (const quirks of [{ cacheMarks: 'taken' }, {}] as const) {
    const { sent, losses } = send(MESSAGES, TOOLS, quirks);
    expect(sent).toContain(`"messages":${MESSAGES}`);
    expect(sent).toContain(`"tools":${TOOLS}`);
    expect('cache_control' in (JSON.parse(sent) as object)).toBe(quirks !== undefined && 'cacheMarks' in quirks);
    expect(losses.filter((loss) => !loss.startsWith('cache_control'))).toEqual([]);
  }
});

/** The same without marks, by the parsed value. */
function unmarked(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(unmarked);
  if (typeof value !== 'object' || value === null) return value;
  const rest = Object.entries(value as JsonObject).filter(([name]) => name !== 'cache_control');
  return Object.fromEntries(rest.map(([name, inner]) => [name, unmarked(inner)]));
}

test('whatever stands around them, what is left is the same without them', () => {
  const mark = fc.constantFrom({ cache_control: { type: 'ephemeral' } }, {});
  const part = fc.tuple(mark, fc.string(), mark).map(([a, text, b]) => ({ ...a, type: 'text', text, ...b }));
  const message = fc
    .tuple(mark, fc.oneof(fc.string(), fc.array(part, { minLength: 1, maxLength: 3 })), mark)
    .map(([a, content, b]) => ({ ...a, role: 'user', content, ...b }));
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 4 }), fc.nat(2), (messages, indent) => {
      const { sent } = send(JSON.stringify(messages, undefined, indent), '[]', { cacheMarks: 'refused' });
      expect((JSON.parse(sent) as JsonObject).messages).toEqual(unmarked(messages as unknown as Json));
    }),
    { numRuns: 300 },
  );
});
