import { describe, expect, test } from 'bun:test';
import type { RequestQuirks } from '../formats/format.ts';
import bedrock, { signerOf } from './amazon-bedrock.ts';
import { findBaseUrl, findEnvironmentKey, namesOfKeys } from './provider.ts';

const ID = 'AKIDEXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const NOW_MS = Date.UTC(2015, 7, 30, 12, 36);
const keyOf = (more: object = {}) => JSON.stringify({ access_key_id: ID, secret_access_key: SECRET, ...more });

function sign(key: string, method: string, url: string, body = '', service?: string) {
  const bytes = new Uint8Array(new TextEncoder().encode(body));
  return signerOf(key, service)!({ method, url: new URL(url), body: bytes }, NOW_MS);
}

describe('AWS’s published test suite for Signature Version 4', () => {
  const suite = keyOf({ region: 'us-east-1' });
  const token =
    'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/' +
    'qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7' +
    'ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';
  const unreserved = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

  test.each([
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-vanilla-empty-query-value',
      'POST',
      '/?Param1=value1',
      '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
    ],
    ['get-unreserved', 'GET', `/${unreserved}`, '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-query-unreserved',
      'GET',
      `/?${unreserved}=${unreserved}`,
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
    ],
    ['get-vanilla-utf8-query', 'GET', '/?ሴ=bar', '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04'],
    ['get-slashes', 'GET', '//example//', '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84'],
  ])('%s', async (_, method, path, signature) => {
    expect(await sign(suite, method, `https://example.amazonaws.com${path}`, '', 'service')).toMatchObject({
      authorization:
        `AWS4-HMAC-SHA256 Credential=${ID}/20150830/us-east-1/service/aws4_request, ` +
        `SignedHeaders=host;x-amz-date, Signature=${signature}`,
      'x-amz-date': '20150830T123600Z',
    });
  });

  test('post-sts-header-before', async () => {
    const key = keyOf({ region: 'us-east-1', session_token: token });
    expect(await sign(key, 'POST', 'https://example.amazonaws.com/', '', 'service')).toEqual({
      authorization:
        `AWS4-HMAC-SHA256 Credential=${ID}/20150830/us-east-1/service/aws4_request, ` +
        'SignedHeaders=host;x-amz-date;x-amz-security-token, ' +
        'Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
      'x-amz-date': '20150830T123600Z',
      'x-amz-security-token': token,
    });
  });
});

test('a request to Bedrock is signed as AWS’s own SDK signs it, colons and slashes of the model’s name included', async () => {
  // From @smithy/signature-v4 5 with these inputs, without its header of the body's hash.
  for (const [path, body, signature] of [
    [
      'meta.llama4-scout-17b-instruct-v1%3A0/converse-stream',
      '{"messages":[]}',
      'b70d45e1324551288f55ab83f79fcc7ed02401a3ee012ed61d96aa8b27e0ae71',
    ],
    [
      'arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.meta.llama4/converse',
      '{"a":"é"}',
      'b59194c7303abbdb6e9c58a226fc0d90cc0001e1e939c5b07f9221eab66e6104',
    ],
  ] as const) {
    const url = `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${path}`;
    const headers = await sign(keyOf({ session_token: 'AQoDYXdz//EXAMPLE==' }), 'POST', url, body);
    expect([path, headers.authorization]).toEqual([
      path,
      `AWS4-HMAC-SHA256 Credential=${ID}/20150830/eu-west-1/bedrock/aws4_request, ` +
        `SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=${signature}`,
    ]);
  }
});

test('the region is read from every kind of host', async () => {
  for (const [host, region] of [
    ['bedrock-runtime.us-west-2.amazonaws.com', 'us-west-2'],
    ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['bedrock-runtime.ap-southeast-4.api.aws', 'ap-southeast-4'],
    ['vpce-0a1b2c-3d4e.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'us-east-1'],
  ] as const) {
    const { authorization } = await sign(keyOf(), 'POST', `https://${host}/model/m/converse`);
    expect([host, authorization]).toEqual([host, expect.stringContaining(`/20150830/${region}/bedrock/aws4_request`)]);
  }
});

test('a key of Bedrock’s own signs nothing; credentials that can’t sign say why, and show nothing', async () => {
  expect(bedrock.signer('bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t')).toBeUndefined();
  for (const [key, url] of [
    [`{"access_key_id":"${ID}","secret":"${SECRET}"}`, 'https://bedrock-runtime.us-west-2.amazonaws.com/'],
    [`{${SECRET}`, 'https://bedrock-runtime.us-west-2.amazonaws.com/'],
    [keyOf(), 'https://proxy.example/'],
  ] as const) {
    const error: unknown = await sign(key, 'POST', url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'provider-unauthorised' });
    expect(JSON.stringify(error) + String(error)).not.toContain(SECRET);
  }
});

test('the environment’s key is the bearer’s, then an access key with what belongs to it', () => {
  const access = { AWS_ACCESS_KEY_ID: ID, AWS_SECRET_ACCESS_KEY: SECRET };
  const bearer = { variable: 'AWS_BEARER_TOKEN_BEDROCK', value: 'b' };
  expect(findEnvironmentKey(bedrock, { ...access, AWS_BEARER_TOKEN_BEDROCK: 'b' })).toEqual(bearer);
  expect(findEnvironmentKey(bedrock, access)).toEqual({ variable: 'AWS_ACCESS_KEY_ID', value: keyOf() });
  expect(findEnvironmentKey(bedrock, { ...access, AWS_SESSION_TOKEN: 't' })?.value).toBe(keyOf({ session_token: 't' }));
  expect(findEnvironmentKey(bedrock, { AWS_ACCESS_KEY_ID: ID })).toBeUndefined();
  expect(namesOfKeys(bedrock)).toEqual(['AWS_BEARER_TOKEN_BEDROCK', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY']);
  expect(findBaseUrl(bedrock, { AWS_DEFAULT_REGION: 'us-east-1' })).toBe(
    'https://bedrock-runtime.us-east-1.amazonaws.com',
  );
  expect(findBaseUrl(bedrock, { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' })).toContain('eu-west-1');
});

test('a wish for reasoning and marks for the cache are declared for the families that Bedrock runs', () => {
  const kindOf = (name: string) => {
    const { models, ...all } = bedrock.quirks;
    const own: RequestQuirks | undefined = models.find(({ match }) => match.test(name))?.quirks;
    return [own?.reasoning, own?.cacheMarks ?? all.cacheMarks, own?.drop];
  };
  expect(kindOf('us.anthropic.claude-sonnet-4-20250514-v1:0')).toEqual(['thinking', 'taken', undefined]);
  expect(kindOf('global.anthropic.claude-opus-4-7')).toEqual(['thinking', 'taken', ['temperature', 'top_p']]);
  expect(kindOf('openai.gpt-oss-120b-1:0')).toEqual(['effort', 'refused', undefined]);
  expect(kindOf('us.openai.gpt-5.6-luna')).toEqual(['object', 'refused', undefined]);
  expect(kindOf('amazon.nova-pro-v1:0')).toEqual([undefined, 'taken', undefined]);
  expect(kindOf('us.meta.llama4-scout-17b-instruct-v1:0')).toEqual([undefined, 'refused', undefined]);
});
