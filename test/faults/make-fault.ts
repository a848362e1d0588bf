import {
  chunk,
  completion,
  delta,
  head,
  json,
  LAST_CHUNK,
  openScriptedProvider,
  type Script,
  type ScriptCall,
  type ScriptedProvider,
  STREAM_HEAD,
  sse,
} from '../support/scripted-provider.ts';

/** What a caller may see of a provider's fault when no other endpoint is there: status and `error_type`. */
export type Seen = readonly [status: number, errorType: string];

export interface Fault {
  readonly name: string;
  /** What the provider speaks; `openai-chat` unless given. */
  readonly format?: string;
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

export const DOWN: Seen = [503, 'provider_overloaded'];
export const BROKEN: Seen = [502, 'provider_unavailable'];
export const HELLO = sse(delta('Hello'));
export const EVENT_STREAM = { 'content-type': 'text/event-stream' };

export function fault(
  name: string,
  effect: Fault['effect'],
  alone: Seen,
  script: Script,
  more: Partial<Pick<Fault, 'retryAfter' | 'open' | 'format'>> = {},
): Fault {
  return { name, effect, alone, open: () => openScriptedProvider(script), ...more };
}

/** The script for streams and the one for plain answers. */
export function either(stream: Script, plain: Script): Script {
  return (call) => (call.stream ? stream(call) : plain(call));
}

/** An answer of this status, whose body echoes the key that it was sent, as real providers do. */
export function refuses(status: number, error: object | string, headers: Record<string, string> = {}): Script {
  return async (call) => {
    const key = call.request.headers.get('authorization') ?? '';
    const text = (typeof error === 'string' ? error : JSON.stringify(error)).replaceAll('KEY', key);
    const type = text.startsWith('<') ? 'text/html' : 'application/json';
    await call.write(json(status, text, { 'content-type': type, ...headers }));
  };
}

export const openAiError = (type: string, code: string | null = null) => ({
  error: { message: 'Not now; your key was KEY', type, param: null, code },
});
export const HTML = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>KEY</body></html>';

/** Begins as it should and says `Hello`; then `after`. */
export function begins(after: (call: ScriptCall) => void | Promise<void>): Script {
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
export function streams(frames: string, plain: object | string, status = 200): Script {
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

export const plainError = (error: object | string) => ({ error });
export const rateLimited = (retryAfter: string, told?: string): Fault =>
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
