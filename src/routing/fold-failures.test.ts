import { expect, test } from 'bun:test';
import { Failure, type FailureDetail, type FailureKind } from '../generation/failure.ts';
import { foldFailures } from './fold-failures.ts';

const failed = (kind: FailureKind, providerName: string, detail: Partial<FailureDetail> = {}) => ({
  failure: new Failure(kind, { message: `${providerName} failed`, ...detail }),
  providerName,
});

test('only refusals for rate make a 429 with the shortest wait', () => {
  const folded = foldFailures(
    [
      failed('provider-rate-limited', 'A', { retryAfterSeconds: 30 }),
      failed('provider-rate-limited', 'B', { retryAfterSeconds: 4, providerCode: 'slow_down' }),
      failed('provider-rate-limited', 'C'),
    ],
    ['a/one'],
  );
  expect(folded.policy.status).toBe(429);
  expect(folded.policy.errorType).toBe('rate_limit_exceeded');
  expect(folded.detail.retryAfterSeconds).toBe(4);
  expect(folded.detail.availability).toEqual({
    code: 'capacity_exhausted',
    retryable: true,
    retryAfterSeconds: 4,
    requestedModels: ['a/one'],
    affectedProviders: ['A', 'B', 'C'],
    excludedBy: [],
    fallbackModels: [],
  });
  expect(folded.detail.metadata).toEqual({
    previous_errors: [
      { provider: 'A', code: 'rate_limit_exceeded', status: 429 },
      { provider: 'B', code: 'slow_down', status: 429 },
      { provider: 'C', code: 'rate_limit_exceeded', status: 429 },
    ],
  });
});

test.each([
  [0, 0.1],
  [-3, 0.1],
  [1e9, 600],
])('a wait of %p seconds is told as %p', (asked, told) => {
  const folded = foldFailures([failed('provider-rate-limited', 'A', { retryAfterSeconds: asked })], []);
  expect(folded.detail.retryAfterSeconds).toBe(told);
});

test('only breakdowns, timeouts and refused keys make a 503', () => {
  const folded = foldFailures(
    [
      failed('provider-unreachable', 'A'),
      failed('provider-first-content-timeout', 'B'),
      failed('provider-overloaded', 'C'),
      failed('provider-unauthorised', 'D'),
    ],
    [],
  );
  expect(folded.policy.status).toBe(503);
  expect(folded.detail.availability?.code).toBe('temporarily_unavailable');
  expect(folded.detail.availability?.retryable).toBe(true);
  expect(folded.message).toBe('Every endpoint failed. D failed');
});

test('only missing models make a 404', () => {
  const folded = foldFailures([failed('provider-model-missing', 'A'), failed('provider-model-missing', 'B')], []);
  expect(folded.policy.status).toBe(404);
  expect(folded.detail.availability?.code).toBe('model_unavailable_upstream');
  expect(folded.detail.availability?.retryable).toBe(false);
});

test('a mixture is told by its last failure, with the others listed', () => {
  const last = failed('provider-rejected', 'B', { metadata: { raw: 'x' }, providerMessage: 'bad field' });
  const folded = foldFailures([failed('provider-rate-limited', 'A'), last], []);
  expect(folded.kind).toBe('provider-rejected');
  expect(folded.message).toBe('B failed');
  expect(folded.detail.providerName).toBe('B');
  expect(folded.detail.providerMessage).toBe('bad field');
  expect(folded.detail.availability).toBeUndefined();
  expect(folded.detail.metadata).toEqual({
    raw: 'x',
    previous_errors: [
      { provider: 'A', code: 'rate_limit_exceeded', status: 429 },
      { provider: 'B', code: 'invalid_request', status: 400 },
    ],
  });
});

test('a bug of ours is not called an outage', () => {
  const folded = foldFailures([failed('internal', 'A')], []);
  expect(folded.kind).toBe('internal');
  expect(folded.detail.availability).toBeUndefined();
});

test('one attempt keeps its own words', () => {
  expect(foldFailures([failed('provider-error', 'A')], []).message).toBe('A failed');
});
