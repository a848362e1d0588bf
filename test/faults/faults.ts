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
  openScriptedProvider,
  type Script,
  type ScriptCall,
  type ScriptedProvider,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';

/** What a caller may see of a provider's fault when no other endpoint is there: status and `error_type`. */
type Seen = readonly [status: number, errorType: string];

export interface Fault {
  readonly name: string;
  /**
   * `fails`: before any content, so that another endpoint can serve. `breaks`: a stream after its first content; a plain answer
   * before anything was sent. `serves`: odd, but an answer.
   */
  readonly effect: 'fails' | 'breaks' | 'serves';
  /** For a caller who has no other endpoint; of a stream that broke, what stands in its error frame. */
  readonly alone: Seen;
  /** `Retry-After` for the caller. */
  readonly retryAfter?: string;
  open(): Promise<Pick<ScriptedProvider, 'baseUrl' | 'requests' | 'stalled' | 'deliver' | 'close'>>;
}

const DOWN: Seen = [503, 'provider_overloaded'];
const BROKEN: Seen = [502, 'provider_unavailable'];
const HELLO = sse(delta('Hello'));
const EVENT_STREAM = { 'content-type': 'text/event-stream' };

function fault(
  name: string,
  effect: Fault['effect'],
  alone: Seen,
  script: Script,
  more: Partial<Pick<Fault, 'retryAfter' | 'open'>> = {},
): Fault {
  return { name, effect, alone, open: () => openScriptedProvider(script), ...more };
}

/** The script for streams and the one for plain answers. */
function either(stream: Script, plain: Script): Script {
  return (call) => (call.stream ? stream(call) : plain(call));
}

/** An answer of this status, whose body echoes the key that it was sent, as real providers do. */
function refuses(status: number, error: object | string, headers: Record<string, string> = {}): Script {
  return async (call) => {
    const key = call.request.headers.get('authorization') ?? '';
    const text = (typeof error === 'string' ? error : JSON.stringify(error)).replaceAll('KEY', key);
    const type = text.startsWith('<') ? 'text/html' : 'application/json';
    await call.write(json(status, text, { 'content-type': type, ...headers }));
  };
}

const openAiError = (type: string, code: string | null = null) => ({
  error: { message: 'Not now; your key was KEY', type, param: null, code },
});
const HTML = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>KEY</body></html>';

/** Begins as it should and says `Hello`; then `after`. */
function begins(after: (call: ScriptCall) => void | Promise<void>): Script {
  return either(
    async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(HELLO));
      await call.delivered;
      await after(call);
    },
    async (call) => {
      const body = Buffer.from(JSON.stringify(completion('Hello')));
      await call.write(head(200, { 'content-type': 'application/json', 'content-length': body.length }));
      await call.write(body.subarray(0, body.length - 20));
      await after(call);
    },
  );
}

/** Answers `Hello` with this much of a stream after it, and the same odd thing in a plain answer. */
function streams(frames: string, plain: object | string, status = 200): Script {
  return either(
    async (call) => {
      await call.write(STREAM_HEAD);
      if (frames.startsWith(HELLO)) {
        await call.write(chunk(HELLO));
        await call.delivered;
      }
      const rest = frames.startsWith(HELLO) ? frames.slice(HELLO.length) : frames;
      if (rest !== '') await call.write(chunk(rest));
      await call.write(LAST_CHUNK);
    },
    async (call) => void (await call.write(json(status, plain))),
  );
}

const plainError = (error: object | string) => ({ error });
const rateLimited = (retryAfter: string, told?: string): Fault =>
  fault(
    `429, Retry-After ${retryAfter}`,
    'fails',
    [429, 'rate_limit_exceeded'],
    refuses(429, openAiError('requests', 'rate_limit_exceeded'), {
      'retry-after': retryAfter,
      date: 'Tue, 24 Nov 2026 04:00:00 GMT',
    }),
    told === undefined ? {} : { retryAfter: told },
  );

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
