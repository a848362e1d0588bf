import { expect, test } from 'bun:test';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { curlOf, redact, replayBody, requestPreferences } from './replay-request.ts';
import { attemptOf } from './test-detail.ts';

const preferences = {
  order: ['acme', 'zenith'],
  allowFallbacks: true,
  dataCollection: 'deny',
  zdr: false,
  maxPrice: { prompt: '0.0000001', request: '0.5' },
};
const route = { preferences } as unknown as GenerationDetail['route'];
const detail = { requested_model: 'a/b:nitro', model: 'a/b', route, streamed: true, session: null };

test('preferences of a plan become those of a request: its own names, prices per million, nothing that is usual', () => {
  expect(requestPreferences(preferences)).toEqual({
    order: ['acme', 'zenith'],
    data_collection: 'deny',
    max_price: { prompt: '0.1', request: '0.5' },
  });
});

test('a replay goes to the endpoint that was chosen and to no other, or wherever it is routed', () => {
  expect(replayBody(detail, 'a/b|acme/fp8', [])).toEqual({
    model: 'a/b',
    messages: [],
    stream: true,
    provider: {
      data_collection: 'deny',
      max_price: { prompt: '0.1', request: '0.5' },
      order: ['acme/fp8'],
      allow_fallbacks: false,
    },
  });
  expect(replayBody(detail, undefined, [])).toMatchObject({
    model: 'a/b:nitro',
    provider: { order: ['acme', 'zenith'] },
  });
});

test('a text with quotes cannot leave the quotes of the command', () => {
  expect(curlOf('http://h', '/x', { text: "it's; rm" })).toContain(`{"text":"it'\\''s; rm"}`);
});

test('a redacted copy has no key, no app, no user, no session and no ids of the request', () => {
  const secret = { key: 's3cret', key_name: 's3cret', app: { slug: 's3cret', title: '' }, external_user: 's3cret' };
  const ids = { session: 's3cret', user_agent: 's3cret', request_id: 's3cret', upstream_id: 's3cret' };
  const whole = { id: 'gen-1', ...secret, ...ids, attempts: [attemptOf({ upstream_id: 's3cret' })] };
  const text = redact(whole as unknown as GenerationDetail);
  expect(text).not.toContain('s3cret');
  expect(text).toContain('gen-1');
});
