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

const signing: Provider = {
  ...{ id: 'signed', name: 'Signed', baseUrl: 'https://{place}.signed.example', format: 'bedrock-converse' },
  ...{ environmentKeys: [], environmentParts: { id: 'SIGNED_ID', secret: 'SIGNED_SECRET', 'token?': 'SIGNED_TOKEN' } },
  ...{ settings: { place: ['SIGNED_PLACE', 'SIGNED_OTHER_PLACE'] }, documentation: '' },
};

/** The address and the key that it is called with; undefined while it is not connected. */
function connectSigned(environment: Readonly<Record<string, string>>, config = '') {
  const tokens = new ProviderTokens(new WoundClock());
  const { connections } = connectProviders({
    ...{ shelf: [signing], config: readConfig(config, Bun.TOML.parse), environment, storedKeys: new Map() },
    ...{ engines: [], locals: [], bundled: undefined, tokens },
  });
  const connection = connections.get('signed');
  return connection && [connection.baseUrl, connection.secret?.reveal()];
}

test('a key in parts connects when every part that is needed is there, from variables or the configuration', () => {
  const all = { SIGNED_ID: 'i', SIGNED_SECRET: 's', SIGNED_OTHER_PLACE: 'rome' };
  expect(connectSigned(all)).toEqual(['https://rome.signed.example', '{"id":"i","secret":"s"}']);
  expect(connectSigned({ ...all, SIGNED_SECRET: ' ' })).toBeUndefined();
  const own = (secret: string) =>
    `[[providers]]\nid = "signed"\napi_key = { id = "x", secret = "${secret}" }\nsettings = { place = "oslo" }`;
  expect(connectSigned({}, own('y'))).toEqual(['https://oslo.signed.example', '{"id":"x","secret":"y"}']);
  expect(connectSigned({ MINE: 'z' }, own('env:MINE'))?.[1]).toBe('{"id":"x","secret":"z"}');
  expect(connectSigned(all, own('env:MINE'))).toBeUndefined();
});

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
