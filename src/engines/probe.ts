import type { z } from 'zod';
import type { Clock } from '../base/clock.ts';

export type EngineFetch = (url: string, init: RequestInit) => Promise<Response>;

/** An engine is on this machine or next to it: who has not begun to answer by then is not there. */
const IDENTIFY_MS = 300;
/** Details may come from a cold disk, and figures from an engine that is busy. */
const DETAIL_MS = 2_000;
const BODY_BYTES_MAX = 1024 * 1024;

/** Asks one address. Whatever listens there may be anything: every answer is limited, checked, and otherwise none. */
export class Probe {
  readonly baseUrl: string;
  readonly #fetch: EngineFetch;
  readonly #clock: Clock;

  constructor(baseUrl: string, fetch: EngineFetch, clock: Clock) {
    this.baseUrl = baseUrl;
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** The answer to a GET, or undefined when there is none of this form. */
  ask<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    return this.#json(path, schema, IDENTIFY_MS);
  }

  detail<T>(path: string, schema: z.ZodType<T>, body?: object): Promise<T | undefined> {
    return this.#json(path, schema, DETAIL_MS, body);
  }

  /** The text of a page, or undefined when there is none. */
  async text(path: string): Promise<string | undefined> {
    const bytes = await this.#bytes(path, 'text/plain', DETAIL_MS);
    return bytes && new TextDecoder().decode(bytes);
  }

  async #json<T>(path: string, schema: z.ZodType<T>, timeoutMs: number, body?: object): Promise<T | undefined> {
    const bytes = await this.#bytes(path, 'application/json', timeoutMs, body);
    if (!bytes) return undefined;
    try {
      const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
      return parsed.success ? parsed.data : undefined;
    } catch {
      return undefined;
    }
  }

  async #bytes(path: string, accept: string, timeoutMs: number, body?: object): Promise<Uint8Array | undefined> {
    const abort = new AbortController();
    const cancel = this.#clock.after(timeoutMs, () => abort.abort());
    try {
      const response = await this.#fetch(this.baseUrl + path, {
        signal: abort.signal,
        // A redirect could lead from a listed address to any other.
        redirect: 'manual',
        headers: { accept, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return response.status === 200 ? await readLimited(response) : undefined;
    } catch {
      // Refused, late, garbled: all the same here, nothing that we know is there.
      return undefined;
    } finally {
      cancel();
      abort.abort();
    }
  }
}

async function readLimited(response: Response): Promise<Uint8Array | undefined> {
  if (!response.body) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
