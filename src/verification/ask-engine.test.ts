import { afterEach, expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { Secret } from '../base/secret.ts';
import { askEngine, streamEngine } from './ask-engine.ts';
import { type EngineLine, NoAnswer } from './engine-line.ts';

const listeners: { stop(closeAll?: boolean): void }[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.stop(true);
});

/** Sends these very bytes to whoever asks, then ends the connection, or leaves it open. */
function serveBytes(bytes: string, leavesOpen = false): { readonly baseUrl: string; readonly heard: () => string } {
  let heard = '';
  let rest: Buffer | undefined;
  /** A socket takes only so much at a time. */
  const send = (socket: { write(data: Uint8Array): number; end(): void }): void => {
    if (!rest) return;
    rest = rest.subarray(Math.max(0, socket.write(rest)));
    if (rest.length === 0 && !leavesOpen) socket.end();
  };
  const listener = Bun.listen({
    ...{ hostname: '127.0.0.1', port: 0 },
    socket: {
      data(socket, data) {
        heard += data.toString();
        if (rest || !heard.includes('\r\n\r\n')) return;
        rest = Buffer.from(bytes);
        send(socket);
      },
      drain: send,
    },
  });
  listeners.push(listener);
  return { baseUrl: `http://127.0.0.1:${listener.port}/v1`, heard: () => heard };
}

function lineTo(baseUrl: string, more: Partial<EngineLine> = {}): EngineLine {
  const clock = new WoundClock();
  return { baseUrl, model: 'm', fetch: (url, init) => fetch(url, init), clock, waitMs: 1_000, ...more };
}

const QUESTION = { messages: [{ role: 'user', content: 'Hi' }], outputTokensMax: 5 };
const answered = (body: string, status = '200 OK', type = 'application/json') =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const streamed = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n${more}`;
const END = '0\r\n\r\n';
const failureOf = (work: Promise<unknown>): Promise<NoAnswer> =>
  work.then(
    () => Promise.reject(new Error('it was taken for an answer')),
    (error: unknown) => (error instanceof NoAnswer ? error : Promise.reject(error)),
  );

test('a plain answer is read with its usage, its calls and who gave it', async () => {
  const { baseUrl } = serveBytes(
    answered(
      JSON.stringify({
        ...{ model: 'scout', provider: 'Acme', unknown: { field: 1 } },
        choices: [
          {
            message: { content: null, tool_calls: [{ function: { name: 'f', arguments: '{}' } }] },
            finish_reason: 'tool_calls',
            logprobs: null,
          },
        ],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 2,
          total_tokens: 11,
          prompt_tokens_details: { cached_tokens: 4 },
        },
      }),
    ),
  );
  expect(await askEngine(lineTo(baseUrl), QUESTION)).toEqual({
    ...{ text: '', model: 'scout', provider: 'Acme', finishReason: 'tool_calls' },
    toolCalls: [{ id: 'call-0', name: 'f', argumentsJson: '{}' }],
    usage: { promptTokens: 9, completionTokens: 2, totalTokens: 11, cachedTokens: 4 },
  });
});

test('the key goes into its header and nowhere else', async () => {
  const { baseUrl, heard } = serveBytes(answered('{"choices":[{"message":{"content":"Hi"}}]}'));
  await askEngine(lineTo(baseUrl, { key: new Secret('hunter2') }), QUESTION);
  expect(heard().match(/hunter2/g)?.length).toBe(1);
  expect(heard()).toMatch(/^authorization: Bearer hunter2\r$/im);
});

test.each([
  [
    'no JSON',
    answered('<html>It works!</html>', '200 OK', 'text/html'),
    'garbled',
    'not the form of a chat completion',
  ],
  ['an empty body', answered(''), 'garbled', 'not the form'],
  ['no choices', answered('{"choices":[]}'), 'garbled', 'not the form'],
  ['an object as content', answered('{"choices":[{"message":{"content":{}}}]}'), 'garbled', 'not the form'],
  [
    'negative counts',
    answered('{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":-1,"completion_tokens":1}}'),
    'garbled',
    'not the form',
  ],
  ['deep nesting', answered('['.repeat(100_000)), 'garbled', 'not the form'],
  ['an endless body', answered('x'.repeat(5_000_000)), 'garbled', 'longer than any asked for'],
  [
    'an error with status 200',
    answered('{"error":{"message":"out of memory"}}'),
    'refused',
    'an error instead of an answer',
  ],
  ['an error as a text', answered('{"error":"bad"}', '400 Bad Request'), 'refused', 'HTTP 400'],
  ['a page of errors', answered('<h1>502</h1>', '502 Bad Gateway', 'text/html'), 'refused', 'HTTP 502'],
  [
    'a redirect',
    'HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n',
    'refused',
    'HTTP 302',
  ],
  [
    'half an answer',
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"choices"',
    'cut',
    'broke off',
  ],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'unreached', 'the connection failed'],
] as const)('of whole answers, %s is no answer', async (_, bytes, kind, message) => {
  const failure = await failureOf(askEngine(lineTo(serveBytes(bytes).baseUrl), QUESTION));
  expect([failure.kind, failure.message.includes(message) ? message : failure.message]).toEqual([kind, message]);
});

test('a stranger’s words stand apart from ours, without secrets and control characters', async () => {
  const words = `\u001b[2J/srv/x failed with Bearer ${'a'.repeat(20)} ${'long '.repeat(200)}`;
  const { baseUrl } = serveBytes(answered(JSON.stringify({ error: { message: words } }), '500 Oh'));
  const failure = await failureOf(askEngine(lineTo(baseUrl), QUESTION));
  expect(failure.message).toBe('HTTP 500');
  expect(failure.said).toStartWith(' [2J/srv/x failed with [redacted] long');
  expect(failure.said.length).toBeLessThanOrEqual(301);
});

const frame = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const delta = (content: string) => frame({ choices: [{ delta: { content } }] });

test('a stream is read up to its terminal event', async () => {
  const body =
    frame({ choices: [{ delta: { role: 'assistant', content: null } }] }) +
    delta('Hel') +
    ': still here\n\n' +
    delta('lo') +
    frame({ choices: [{ delta: {}, finish_reason: 'stop' }] }) +
    frame({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } }) +
    frame('[DONE]');
  // It stays open: what counts is the terminal event.
  const { baseUrl } = serveBytes(streamed(body), true);
  expect(await streamEngine(lineTo(baseUrl), QUESTION)).toMatchObject({
    ...{ text: 'Hello', isTerminated: true, finishReason: 'stop' },
    usage: { promptTokens: 3, completionTokens: 2 },
  });
});

test('a stream that ends without its terminal event is told from one that ended', async () => {
  const { baseUrl } = serveBytes(streamed(delta('Hel'), END));
  expect(await streamEngine(lineTo(baseUrl), QUESTION)).toMatchObject({ text: 'Hel', isTerminated: false });
});

test.each([
  ['a connection that breaks', streamed(delta('Hel')), 'cut', 'broke off'],
  ['a frame that is no JSON', streamed(frame('{"choices":'), END), 'garbled', 'not the form'],
  [
    'an error halfway',
    streamed(delta('a') + frame({ error: { message: 'slot lost' } }), END),
    'refused',
    'an error instead',
  ],
  ['an endless line', streamed(`data: ${'x'.repeat(5_000_000)}`, END), 'garbled', 'longer than any answer'],
  ['a refusal', answered('{"error":{"message":"no"}}', '429 Slow'), 'refused', 'HTTP 429'],
] as const)('of streams, %s is no answer', async (_, bytes, kind, message) => {
  const failure = await failureOf(streamEngine(lineTo(serveBytes(bytes).baseUrl), QUESTION));
  expect([failure.kind, failure.message.includes(message) ? message : failure.message]).toEqual([kind, message]);
});

test.each([
  ['says nothing', ''],
  ['says nothing after its head', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n'],
] as const)('an engine that %s is given up after the wait', async (_, bytes) => {
  const clock = new WoundClock();
  const { baseUrl, heard } = serveBytes(bytes, true);
  const failing = failureOf(askEngine(lineTo(baseUrl, { clock }), QUESTION));
  while (!heard().includes('\r\n\r\n')) await clock.advance(0);
  await clock.advance(2_000);
  const failure = await failing;
  expect([failure.kind, failure.message]).toEqual(['silent', 'nothing came for 1 seconds']);
});
