import { chunk, json, LAST_CHUNK, type Script, type ScriptCall, STREAM_HEAD } from '../support/scripted-provider.ts';
import { BROKEN, DOWN, type Fault, fault, refuses, type Seen } from './make-fault.ts';

/** What goes wrong at a provider that speaks Gemini, beyond what goes wrong on any wire. */
const ofGemini = (
  name: string,
  effect: Fault['effect'],
  alone: Seen,
  script: Script,
  more: Pick<Fault, 'retryAfter'> = {},
): Fault => fault(`Gemini: ${name}`, effect, alone, script, { format: 'gemini', ...more });

const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 3, totalTokenCount: 13 };
const said = (text: string, more: object = {}) => ({
  candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0, ...more }],
});
const whole = (text: string, more: object = {}) => ({
  ...said(text, { finishReason: 'STOP' }),
  usageMetadata,
  ...more,
});
const frames = (...all: readonly object[]) => all.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join('');
const error = (code: number, status: string, message: string, details: readonly object[] = []) => ({
  error: { code, message, status, ...(details.length > 0 && { details }) },
});

/** The address says whether a stream is wanted, not the body. */
function either(stream: Script, plain: object | string): Script {
  return async (call) => {
    if (call.request.head.includes(':streamGenerateContent')) await stream(call);
    else await call.write(json(200, plain));
  };
}

const endsHere = async (call: ScriptCall): Promise<void> => void (await call.write(LAST_CHUNK));

/** Says `Hello`, then the rest of a stream; the plain answer is given apart. */
function streams(
  rest: string,
  plain: object | string,
  end: (call: ScriptCall) => void | Promise<void> = endsHere,
): Script {
  return either(async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(frames(said('Hello'))));
    await call.delivered;
    if (rest !== '') await call.write(chunk(rest));
    await end(call);
  }, plain);
}

/** Frames before any content. */
function opens(all: readonly object[], plain: object): Script {
  return either(async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(frames(...all)));
    await call.write(LAST_CHUNK);
  }, plain);
}

const FINISH = frames({ ...said('', { finishReason: 'STOP' }), usageMetadata });
const overloaded = error(503, 'UNAVAILABLE', 'The model is overloaded.');
const retry = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '6.2s' }];

export const GEMINI_FAULTS: readonly Fault[] = [
  ofGemini('ends in good order without a reason', 'breaks', BROKEN, streams('', said('Hello'))),
  ofGemini(
    'a reason that is none',
    'breaks',
    BROKEN,
    streams(
      frames(said('', { finishReason: 'FINISH_REASON_UNSPECIFIED' })),
      said('Hello', { finishReason: 'FINISH_REASON_UNSPECIFIED' }),
    ),
  ),
  ofGemini('half a frame', 'breaks', BROKEN, streams(FINISH.slice(0, -30), '{"candidates":[{"content":{"par')),
  ofGemini('is overloaded after content', 'breaks', DOWN, streams(frames(overloaded), overloaded)),
  ofGemini('is overloaded inside a 200', 'fails', DOWN, opens([overloaded], overloaded)),
  ofGemini('no candidate at all', 'fails', DOWN, opens([{ usageMetadata }], { usageMetadata })),
  ofGemini('400', 'fails', [400, 'invalid_request'], refuses(400, error(400, 'INVALID_ARGUMENT', 'Not so, KEY'))),
  ofGemini(
    '400, context',
    'fails',
    [400, 'context_length_exceeded'],
    refuses(
      400,
      error(400, 'INVALID_ARGUMENT', 'The input token count (9) exceeds the maximum number of tokens allowed (8).'),
    ),
  ),
  ofGemini(
    '400, bad key',
    'fails',
    DOWN,
    refuses(400, error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.')),
  ),
  ofGemini('404', 'fails', [404, 'not_found'], refuses(404, error(404, 'NOT_FOUND', 'models/talker is not found'))),
  ofGemini(
    '429 with its delay in the details',
    'fails',
    [429, 'rate_limit_exceeded'],
    refuses(429, error(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota', retry)),
    { retryAfter: '7' },
  ),
  ofGemini('an error in a list', 'fails', DOWN, refuses(503, JSON.stringify([overloaded]))),
  ofGemini(
    'usage that is no count',
    'serves',
    DOWN,
    streams(
      frames({ ...said('', { finishReason: 'STOP' }), usageMetadata: { promptTokenCount: -5 } }),
      whole('Hello', { usageMetadata: 'none' }),
    ),
  ),
  ofGemini(
    'usage after its reason',
    'serves',
    DOWN,
    streams(`${frames(said('', { finishReason: 'STOP' }))}${frames({ usageMetadata })}`, whole('Hello')),
  ),
  ofGemini(
    'a marker of another format at its end',
    'serves',
    DOWN,
    streams(`${FINISH}data: [DONE]\n\n`, whole('Hello')),
  ),
  ofGemini(
    'chunks nobody knows',
    'serves',
    DOWN,
    streams(`${frames({ xNew: [1] })}${FINISH}`, whole('Hello', { xNew: 1 })),
  ),
  ofGemini(
    'one list for a stream',
    'serves',
    DOWN,
    either(async (call) => void (await call.write(json(200, [said('Hel'), whole('lo')]))), whole('Hello')),
  ),
  ofGemini('nothing wrong', 'serves', DOWN, streams(FINISH, whole('Hello'))),
];
