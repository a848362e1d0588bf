import { expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { readConfig } from '../config/read-config.ts';
import { connectionOf } from '../gateway/connection.ts';
import { ProviderTokens } from '../gateway/provider-tokens.ts';
import type { Provider } from '../providers/provider.ts';
import { connectProviders } from './connect-providers.ts';

const vertical: Provider = {
  ...{ id: 'acme', name: 'Acme', baseUrl: 'https://{place}.acme.example/own', format: 'gemini' },
  annexes: [{ match: /^llama-/, format: 'openai-chat', baseUrl: 'https://{place}.acme.example/open' }],
  ...{ environmentKeys: ['ACME_KEY'], settings: { place: 'ACME_PLACE' }, documentation: 'https://acme.example' },
  quirks: { drop: ['labels'] },
  exchange: (secret) => (secret === 'token' ? undefined : { url: 'https://acme.example/token', form: { secret } }),
};

function connect(secret: string) {
  const tokens = new ProviderTokens(new WoundClock(), async () => Response.json({ access_token: `for ${secret}` }));
  const environment = { ACME_KEY: secret, ACME_PLACE: 'rome' };
  const { connections } = connectProviders({
    ...{ shelf: [vertical], config: readConfig('', Bun.TOML.parse), environment, storedKeys: new Map() },
    ...{ engines: [], locals: [], bundled: undefined, tokens },
  });
  return connections.get('acme')!;
}

test('a model in an annex is reached at its own address, in its own format', () => {
  const connection = connect('token');
  const told = (model: string) => {
    const { baseUrl, provider } = connectionOf(connection, model);
    return [baseUrl, provider.format, provider.quirks];
  };
  expect(told('gemini-2.5-flash')).toEqual(['https://rome.acme.example/own', 'gemini', { drop: ['labels'] }]);
  expect(told('llama-4-scout')).toEqual(['https://rome.acme.example/open', 'openai-chat', {}]);
  expect(connection.wake).toBeUndefined();
});

test('a secret that is no token is exchanged for one before a call, in the annex as well', async () => {
  const connection = connect('account');
  for (const [model, baseUrl] of [
    ['gemini-2.5-flash', 'https://rome.acme.example/own'],
    ['llama-4-scout', 'https://rome.acme.example/open'],
  ] as const) {
    const awake = await connectionOf(connection, model).wake!(new AbortController().signal);
    expect([awake.baseUrl, awake.secret?.reveal()]).toEqual([baseUrl, 'for account']);
  }
});
