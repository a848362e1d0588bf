import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { redact } from '../base/redact.ts';
import { Secret } from '../base/secret.ts';
import { Failure } from '../generation/failure.ts';
import type { Provider, TokenExchange } from '../providers/provider.ts';

/** A token is renewed this long before its end, so that none ends on its way. */
const MARGIN_MS = 5 * 60_000;
const EXCHANGE_MS_MAX = 10_000;
const BYTES_MAX = 64 * 1024;

const answerSchema = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  expires_in: z
    .number()
    .positive()
    .max(7 * 86_400)
    .default(3_600),
});

interface Kept {
  readonly secret: string;
  /** Monotonic. */
  freshUntilMs: number;
  token: Promise<Secret>;
}

/** Tokens that providers give for secrets that are none: one for each provider, fetched when it is needed and kept while it lasts. */
export class ProviderTokens {
  readonly #clock: Clock;
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly #kept = new Map<string, Kept>();

  constructor(
    clock: Clock,
    fetcher: (url: string, init: RequestInit) => Promise<Response> = (url, init) => fetch(url, init),
  ) {
    this.#clock = clock;
    this.#fetch = fetcher;
  }

  /** Undefined when the provider takes its secret as it is. Requests at one time share one exchange. */
  find(provider: Provider, secret: Secret): (() => Promise<Secret>) | undefined {
    const text = secret.reveal();
    return this.#isExchanged(provider, text) ? () => this.#get(provider, text) : undefined;
  }

  /** Credentials that can't be used are no token either: whoever calls with them is told. */
  #isExchanged(provider: Provider, secret: string): boolean {
    try {
      return provider.exchange?.(secret, this.#nowSeconds()) !== undefined;
    } catch {
      return true;
    }
  }

  #get(provider: Provider, secret: string): Promise<Secret> {
    const kept = this.#kept.get(provider.id);
    if (kept?.secret === secret && this.#clock.monotonicMs() < kept.freshUntilMs) return kept.token;
    const fresh: Kept = { secret, freshUntilMs: Number.POSITIVE_INFINITY, token: this.#exchange(provider, secret) };
    this.#kept.set(provider.id, fresh);
    return fresh.token;
  }

  async #exchange(provider: Provider, secret: string): Promise<Secret> {
    try {
      const { token, lastsMs } = await this.#ask(prepare(provider, secret, this.#nowSeconds()), provider.name);
      const kept = this.#kept.get(provider.id);
      if (kept?.secret === secret) kept.freshUntilMs = this.#clock.monotonicMs() + Math.max(0, lastsMs - MARGIN_MS);
      return new Secret(token);
    } catch (error) {
      // The next request asks again.
      if (this.#kept.get(provider.id)?.secret === secret) this.#kept.delete(provider.id);
      throw error;
    }
  }

  async #ask({ url, form }: TokenExchange, name: string): Promise<{ token: string; lastsMs: number }> {
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(EXCHANGE_MS_MAX);
      response = await this.#fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'error', signal });
      text = (await response.text()).slice(0, BYTES_MAX);
    } catch (cause) {
      throw new Failure('provider-unreachable', { message: `${name} gave no token: it could not be reached`, cause });
    }
    const parsed = answerSchema.safeParse(jsonOf(text));
    if (response.ok && parsed.success) {
      return { token: parsed.data.access_token, lastsMs: parsed.data.expires_in * 1_000 };
    }
    const isRefused = response.status >= 400 && response.status < 500;
    throw new Failure(isRefused ? 'provider-unauthorised' : 'provider-error', {
      message: `${name} gave no token`,
      providerMessage: redact(text, 500),
    });
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1_000);
  }
}

function prepare(provider: Provider, secret: string, nowSeconds: number): TokenExchange {
  try {
    return provider.exchange!(secret, nowSeconds)!;
  } catch {
    // The cause would show pieces of the key.
    throw new Failure('provider-unauthorised', { message: `The credentials for ${provider.name} can’t be used` });
  }
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
