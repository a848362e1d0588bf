import { expect, test } from 'bun:test';
import { applyFrame, startAnswer } from './answer.ts';

const START = startAnswer('demo/talker', 1_000);
const delta = (fields: object) => ({
  id: 'gen-1',
  provider: 'Acme',
  model: 'demo/talker',
  choices: [{ delta: fields }],
});

test('pieces of text, thoughts and calls are put together, and the first content is timed', () => {
  const frames = [
    delta({ role: 'assistant', content: '' }),
    delta({ reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'h', index: 0 }] }),
    delta({ reasoning_details: [{ type: 'reasoning.text', text: 'm', index: 0, signature: 's' }] }),
    delta({ content: 'Hel' }),
    delta({ content: 'lo' }),
    delta({ tool_calls: [{ index: 0, id: 'call-1', function: { name: 'look', arguments: '{"a"' } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
  ];
  const answer = frames.reduce((before, frame, index) => applyFrame(before, frame, 1_100 + index), START);
  expect(answer.text).toBe('Hello');
  expect(answer.details).toEqual([{ type: 'reasoning.text', text: 'hm', index: 0, signature: 's' }]);
  expect(answer.calls).toEqual([{ id: 'call-1', name: 'look', argumentsJson: '{"a":1}' }]);
  expect([answer.provider, answer.generation, answer.firstContentMs]).toEqual(['Acme', 'gen-1', 101]);
});

test('no frame but the end marker makes an answer done: not a finish reason, not the usage', () => {
  const finish = { choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] };
  const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 1, cost: 1e-7 } };
  const answer = applyFrame(applyFrame(START, finish, 1_001), usage, 1_002);
  expect(answer.state).toBe('streaming');
  expect(answer.usage).toMatchObject({ prompt: 3, completion: 1, cost: '1e-7' });
});

test('an error inside the stream is kept with what the provider said', () => {
  const error = { code: 502, message: 'cut', metadata: { error_type: 'provider_unavailable', raw: 'boom' } };
  const answer = applyFrame(START, { choices: [{ delta: { content: '' }, finish_reason: 'error' }], error }, 1_001);
  expect(answer.error).toEqual({ status: 502, code: 'provider_unavailable', message: 'cut', raw: 'boom' });
});

test('a picture is taken from inside the answer only, and only of kinds that are pixels', () => {
  const pictures = ['https://evil.example/x.png', 'data:image/svg+xml;base64,AAAA', 'data:image/png;base64,AAAA'];
  const images = pictures.map((url) => ({ image_url: { url } }));
  expect(applyFrame(START, delta({ images }), 1_001).images).toEqual(['data:image/png;base64,AAAA']);
});

test('what was paid for both halves of a resumed answer is added up exactly', () => {
  const usage = (cost: number) => ({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 5, cost } });
  const answer = applyFrame(applyFrame(START, usage(0.1), 1_001), usage(0.2), 1_002);
  expect(answer.usage).toMatchObject({ prompt: 20, completion: 10, cost: '0.3' });
});

test('frames that are none change nothing', () => {
  for (const frame of [
    undefined,
    null,
    1,
    'x',
    [],
    {},
    { choices: 'x' },
    { choices: [{ delta: null }] },
    { usage: 3 },
  ]) {
    expect(applyFrame(START, frame, 1_001)).toEqual(START);
  }
});
