import { expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { Secret } from '../base/secret.ts';
import { Failure } from '../generation/failure.ts';
import type { Provider } from '../providers/provider.ts';
import { ProviderTokens } from './provider-tokens.ts';

const provider: Provider = {
  ...{ id: 'acme', name: 'Acme', baseUrl: 'https://acme.example', format: 'gemini', environmentKeys: ['ACME'] },
  documentation: 'https://acme.example',
  exchange(secret) {
    if (secret === 'unusable') throw new Error(`a key that begins with ${secret}`);
    return secret.startsWith('{') ? { url: 'https://acme.example/token', form: { secret } } : undefined;
  },
};

/** A provider that counts its tokens, and answers as it is told. */
function openTokens(answers: readonly (Response | Error)[] = []) {
  const clock = new WoundClock();
  const forms: string[] = [];
  const tokens = new ProviderTokens(clock, async (_url, init) => {
    forms.push(String(init.body));
    const answer =
      answers[forms.length - 1] ?? Response.json({ access_token: `token-${forms.length}`, expires_in: 3_600 });
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { clock, forms, tokens, get: (secret: string) => tokens.find(provider, new Secret(secret))!() };
}

test('a secret that is a token already is not exchanged', () => {
  expect(openTokens().tokens.find(provider, new Secret('token'))).toBeUndefined();
});

test('a token is fetched once, by all who need it, and again shortly before it ends', async () => {
  const { clock, forms, get } = openTokens();
  const seen = await Promise.all([get('{1'), get('{1'), get('{1')]);
  expect(seen.map((token) => token.reveal())).toEqual(['token-1', 'token-1', 'token-1']);
  await clock.advance(54 * 60_000);
  expect((await get('{1')).reveal()).toBe('token-1');
  await clock.advance(2 * 60_000);
  expect((await get('{1')).reveal()).toBe('token-2');
  expect(forms).toEqual(['secret=%7B1', 'secret=%7B1']);
});

test('another secret gets another token', async () => {
  const { get } = openTokens();
  expect([(await get('{1')).reveal(), (await get('{2')).reveal()]).toEqual(['token-1', 'token-2']);
});

test('a refusal is told as one, and the next request asks again', async () => {
  const refusal = Response.json({ error: 'invalid_grant', error_description: 'No such account' }, { status: 400 });
  const { get } = openTokens([refusal, new Error('socket'), Response.json({ hello: 1 })]);
  const kinds: string[] = [];
  for (let i = 0; i < 3; i++) {
    const error = await get('{1').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Failure);
    kinds.push((error as Failure).kind);
  }
  expect(kinds).toEqual(['provider-unauthorised', 'provider-unreachable', 'provider-error']);
  expect((await get('{1')).reveal()).toBe('token-4');
});

test('credentials that can’t be used stop nobody but those who call with them, and are not shown', async () => {
  const error = (await openTokens()
    .get('unusable')
    .catch((thrown: unknown) => thrown)) as Failure;
  expect(error.kind).toBe('provider-unauthorised');
  expect(JSON.stringify([error.message, error.detail, String(error.cause)])).not.toContain('unusable');
});
