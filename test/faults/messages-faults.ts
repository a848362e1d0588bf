import { begin, type Frame, finish, frames, message, open, STOP, shut, textOf } from '../support/scripted-messages.ts';
import { chunk, json, LAST_CHUNK, type Script, STREAM_HEAD } from '../support/scripted-provider.ts';
import { BROKEN, DOWN, either, type Fault, fault, refuses, type Seen } from './make-fault.ts';

/** What goes wrong at a provider that speaks Anthropic's Messages, beyond what goes wrong on any wire. */
const ofMessages = (
  name: string,
  effect: Fault['effect'],
  alone: Seen,
  script: Script,
  more: Pick<Fault, 'retryAfter'> = {},
): Fault => fault(`Messages: ${name}`, effect, alone, script, { format: 'anthropic-messages', ...more });

const HELLO = [begin(), open(0), textOf(0, 'Hello')];
const error = (type: string, words: string) => ({ type: 'error', error: { type, message: words } });

/** Says `Hello`, then the rest of a stream; the plain answer is given apart. */
function streams(rest: readonly Frame[] | string, plain: object | string): Script {
  return either(
    async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(frames(...HELLO)));
      await call.delivered;
      const more = typeof rest === 'string' ? rest : frames(...rest);
      if (more !== '') await call.write(chunk(more));
      await call.write(LAST_CHUNK);
    },
    async (call) => void (await call.write(json(200, plain))),
  );
}

/** Frames before any content. */
function opens(all: readonly Frame[], plain: object): Script {
  return either(
    async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(frames(...all)));
      await call.write(LAST_CHUNK);
    },
    async (call) => void (await call.write(json(200, plain))),
  );
}

const WHOLE = [shut(0), finish(), STOP];
const UNFINISHED = message('Hello', { stop_reason: null });

export const MESSAGES_FAULTS: readonly Fault[] = [
  ofMessages('ends inside a block', 'breaks', BROKEN, streams([], UNFINISHED)),
  ofMessages('a stop reason, and no end after it', 'breaks', BROKEN, streams([shut(0), finish()], UNFINISHED)),
  ofMessages('an end without a stop reason', 'breaks', BROKEN, streams([shut(0), STOP], UNFINISHED)),
  ofMessages(
    'half a frame',
    'breaks',
    BROKEN,
    streams(frames(shut(0), finish(), STOP).slice(0, -20), '{"type":"message","content":[{"type":"te'),
  ),
  ofMessages('begins twice', 'breaks', BROKEN, streams([begin(), ...WHOLE], { type: 'message' })),
  ofMessages(
    'a block without an index',
    'breaks',
    BROKEN,
    streams([{ type: 'content_block_stop' }, ...WHOLE], message('Hello', { content: 'Hello' })),
  ),
  ofMessages(
    'is overloaded after content',
    'breaks',
    [503, 'provider_overloaded'],
    streams([error('overloaded_error', 'Overloaded')], error('overloaded_error', 'Overloaded')),
  ),
  ofMessages(
    'is overloaded inside a 200',
    'fails',
    [503, 'provider_overloaded'],
    opens([begin(), error('overloaded_error', 'Overloaded')], error('overloaded_error', 'Overloaded')),
  ),
  ofMessages(
    'limits the rate inside a 200',
    'fails',
    [429, 'rate_limit_exceeded'],
    opens([error('rate_limit_error', 'Slow down')], error('rate_limit_error', 'Slow down')),
  ),
  ofMessages(
    'no content and no tokens',
    'fails',
    DOWN,
    opens(
      [begin({ input_tokens: 10, output_tokens: 0 }), finish('end_turn', { output_tokens: 0 }), STOP],
      message('', { content: [], usage: { input_tokens: 10, output_tokens: 0 } }),
    ),
  ),
  ofMessages('529', 'fails', DOWN, refuses(529, error('overloaded_error', 'Overloaded KEY'))),
  ofMessages('400', 'fails', [400, 'invalid_request'], refuses(400, error('invalid_request_error', 'Not so, KEY'))),
  ofMessages(
    '400, context',
    'fails',
    [400, 'context_length_exceeded'],
    refuses(400, error('invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2')),
  ),
  ofMessages(
    '400, no credit',
    'fails',
    DOWN,
    refuses(400, error('invalid_request_error', 'Your credit balance is too low')),
  ),
  ofMessages('401', 'fails', DOWN, refuses(401, error('authentication_error', 'invalid x-api-key KEY'))),
  ofMessages('403', 'fails', [403, 'permission_denied'], refuses(403, error('permission_error', 'No, KEY'))),
  ofMessages('404', 'fails', [404, 'not_found'], refuses(404, error('not_found_error', 'model: talker'))),
  ofMessages('413', 'fails', [413, 'payload_too_large'], refuses(413, error('request_too_large', 'Too much'))),
  ofMessages(
    '429',
    'fails',
    [429, 'rate_limit_exceeded'],
    refuses(429, error('rate_limit_error', 'Slow down'), { 'retry-after': '7' }),
    { retryAfter: '7' },
  ),
  ofMessages(
    'usage that is no count',
    'serves',
    DOWN,
    streams(
      [shut(0), finish('end_turn', { input_tokens: -5, output_tokens: 1e300 }), STOP],
      message('Hello', { usage: { input_tokens: '10', output_tokens: -1 } }),
    ),
  ),
  ofMessages(
    'usage at the end only',
    'serves',
    DOWN,
    streams([shut(0), finish('end_turn', { input_tokens: 10, output_tokens: 3 }), STOP], message('Hello')),
  ),
  ofMessages(
    'goes on after its end',
    'serves',
    DOWN,
    streams([...WHOLE, textOf(0, ' and more'), STOP], message('Hello')),
  ),
  ofMessages(
    'a marker of another format after its end',
    'serves',
    DOWN,
    streams(`${frames(...WHOLE)}data: [DONE]\n\n`, message('Hello')),
  ),
  ofMessages(
    'events nobody knows',
    'serves',
    DOWN,
    streams([{ type: 'x_event', x: { y: [1] } } as Frame, ...WHOLE], message('Hello', { x_new: 1 })),
  ),
  ofMessages(
    'a plain answer for a stream',
    'serves',
    DOWN,
    async (call) => void (await call.write(json(200, message('Hello')))),
  ),
  ofMessages('nothing wrong', 'serves', DOWN, streams(WHOLE, message('Hello'))),
];
