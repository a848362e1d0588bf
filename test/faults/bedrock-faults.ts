import { encodeMessage } from '../../src/base/event-stream.test-data.ts';
import { chunk, head, json, LAST_CHUNK, type Script } from '../support/scripted-provider.ts';
import { BROKEN, DOWN, type Fault, fault, refuses, type Seen } from './make-fault.ts';

/** What goes wrong at a provider that speaks Bedrock's Converse, beyond what goes wrong on any wire. */
const ofBedrock = (
  name: string,
  effect: Fault['effect'],
  alone: Seen,
  script: Script,
  more: Pick<Fault, 'retryAfter'> = {},
): Fault => fault(`Bedrock: ${name}`, effect, alone, script, { format: 'bedrock-converse', ...more });

const HEAD = head(200, { 'content-type': 'application/vnd.amazon.eventstream', 'transfer-encoding': 'chunked' });
const event = (type: string, data: object) =>
  encodeMessage({ ':event-type': type, ':message-type': 'event' }, JSON.stringify(data));
const exception = (type: string, message: string) =>
  encodeMessage({ ':exception-type': type, ':message-type': 'exception' }, JSON.stringify({ message }));
const joined = (...pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));

const START = event('messageStart', { role: 'assistant' });
const HELLO = event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } });
const SHUT = event('contentBlockStop', { contentBlockIndex: 0 });
const STOP = event('messageStop', { stopReason: 'end_turn' });
const usage = { inputTokens: 10, outputTokens: 3, totalTokens: 13 };
const COUNTS = event('metadata', { usage });
const whole = (text: string, more: object = {}) => ({
  output: { message: { role: 'assistant', content: [{ text }] } },
  ...{ stopReason: 'end_turn', usage, ...more },
});

/** The address says whether a stream is wanted, not the body. */
function either(stream: Script, plain: Script): Script {
  return (call) => (call.request.head.includes('/converse-stream ') ? stream(call) : plain(call));
}

/** Says `Hello`, then the rest of a stream; the plain answer is given apart. */
function streams(rest: readonly Uint8Array[], plain: object | string): Script {
  return either(
    async (call) => {
      await call.write(HEAD);
      await call.write(chunk(joined(START, HELLO)));
      await call.delivered;
      if (rest.length > 0) await call.write(chunk(joined(...rest)));
      await call.write(LAST_CHUNK);
    },
    async (call) => void (await call.write(json(200, plain))),
  );
}

/** Messages before any content; without a stream, the error as the API answers it. */
function opens(all: readonly Uint8Array[], plain: Script): Script {
  return either(async (call) => {
    await call.write(HEAD);
    await call.write(chunk(joined(...all)));
    await call.write(LAST_CHUNK);
  }, plain);
}

const says = (status: number, type: string, message: string): Script =>
  refuses(status, { message }, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/` });
const damaged = (message: Uint8Array): Uint8Array =>
  message.map((byte, at) => (at === message.length - 6 ? byte ^ 1 : byte));
const UNSTOPPED = whole('Hello', { stopReason: undefined });

export const BEDROCK_FAULTS: readonly Fault[] = [
  ofBedrock('ends in good order before it stopped', 'breaks', BROKEN, streams([SHUT], UNSTOPPED)),
  ofBedrock('counts, but no stop', 'breaks', BROKEN, streams([SHUT, COUNTS], UNSTOPPED)),
  ofBedrock('half a message', 'breaks', BROKEN, streams([SHUT, STOP.subarray(0, -5)], '{"output":{"message":{"con')),
  ofBedrock('half a message after its stop', 'breaks', BROKEN, streams([SHUT, STOP, COUNTS.subarray(0, 9)], UNSTOPPED)),
  ofBedrock('a wrong bit in a message', 'breaks', BROKEN, streams([damaged(HELLO), STOP, COUNTS], '{"output":')),
  ofBedrock(
    'is throttled after content',
    'breaks',
    [429, 'rate_limit_exceeded'],
    streams([exception('throttlingException', 'Too many tokens')], UNSTOPPED),
  ),
  ofBedrock(
    'the model breaks after content',
    'breaks',
    BROKEN,
    streams([exception('modelStreamErrorException', 'The model erred')], UNSTOPPED),
  ),
  ofBedrock(
    'is overloaded inside a 200',
    'fails',
    DOWN,
    opens(
      [START, exception('serviceUnavailableException', 'Busy')],
      says(503, 'ServiceUnavailableException', 'Busy, KEY'),
    ),
  ),
  ofBedrock(
    'a prompt too long, inside a 200',
    'fails',
    [400, 'context_length_exceeded'],
    opens(
      [exception('validationException', 'Input is too long for requested model.')],
      says(400, 'ValidationException', 'Input is too long for requested model.'),
    ),
  ),
  ofBedrock(
    'no content and no tokens',
    'fails',
    DOWN,
    opens(
      [START, STOP, event('metadata', { usage: { inputTokens: 9, outputTokens: 0, totalTokens: 9 } })],
      (call) => void call.write(json(200, whole('', { usage: { inputTokens: 9, outputTokens: 0, totalTokens: 9 } }))),
    ),
  ),
  ofBedrock('400', 'fails', [400, 'invalid_request'], says(400, 'ValidationException', 'Malformed, KEY')),
  ofBedrock('404', 'fails', [404, 'not_found'], says(404, 'ResourceNotFoundException', 'No such model, KEY')),
  ofBedrock('429', 'fails', [429, 'rate_limit_exceeded'], says(429, 'ThrottlingException', 'Slow down, KEY')),
  ofBedrock('403, a wrong signature', 'fails', DOWN, says(403, 'InvalidSignatureException', 'Not for KEY')),
  ofBedrock('403, an old token', 'fails', DOWN, says(403, 'ExpiredTokenException', 'KEY has expired')),
  ofBedrock(
    '403, no access',
    'fails',
    [403, 'permission_denied'],
    says(403, 'AccessDeniedException', 'Not this model'),
  ),
  ofBedrock('424', 'fails', DOWN, says(424, 'ModelErrorException', 'The model erred, KEY')),
  ofBedrock('stopped, without its counts', 'serves', DOWN, streams([SHUT, STOP], whole('Hello'))),
  ofBedrock(
    'usage that is no count',
    'serves',
    DOWN,
    streams([SHUT, STOP, event('metadata', { usage: { inputTokens: -5 } })], whole('Hello', { usage: 'none' })),
  ),
  ofBedrock('goes on after its end', 'serves', DOWN, streams([SHUT, STOP, COUNTS, HELLO], whole('Hello'))),
  ofBedrock(
    'events nobody knows',
    'serves',
    DOWN,
    streams([event('xEvent', { x: [1] }), SHUT, STOP, COUNTS], whole('Hello', { xNew: 1 })),
  ),
  ofBedrock('nothing wrong', 'serves', DOWN, streams([SHUT, STOP, COUNTS], whole('Hello'))),
];
