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

test('keeps the words of servers that give details instead of a message', () => {
  const wordsOf = (detail: unknown) => {
    const [flat, nested] = [{ detail }, { object: 'error', message: { detail } }].map(
      (body) => failureOf(422, body).detail.providerMessage,
    );
    expect(nested).toBe(flat);
    return flat;
  };
  expect(wordsOf('No such model')).toBe('No such model');
  const place = { type: 'extra_forbidden', loc: ['body', 'tools', 0], msg: 'Extra inputs are not permitted' };
  expect(wordsOf([place, { msg: 'Bad' }])).toBe('body.tools.0: Extra inputs are not permitted; Bad');
});
