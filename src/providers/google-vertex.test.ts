import { expect, test } from 'bun:test';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import vertex, { exchangeCredentials } from './google-vertex.ts';
import { findBaseUrl, findEnvironmentKey } from './provider.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ACCOUNT = {
  type: 'service_account',
  client_email: 'bot@project.iam.gserviceaccount.com',
  private_key: privateKey,
  private_key_id: 'key-1',
};

test('a service account signs an assertion for a token, which its public key confirms', () => {
  const { url, form } = exchangeCredentials(JSON.stringify(ACCOUNT), 1_700_000_000)!;
  expect([url, form.grant_type]).toEqual([
    'https://oauth2.googleapis.com/token',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ]);
  const [head, claims, signature] = form.assertion!.split('.') as [string, string, string];
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  expect(read(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' });
  expect(read(claims)).toEqual({
    iss: ACCOUNT.client_email,
    scope: 'https://www.googleapis.com/auth/cloud-platform',
    aud: url,
    iat: 1_700_000_000,
    exp: 1_700_003_600,
  });
  const verify = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  expect(verify.verify(publicKey, signature, 'base64url')).toBe(true);
});

test('a user’s credentials are exchanged by their refresh token, and a token is taken as it is', () => {
  const user = { type: 'authorized_user', client_id: 'id', client_secret: 's', refresh_token: 'r' };
  expect(exchangeCredentials(JSON.stringify(user), 0)!.form).toEqual({
    ...{ grant_type: 'refresh_token', client_id: 'id', client_secret: 's', refresh_token: 'r' },
  });
  expect(exchangeCredentials('ya29.token', 0)).toBeUndefined();
  for (const other of ['{', '{"type":"external_account"}', '{"type":"service_account"}']) {
    expect(() => exchangeCredentials(other, 0)).toThrow('unknown type');
  }
});

test('the file of Google’s own variable gives the key where ours is not set', () => {
  const environment = { GOOGLE_APPLICATION_CREDENTIALS: JSON.stringify(ACCOUNT) };
  expect(findEnvironmentKey(vertex, environment)?.value).toBe(JSON.stringify(ACCOUNT));
  expect(vertex.environmentFiles).toEqual(['GOOGLE_APPLICATION_CREDENTIALS']);
});

test('the place decides on the host', () => {
  const at = (location: string, annex?: (typeof vertex.annexes)[number]) =>
    findBaseUrl(vertex, { GOOGLE_CLOUD_PROJECT: 'p', GOOGLE_CLOUD_LOCATION: location }, annex);
  expect(at('us-east5')).toBe(
    'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/google',
  );
  expect(at('global')).toBe('https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google');
  expect(at('eu')).toStartWith('https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/');
  expect(at('us-east5', vertex.annexes[0])).toBe(
    'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/endpoints/openapi',
  );
});

test('Llama is asked for with its publisher', () => {
  const { match, quirks } = vertex.annexes[0]!;
  expect([match.test('llama-4-scout-17b-16e-instruct-maas'), match.test('gemini-2.5-flash')]).toEqual([true, false]);
  const sent = quirks.amendBody({ model: 'llama-4-scout-17b-16e-instruct-maas' });
  expect(sent.model).toBe('meta/llama-4-scout-17b-16e-instruct-maas');
});
