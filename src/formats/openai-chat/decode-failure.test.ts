import { expect, test } from 'bun:test';
import { decodeChatFailure } from './decode-failure.ts';

const failureOf = (status: number, body: object) =>
  decodeChatFailure({ status, headers: new Headers(), body: new TextEncoder().encode(JSON.stringify(body)) });

test('a prompt that a filter of Azure refused says which one', () => {
  const content_filter_result = {
    hate: { filtered: true, severity: 'high' },
    violence: { filtered: false, severity: 'safe' },
    jailbreak: { filtered: true, detected: true },
  };
  const innererror = { code: 'ResponsibleAIPolicyViolation', content_filter_result };
  const failure = failureOf(400, { error: { message: 'Filtered', code: 'content_filter', status: 400, innererror } });
  expect([failure.kind, failure.detail.metadata]).toEqual(['provider-moderated', { reasons: ['hate', 'jailbreak'] }]);
});

test('what stands in its place and is none is left out', () => {
  for (const innererror of [null, 5, {}, { content_filter_result: [1] }, { content_filter_result: { hate: 1 } }]) {
    const failure = failureOf(400, { error: { message: 'Filtered', code: 'content_filter', innererror } });
    expect([failure.kind, failure.detail.metadata]).toEqual(['provider-moderated', undefined]);
  }
});
