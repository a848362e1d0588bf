import {
  answers,
  chunk,
  completion,
  delta,
  findClosedPort,
  finish,
  head,
  json,
  LAST_CHUNK,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';

import {
  BROKEN,
  begins,
  DOWN,
  EVENT_STREAM,
  either,
  type Fault,
  fault,
  HELLO,
  HTML,
  openAiError,
  plainError,
  rateLimited,
  refuses,
  streams,
} from './make-fault.ts';

export const FAULTS: readonly Fault[] = [
  fault('connect refused', 'fails', DOWN, () => {}, {
    async open() {
      const port = await findClosedPort();
      const never = Promise.withResolvers<void>().promise;
      return {
        baseUrl: `http://127.0.0.1:${port}/v1`,
        requests: [],
        stalled: never,
        deliver() {},
        close: async () => {},
      };
    },
  }),
  fault('accepts, then silence', 'fails', DOWN, (call) => call.stall()),
  fault('half a header, then silence', 'fails', DOWN, async (call) => {
    await call.write('HTTP/1.1 200 OK\r\ncontent-ty');
    call.stall();
  }),
  fault('headers, then silence', 'fails', DOWN, async (call) => {
    await call.write(call.stream ? STREAM_HEAD : head(200, { 'content-length': 500 }));
    call.stall();
  }),
  fault('only comments', 'fails', DOWN, async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(': PROCESSING\n\n: PROCESSING\n\n'));
    call.stall();
  }),
  fault('RST before headers', 'fails', DOWN, (call) => call.reset()),
  fault('FIN before headers', 'fails', DOWN, (call) => call.end()),
  fault('no HTTP at all', 'fails', DOWN, async (call) => {
    await call.write('SSH-2.0-OpenSSH_9.6\r\n\r\n');
    call.end();
  }),
  fault('a chunk without a size', 'fails', DOWN, async (call) => {
    await call.write(`${head(200, { ...EVENT_STREAM, 'transfer-encoding': 'chunked' })}zz\r\n${HELLO}\r\n`);
    call.end();
  }),
  fault(
    'RST after content',
    'breaks',
    BROKEN,
    begins((call) => call.reset()),
  ),
  fault(
    'FIN after content',
    'breaks',
    BROKEN,
    begins((call) => call.end()),
  ),
  fault(
    'ends cleanly without its marker',
    'breaks',
    BROKEN,
    begins(async (call) => {
      await call.write(LAST_CHUNK);
      call.end();
    }),
  ),
  fault(
    'a finish, then the end without its marker',
    'breaks',
    BROKEN,
    begins(async (call) => {
      await call.write(chunk(sse(finish())));
      await call.write(LAST_CHUNK);
      call.end();
    }),
  ),
  fault(
    'the marker without a finish',
    'breaks',
    BROKEN,
    begins(async (call) => {
      await call.write(chunk(sse('[DONE]')));
      await call.write(LAST_CHUNK);
      call.end();
    }),
  ),
  fault(
    'stalls after content',
    'breaks',
    [504, 'timeout'],
    begins((call) => call.stall()),
  ),
  fault(
    'comments after content, then a stall',
    'breaks',
    [504, 'timeout'],
    begins(async (call) => {
      await call.write(call.stream ? chunk(': still here\n\n') : ' ');
      call.stall();
    }),
  ),
  fault(
    'a length that is too long',
    'breaks',
    BROKEN,
    either(
      async (call) => {
        await call.write(head(200, { ...EVENT_STREAM, 'content-length': 10_000 }) + HELLO);
        await call.delivered;
        call.end();
      },
      async (call) => {
        await call.write(json(200, completion('Hello'), { 'content-length': '10000' }));
        call.end();
      },
    ),
  ),
  fault(
    'a length that is too short',
    'breaks',
    BROKEN,
    either(
      async (call) => {
        const all = HELLO + sse(finish(), '[DONE]');
        await call.write(head(200, { ...EVENT_STREAM, 'content-length': all.length - 9 }) + all);
      },
      async (call) => void (await call.write(json(200, completion('Hello'), { 'content-length': '90' }))),
    ),
  ),
  fault(
    'cut inside a character',
    'breaks',
    BROKEN,
    begins(async (call) => {
      await call.write(chunk(Buffer.from(sse(delta('é'))).subarray(0, -40)));
      call.end();
    }),
  ),
  fault('unreadable JSON after content', 'breaks', BROKEN, streams(`${HELLO}data: {"choices":[{\n\n`, '{"choices":[{')),
  fault(
    'an error frame after content',
    'breaks',
    [503, 'provider_overloaded'],
    streams(
      HELLO + sse(plainError({ message: 'overloaded', type: 'overloaded_error' })),
      plainError({ message: 'overloaded', type: 'overloaded_error' }),
    ),
  ),
  fault(
    'finish_reason "error" after content',
    'breaks',
    BROKEN,
    streams(
      HELLO + sse(finish('error'), '[DONE]'),
      completion('Hello', { choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'error' }] }),
    ),
  ),
  fault(
    'an error object inside a 200',
    'fails',
    [503, 'provider_overloaded'],
    streams(
      sse(plainError({ message: 'Over capacity', code: 503 })),
      plainError({ message: 'Over capacity', code: 503 }),
    ),
  ),
  fault(
    'vLLM’s error object inside a 200',
    'fails',
    [400, 'invalid_request'],
    streams(sse({ object: 'error', message: 'bad parameter', type: 'BadRequestError', code: 400 }), {
      object: 'error',
      message: 'bad parameter',
      type: 'BadRequestError',
      code: 400,
    }),
  ),
  fault(
    'a string as error inside a 200',
    'fails',
    DOWN,
    streams(sse(plainError('CUDA died')), plainError('CUDA died')),
  ),
  fault(
    'a plain error for a stream',
    'fails',
    DOWN,
    (call) => void call.write(json(200, plainError({ message: 'no stream for you', code: 500 }))),
  ),
  fault('an empty body', 'fails', DOWN, streams('', '')),
  fault('empty choices', 'fails', DOWN, streams(sse(usageFrame(10, 0), '[DONE]'), completion('', { choices: [] }))),
  fault(
    'no content and no tokens',
    'fails',
    DOWN,
    streams(
      sse(delta(''), finish(), usageFrame(10, 0), '[DONE]'),
      completion('', { usage: { prompt_tokens: 10, completion_tokens: 0 } }),
    ),
  ),
  fault('an array', 'fails', DOWN, streams(sse('[1,2]'), '[1,2]')),
  fault('an HTML page, 200', 'fails', DOWN, refuses(200, HTML)),
  fault('an HTML page, 502', 'fails', DOWN, refuses(502, HTML)),
  fault('an HTML page, 404', 'fails', [404, 'not_found'], refuses(404, HTML)),
  rateLimited('7', '7'),
  rateLimited('Tue, 24 Nov 2026 04:00:30 GMT', '30'),
  rateLimited('0', '1'),
  rateLimited('abc'),
  rateLimited('99999999', '600'),
  fault('400', 'fails', [400, 'invalid_request'], refuses(400, openAiError('invalid_request_error'))),
  fault(
    '400, context',
    'fails',
    [400, 'context_length_exceeded'],
    refuses(400, openAiError('invalid_request_error', 'context_length_exceeded')),
  ),
  fault('401', 'fails', DOWN, refuses(401, openAiError('invalid_request_error', 'invalid_api_key'))),
  fault(
    '402',
    'fails',
    DOWN,
    refuses(402, { error: { message: 'Insufficient Balance', type: 'unknown_error', code: 'invalid_request_error' } }),
  ),
  fault('403', 'fails', [403, 'permission_denied'], refuses(403, { message: 'forbidden for KEY' })),
  fault('404', 'fails', [404, 'not_found'], refuses(404, openAiError('invalid_request_error', 'model_not_found'))),
  fault('422', 'fails', [422, 'unprocessable'], refuses(422, { detail: [{ loc: ['body'], msg: 'KEY' }] })),
  fault('500', 'fails', DOWN, refuses(500, openAiError('server_error'))),
  fault('503', 'fails', DOWN, refuses(503, 'no healthy upstream KEY')),
  fault(
    '529',
    'fails',
    DOWN,
    refuses(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded KEY' } }),
  ),
  fault('204', 'fails', DOWN, async (call) => void (await call.write(head(204)))),
  fault('one byte at a time', 'serves', DOWN, async (call) => {
    const bytes = call.stream
      ? Buffer.concat([
          Buffer.from(STREAM_HEAD),
          chunk(HELLO + sse(finish(), usageFrame(10, 3), '[DONE]')),
          Buffer.from(LAST_CHUNK),
        ])
      : json(200, completion('Hello'));
    for (const byte of bytes) if (!(await call.write(Uint8Array.of(byte)))) return;
  }),
  fault(
    'one line of 1 MB',
    'serves',
    DOWN,
    streams(
      HELLO + sse(delta('', { x_padding: 'x'.repeat(1_000_000) }), finish(), '[DONE]'),
      completion('Hello', { x_padding: 'x'.repeat(1_000_000) }),
    ),
  ),
  fault(
    'goes on after its marker',
    'serves',
    DOWN,
    streams(HELLO + sse(finish(), '[DONE]', delta(' and more'), plainError('late'), '[DONE]'), completion('Hello')),
  ),
  fault(
    'never closes after its marker',
    'serves',
    DOWN,
    either(
      async (call) => void (await call.write(STREAM_HEAD + chunk(HELLO + sse(finish(), '[DONE]')))),
      async (call) => void (await call.write(json(200, completion('Hello')))),
    ),
  ),
  fault('compressed, though nobody asked', 'serves', DOWN, async (call) => {
    const text = call.stream
      ? HELLO + sse(finish(), '[DONE]')
      : JSON.stringify({ choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] });
    const bytes = Bun.gzipSync(Buffer.from(text), { level: 0 });
    const type = call.stream ? 'text/event-stream' : 'application/json';
    await call.write(head(200, { 'content-type': type, 'content-encoding': 'gzip', 'content-length': bytes.length }));
    await call.write(bytes);
  }),
  ...(
    [
      '{"prompt_tokens":-5,"completion_tokens":-1}',
      '{"prompt_tokens":1e300,"completion_tokens":1e300}',
      '{"prompt_tokens":"10"}',
      '"none"',
    ] as const
  ).map((usage) =>
    fault(
      `usage ${usage}`,
      'serves',
      DOWN,
      streams(
        `${HELLO}${sse(finish())}data: {"choices":[],"usage":${usage}}\n\n${sse('[DONE]')}`,
        JSON.stringify(completion('Hello')).replace(/"usage":\{[^}]*\}/, `"usage":${usage}`),
      ),
    ),
  ),
  fault(
    'usage twice',
    'serves',
    DOWN,
    streams(HELLO + sse(finish(), usageFrame(10, 1), usageFrame(10, 3), '[DONE]'), completion('Hello')),
  ),
  fault('a plain answer for a stream', 'serves', DOWN, (call) => void call.write(json(200, completion('Hello')))),
  fault('nothing wrong', 'serves', DOWN, answers('Hello')),
];
