import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import {
  type ProviderKeyListing,
  type ProviderKeys,
  type ProviderKeyTest,
  providerKeyCreation,
} from '../contract/provider-key.ts';
import { Failure } from '../generation/failure.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { note, type Route, type RouteCall } from './route.ts';

export interface ProviderKeyParts {
  readonly clock: Clock;
  list(): Promise<readonly Omit<ProviderKeyListing, 'last_test'>[]>;
  /** What a key can be added for. */
  providers(): ProviderKeys['providers'];
  /** False when no such provider is known. */
  save(key: { readonly provider: string; readonly key: string; readonly label: string }): Promise<boolean>;
  remove(provider: string): Promise<boolean>;
  /** A cheap model that the provider offers here; undefined when it is not connected, or offers none. */
  cheapestModel(provider: string): string | undefined;
  /** Asks our own API as the caller would. */
  ask(request: Request): Response | Promise<Response>;
}

const PATH = '/api/x/provider-keys';

/** Keys for providers: written, tried and removed; never read. */
export function providerKeyRoutes(parts: ProviderKeyParts): readonly Route[] {
  const tests = new Map<string, ProviderKeyTest>();
  return [
    {
      ...{ method: 'GET', path: PATH, audience: 'management' },
      answer: async () => {
        const keys = (await parts.list()).map((key) => ({ ...key, last_test: tests.get(key.provider) ?? null }));
        const body: ProviderKeys = { keys, providers: parts.providers() };
        return answerPrivate(body);
      },
    },
    {
      ...{ method: 'POST', path: PATH, audience: 'management', action: 'provider-key.save' },
      answer: (call) => save(parts, call),
    },
    {
      ...{ method: 'DELETE', path: `${PATH}/:provider`, audience: 'management', action: 'provider-key.delete' },
      answer: async ({ params }) => {
        if (!(await parts.remove(params.provider ?? ''))) {
          throw new Failure('not-found', { message: 'No key of this provider is stored here' });
        }
        return answerPrivate({ deleted: true });
      },
    },
    {
      // Only somebody signed in: the call it makes is one of theirs, and stands in the log as such.
      ...{
        method: 'POST',
        path: `${PATH}/:provider/test`,
        audience: 'person',
        role: 'admin',
        action: 'provider-key.test',
      },
      answer: async (call) => {
        const result = await tryKey(parts, call);
        tests.set(call.params.provider ?? '', result);
        note(call, { detail: result.ok ? 'works' : 'does not work' });
        return answerPrivate(result);
      },
    },
  ];
}

async function save(parts: ProviderKeyParts, call: RouteCall): Promise<Response> {
  const { fields } = await readJsonBody(call.request, providerKeyCreation);
  const { provider, key } = fields;
  note(call, { target: provider });
  const label = fields.label || `...${key.slice(-4)}`;
  if (!(await parts.save({ provider, key, label }))) {
    throw new Failure('not-found', { message: `There is no provider called ${provider}` });
  }
  return answerPrivate({ provider, label }, 201);
}

const refusal = z.object({ error: z.object({ message: z.string() }) });

/** A real generation of one token, pinned to the provider: what it says is what a caller would have got. */
async function tryKey(parts: ProviderKeyParts, { params, request }: RouteCall): Promise<ProviderKeyTest> {
  const provider = params.provider ?? '';
  const startedMs = parts.clock.monotonicMs();
  const done = (ok: boolean, status: number | null, message: string): ProviderKeyTest => ({
    ...{ ok, kind: 'generation', status, message, models: null },
    duration_ms: Math.round(parts.clock.monotonicMs() - startedMs),
    tested_at: instantOf(parts.clock.nowMs()),
  });
  const model = parts.cheapestModel(provider);
  if (model === undefined) return done(false, null, 'It is not connected here, or offers no model of the catalogue.');
  const response = await parts.ask(
    new Request(new URL('/api/v1/chat/completions', request.url), {
      method: 'POST',
      headers: {
        ...{ cookie: request.headers.get('cookie') ?? '', 'content-type': 'application/json' },
        ...{ 'sec-fetch-site': 'same-origin', 'x-title': 'Trunkline key test' },
      },
      body: JSON.stringify({
        ...{ model, max_tokens: 16, messages: [{ role: 'user', content: 'Say yes.' }] },
        provider: { only: [provider], allow_fallbacks: false },
      }),
    }),
  );
  const text = await response.text();
  if (response.ok) return done(true, response.status, `${model} answered.`);
  return done(false, response.status, readRefusal(text).slice(0, 300));
}

/** In our own words already: what a provider says is looked at for secrets before it becomes an error of ours. */
function readRefusal(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).error.message;
  } catch {
    return 'The answer could not be read.';
  }
}
