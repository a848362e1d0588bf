import { expect, test } from 'bun:test';
import { groupExcluded, tellAttempt, tellInOrder, tellInputs } from './tell-route.ts';
import { attemptOf, candidateOf } from './test-detail.ts';

test('a try is told with its times, and with its status only where that says why it failed', () => {
  expect(tellAttempt(attemptOf())).toBe('first content after 60 ms, then 40 ms of answer');
  expect(
    tellAttempt(
      attemptOf({ first_content_ms: null, failure: 'provider-rate-limited', failure_message: 'slow', status: 429 }),
    ),
  ).toBe('failed with status 429 after 100 ms: slow');
  expect(tellAttempt(attemptOf({ failure: 'provider-cut-off' }))).toBe(
    'first content after 60 ms, then 40 ms of answer, failed after 100 ms: provider-cut-off',
  );
  expect(tellAttempt(attemptOf({ continuation: { mode: 'prefill', at_character: 35 } }))).toStartWith(
    'went on at character 35, ',
  );
});

test('the list tells what the picture shows in the order in which it happened', () => {
  const stages = [{ name: 'read', start_ms: -2.12, duration_ms: 2.12 }];
  expect(tellInOrder({ stages, attempts: [attemptOf()] })).toEqual([
    'At -2.1 ms the gateway read and checked the request, which took 2 ms',
    'At 4 ms Acme was called as acme/fp8: first content after 60 ms, then 40 ms of answer',
  ]);
});

test('figures that routing did not have are left out, and n never is', () => {
  expect(tellInputs(candidateOf())).toBe('$0.08 in, $0.30 out per 1M · expected $0.000091 · n = 0');
});

test('those left out are grouped by reason, the most frequent first', () => {
  const groups = groupExcluded([
    candidateOf({ reason: 'is retired' }),
    candidateOf(),
    candidateOf({ endpoint: 'a/b|c' }),
    candidateOf({ verdict: 'chosen' }),
  ]);
  expect(groups.map(({ reason, candidates }) => [reason, candidates.length])).toEqual([
    ['has no provider key here', 2],
    ['is retired', 1],
  ]);
});
