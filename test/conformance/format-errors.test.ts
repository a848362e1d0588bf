import { describe, expect, test } from 'bun:test';
import openaiChat from '../../src/formats/openai-chat.ts';
import type { Failure, FailureKind } from '../../src/generation/failure.ts';
import { play } from '../support/play-answer.ts';

const BEGUN = 'data: {"choices":[{"index":0,"delta":{"content":"so far"},"finish_reason":null}]}\n\n';

/** Errors inside a 200, as providers send them, and what each is. */
const ERROR_FRAMES: readonly (readonly [string, string, FailureKind])[] = [
  [
    'OpenAI',
    'data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}',
    'provider-error',
  ],
  [
    'Groq',
    'event: error\ndata: {"error":{"message":"Over capacity","type":"internal_server_error","code":"over_capacity","status_code":503}}',
    'provider-overloaded',
  ],
  [
    'vLLM',
    'data: {"object":"error","message":"EngineCore died","type":"InternalServerError","param":null,"code":500}',
    'provider-error',
  ],
  [
    'vLLM, too long',
    'data: {"object":"error","message":"This model\'s maximum context length is 8192 tokens","type":"BadRequestError","code":400}',
    'provider-context-too-long',
  ],
  [
    'new vLLM',
    'data: {"error":{"message":"died","type":"InternalServerError","param":null,"code":500}}',
    'provider-error',
  ],
  ['an error event', 'event: error\ndata: {"message":"boom","code":500}', 'provider-error'],
  [
    'Anthropic behind a gateway',
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    'provider-overloaded',
  ],
  ['a string', 'data: {"error":"CUDA out of memory"}', 'provider-error'],
  ['an error event without an object', 'event: error\ndata: "boom"', 'provider-garbled'],
  ['an error event without JSON', 'event: error\ndata: upstream timed out', 'provider-garbled'],
  [
    'OpenRouter',
    'data: {"id":"gen","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":429,"message":"Rate limited"}}',
    'provider-rate-limited',
  ],
  [
    'a finish without an object',
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}',
    'provider-error',
  ],
  [
    'an error beside content',
    'data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}],"error":{"message":"x","code":"rate_limit_exceeded"}}',
    'provider-rate-limited',
  ],
  ['an error event in the shape of content', `event: error\n${BEGUN.trim()}`, 'provider-error'],
  ['an HTML page', 'data: <html><body>502 Bad Gateway</body></html>', 'provider-garbled'],
  ['half an object', 'data: {"choices":[{"index":0,"delta":{"content":"x"', 'provider-garbled'],
  ['NaN', 'data: {"choices":[],"usage":{"prompt_tokens":NaN}}', 'provider-garbled'],
];

describe.each(ERROR_FRAMES)('an error inside a stream: %s', (_, frame, kind) => {
  test.each(['', BEGUN, BEGUN + BEGUN])('is a failure after %p, and nothing after it counts', (before) => {
    for (const passThrough of [true, false]) {
      const rest = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
      const { failure, bytes } = play([new TextEncoder().encode(`${before}${frame}\n\n${rest}`)], passThrough);
      expect(failure?.kind).toBe(kind);
      expect(Buffer.from(bytes).includes('[DONE]')).toBe(false);
    }
  });
});

test.each(ERROR_FRAMES.filter(([name]) => !name.includes('event') && name !== 'a finish without an object'))(
  'an error inside a plain 200 is a failure: %s',
  (_, frame, kind) => {
    const body = new TextEncoder().encode(frame.slice(frame.indexOf('data: ') + 6));
    let thrown: unknown;
    try {
      openaiChat.client.decodeResult(body, { passThrough: true, quirks: {} });
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Failure).kind).toBe(kind);
  },
);
