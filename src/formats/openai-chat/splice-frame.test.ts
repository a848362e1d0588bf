import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { scanJson } from '../../base/json-scan.ts';
import { FrameSplicer } from './splice-frame.ts';

const LIMITS = { depthMax: 64, notedDepth: 7, twins: 'allow' } as const;
const splicer = new FrameSplicer({ id: 'gen-1', model: 'demo/talker', provider: 'Acme', created: 7 });

function spliceFrame(text: string): unknown {
  const frame = splicer.spliceFrame(scanJson(new TextEncoder().encode(text), LIMITS));
  return JSON.parse(new TextDecoder().decode(frame).replace(/^data: /, ''));
}

function spliceResult(text: string): unknown {
  const body = splicer.spliceResult(scanJson(new TextEncoder().encode(text), LIMITS), { usage: { cost: 1 } });
  return JSON.parse(new TextDecoder().decode(body));
}

const HEAD = { id: 'gen-1', model: 'demo/talker', provider: 'Acme', created: 7 };

test('nulls of a chunk that strict clients refuse are left out, those they know stay', () => {
  const delta =
    '{"refusal":null,"audio":null,"content":"Hi","function_call":null,"role":null , "tool_calls" : null,"annotations":null}';
  const frame = `{"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":null}],"system_fingerprint":null,"usage":null}`;
  expect(spliceFrame(frame)).toEqual({
    ...HEAD,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { refusal: null, content: 'Hi' }, logprobs: null, finish_reason: null }],
  });
});

test('nulls within a streamed tool call are left out, and so is an empty role', () => {
  const call = '{"id":null,"index":0,"type":"function","function":{"name":null,"arguments":"{}"}}';
  const frame = `{"choices":[{"index":0,"delta":{"role":"","content":null,"tool_calls":[${call}]}}]}`;
  expect(spliceFrame(frame)).toEqual({
    ...HEAD,
    object: 'chat.completion.chunk',
    choices: [
      {
        index: 0,
        delta: { content: null, tool_calls: [{ index: 0, type: 'function', function: { arguments: '{}' } }] },
        finish_reason: null,
      },
    ],
  });
});

test('a whole answer keeps its empty fingerprint and loses the nulls of its message', () => {
  const message = '{"role":"assistant","content":"Hi","audio":null,"reasoning_content":null,"tool_calls":[]}';
  const body = `{"choices":[{"index":0,"message":${message},"finish_reason":"stop"}],"usage":{"prompt_tokens":1},"system_fingerprint":null}`;
  expect(spliceResult(body)).toEqual({
    ...HEAD,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hi', reasoning: null, tool_calls: [] },
        finish_reason: 'stop',
        native_finish_reason: 'stop',
      },
    ],
    system_fingerprint: null,
    usage: { cost: 1 },
  });
});

test('whatever nulls stand where, what is left is what was there without them', () => {
  const names = ['role', 'content', 'audio', 'tool_calls', 'annotations', 'x', 'reasoning'];
  const members = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom('null', '"a"', ' null ')), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(members, (chosen) => {
      const delta = chosen.map(([name, value]) => `"${name}":${value}`).join(',');
      const frame = spliceFrame(`{"choices":[{"delta":{${delta}},"finish_reason":null}]}`) as {
        choices: [{ delta: Record<string, unknown> }];
      };
      const { reasoning_details: _, ...left } = frame.choices[0].delta;
      const kept = chosen.filter(([name, value]) => value === '"a"' || name === 'content' || name === 'reasoning');
      expect(left).toEqual(Object.fromEntries(kept.map(([name, value]) => [name, JSON.parse(value)])));
    }),
  );
});

test('reasoning beside an empty field of the same meaning is found, and told once', () => {
  for (const empty of ['""', 'null']) {
    const before = `{"choices":[{"index":0,"delta":{"reasoning":${empty},"reasoning_content":"Hm"}}]}`;
    const after = `{"choices":[{"index":0,"delta":{"reasoning_content":"Hm","reasoning":${empty}}}]}`;
    for (const frame of [before, after]) {
      expect(spliceFrame(frame)).toMatchObject({
        choices: [{ delta: { reasoning: 'Hm', reasoning_details: [{ text: 'Hm' }] } }],
      });
    }
  }
});
