/** The connection to one engine. What answers may be anything: every answer is bounded in bytes and time, and parsed with care. */
import type { Clock } from '../base/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { redact } from '../base/redact.ts';
import type { Secret } from '../base/secret.ts';

export interface EngineLine {
  /** With `/v1` or whatever stands before `/chat/completions`, without a trailing slash. */
  readonly baseUrl: string;
  readonly key?: Secret;
  readonly model: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** The longest silence before an answer, and between two pieces of a streamed one. */
  readonly waitMs: number;
  /** Further fields of every question, such as a gateway's `provider`. */
  readonly fields?: JsonObject;
}

/** Nothing came that could be judged. The message says so in our words; `said` are the other side's, made fit to print. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** `unreached`: nothing listens. `silent`: nothing came in time. `cut`: it broke off. */
  readonly kind: 'unreached' | 'silent' | 'cut' | 'refused' | 'garbled';
  readonly said: string;
  readonly status: number | undefined;

  constructor(
    kind: NoAnswer['kind'],
    message: string,
    more: { readonly said?: string; readonly status?: number } = {},
  ) {
    super(message);
    this.kind = kind;
    this.said = redact(more.said ?? '', SAID_LENGTH_MAX);
    this.status = more.status;
  }
}

export const BODY_BYTES_MAX = 4 * 1024 * 1024;
const SAID_LENGTH_MAX = 300;

/** What a path below the address answers; the body is undefined where it is not JSON. */
export async function askPath(
  line: EngineLine,
  path: string,
  body?: JsonObject,
): Promise<{ readonly status: number; readonly body: Json | undefined }> {
  const watch = new Watch(line);
  try {
    const response = await watch.during(send(line, path, body, watch.signal));
    return { status: response.status, body: readJson(await watch.during(readText(response))) };
  } finally {
    watch.stop();
  }
}

/** With a body it is a POST. A redirect is not followed: it could lead from the given address to any other, key and all. */
export async function send(
  line: EngineLine,
  path: string,
  body: JsonObject | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const headers = {
    accept: 'application/json, text/event-stream',
    ...(body && { 'content-type': 'application/json' }),
    ...(line.key && { authorization: `Bearer ${line.key.reveal()}` }),
  };
  try {
    const url = line.baseUrl + path;
    const content = body && { method: 'POST', body: JSON.stringify(body) };
    return await line.fetch(url, { ...content, headers, signal, redirect: 'manual' });
  } catch (error) {
    if (error instanceof NoAnswer || signal.aborted) throw error;
    throw new NoAnswer('unreached', 'the connection failed', { said: messageOf(error) });
  }
}

/** A whole answer may take so many times the longest silence: an engine that drips must end too. */
const TOTAL_WAITS = 6;

/** Gives up when nothing moves for `waitMs`, also where a `fetch` does not listen to its signal. */
export class Watch {
  readonly #line: EngineLine;
  readonly #startMs: number;
  readonly #abort = new AbortController();

  constructor(line: EngineLine) {
    this.#line = line;
    this.#startMs = line.clock.monotonicMs();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async during<T>(work: Promise<T>): Promise<T> {
    const { clock, waitMs } = this.#line;
    // Whichever loses the race is of no interest any more.
    work.catch(() => undefined);
    if (clock.monotonicMs() - this.#startMs > TOTAL_WAITS * waitMs)
      throw new NoAnswer('silent', 'the answer had not ended after all this time');
    let cancel = (): void => undefined;
    const tooLate = new Promise<never>((_, reject) => {
      cancel = clock.after(waitMs, () => {
        reject(new NoAnswer('silent', `nothing came for ${Math.round(waitMs / 1000)} seconds`));
        this.#abort.abort();
      });
    });
    try {
      return await Promise.race([work, tooLate]);
    } catch (error) {
      if (error instanceof NoAnswer) throw error;
      throw new NoAnswer('cut', 'the answer broke off', { said: messageOf(error) });
    } finally {
      cancel();
    }
  }

  /** Ends what is still open: for an engine, that is the caller hanging up. */
  stop(): void {
    this.#abort.abort();
  }
}

/** An engine may say no with a status, or with an `error` in an answer of status 200. */
export function refuseError(status: number, body: Json | undefined): void {
  const error = isJsonObject(body) ? body.error : undefined;
  if (status === 200 && (error === undefined || error === null)) return;
  const message = status === 200 ? 'an error instead of an answer' : `HTTP ${status}`;
  throw new NoAnswer('refused', message, { said: wordsOf(body), status });
}

/** What an answer says of its error; empty where it says nothing. */
export function wordsOf(body: Json | undefined): string {
  const error = isJsonObject(body) ? body.error : undefined;
  const words = isJsonObject(error) ? error.message : error;
  return typeof words === 'string' ? words : '';
}

export function readJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value as Json;
  } catch {
    return undefined;
  }
}

export async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new NoAnswer('garbled', 'the answer is longer than any asked for');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
