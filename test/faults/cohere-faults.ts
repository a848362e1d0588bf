import { chunk, json, LAST_CHUNK, type Script, STREAM_HEAD } from '../support/scripted-provider.ts';
import { BROKEN, DOWN, either, type Fault, fault, refuses, type Seen } from './make-fault.ts';

/** What goes wrong at a provider that speaks Cohere's chat, beyond what goes wrong on any wire. */
const ofCohere = (name: string, effect: Fault['effect'], alone: Seen, script: Script): Fault =>
  fault(`Cohere: ${name}`, effect, alone, script, { format: 'cohere-chat' });

const usage = { billed_units: { input_tokens: 10, output_tokens: 3 }, tokens: { input_tokens: 10, output_tokens: 3 } };
const frames = (...all: readonly { readonly type?: string; readonly [name: string]: unknown }[]) =>
  all.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`).join('');
const START = { type: 'message-start', id: 'x', delta: { message: { role: 'assistant' } } };
const SAID = { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello' } } } };
const SHUT = { type: 'content-end', index: 0 };
const end = (more: object = {}) => ({ type: 'message-end', delta: { finish_reason: 'COMPLETE', usage, ...more } });
const whole = (text: string, more: object = {}) => ({
  ...{ id: 'x', finish_reason: 'COMPLETE', usage },
  message: { role: 'assistant', content: [{ type: 'text', text }] },
  ...more,
});

/** Says `Hello`, then the rest of a stream; the plain answer is given apart. */
function streams(rest: string, plain: object | string): Script {
  return either(
    async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(frames(START, { type: 'content-start', index: 0 }, SAID)));
      await call.delivered;
      if (rest !== '') await call.write(chunk(rest));
      await call.write(LAST_CHUNK);
    },
    async (call) => void (await call.write(json(200, plain))),
  );
}

/** Frames before any content. */
function opens(all: string, plain: object): Script {
  return either(
    async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(all));
      await call.write(LAST_CHUNK);
    },
    async (call) => void (await call.write(json(200, plain))),
  );
}

const UNFINISHED = whole('Hello', { finish_reason: undefined });
const failed = whole('Hello', { finish_reason: 'ERROR' });
const empty = { billed_units: { input_tokens: 10, output_tokens: 0 } };

export const COHERE_FAULTS: readonly Fault[] = [
  ofCohere('ends in good order without its end event', 'breaks', BROKEN, streams(frames(SHUT), UNFINISHED)),
  ofCohere('another’s marker instead of its end event', 'breaks', BROKEN, streams('data: [DONE]\n\n', UNFINISHED)),
  ofCohere(
    'an end event without a reason',
    'breaks',
    BROKEN,
    streams(frames(end({ finish_reason: undefined })), UNFINISHED),
  ),
  ofCohere('half a frame', 'breaks', BROKEN, streams(frames(SHUT, end()).slice(0, -20), '{"id":"x","message":{"con')),
  ofCohere(
    'an end by error',
    'breaks',
    BROKEN,
    streams(frames(end({ finish_reason: 'ERROR', error: 'Oops' })), failed),
  ),
  ofCohere('an end by timeout', 'breaks', BROKEN, streams(frames(end({ finish_reason: 'TIMEOUT' })), failed)),
  ofCohere(
    'the body of an error after content',
    'breaks',
    BROKEN,
    streams('data: {"message":"internal"}\n\n', { message: 'internal' }),
  ),
  ofCohere(
    'a prompt too long, inside a 200',
    'fails',
    [400, 'context_length_exceeded'],
    opens('data: {"message":"too many tokens: size limit exceeded"}\n\n', { message: 'too many tokens: size limit' }),
  ),
  ofCohere(
    'no content and no tokens',
    'fails',
    DOWN,
    opens(frames(START, end({ usage: empty })), whole('', { usage: empty })),
  ),
  ofCohere('400', 'fails', [400, 'invalid_request'], refuses(400, { id: 'x', message: 'invalid request: KEY' })),
  ofCohere(
    '400, context',
    'fails',
    [400, 'context_length_exceeded'],
    refuses(400, { message: 'too many tokens: total number of tokens in the prompt cannot exceed 8 - received 9.' }),
  ),
  ofCohere('401', 'fails', DOWN, refuses(401, { message: 'invalid api token KEY' })),
  ofCohere('404', 'fails', [404, 'not_found'], refuses(404, { message: "model 'talker' not found" })),
  ofCohere('422', 'fails', [422, 'unprocessable'], refuses(422, { message: 'unprocessable, KEY' })),
  ofCohere('429', 'fails', [429, 'rate_limit_exceeded'], refuses(429, { message: 'trial key is limited, KEY' })),
  ofCohere('503', 'fails', DOWN, refuses(503, { message: 'no, KEY' })),
  ofCohere(
    'usage that is no count',
    'serves',
    DOWN,
    streams(
      frames(end({ usage: { billed_units: { input_tokens: -5, output_tokens: 1e300 } } })),
      whole('Hello', { usage: 'none' }),
    ),
  ),
  ofCohere('goes on after its end', 'serves', DOWN, streams(frames(SHUT, end(), SAID, end()), whole('Hello'))),
  ofCohere(
    'events nobody knows',
    'serves',
    DOWN,
    streams(frames({ type: 'debug', prompt: 'x' }, SHUT, end()), whole('Hello', { x_new: 1 })),
  ),
  ofCohere('nothing wrong', 'serves', DOWN, streams(`${frames(SHUT, end())}data: [DONE]\n\n`, whole('Hello'))),
];
