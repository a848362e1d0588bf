import { expect, test } from 'bun:test';
import { FAILURES, type FailureKind } from '../generation/failure.ts';
import { classOfAttempt, classOfOutcome, isDown } from './attempt-class.ts';

test.each([
  [undefined, 'success'],
  ['provider-rate-limited', 'rate-limited'],
  ['provider-error', 'server'],
  ['provider-unreachable', 'server'],
  ['provider-overloaded', 'server'],
  ['provider-silent', 'timeout'],
  ['provider-total-timeout', 'timeout'],
  ['provider-unauthorised', 'configuration'],
  ['provider-unpaid', 'configuration'],
  ['provider-model-missing', 'configuration'],
  ['provider-moderated', 'content-filter'],
  ['provider-forbidden', 'content-filter'],
  ['provider-rejected', 'bad-request'],
  ['provider-context-too-long', 'bad-request'],
  ['provider-loading', 'none'],
  ['internal', 'none'],
  ['caller-left', 'none'],
] as const)('a try that ended in %s is of the class %s', (failure, expected) => {
  expect(classOfAttempt({ ...(failure && { failure }) })).toBe(expected);
});

test('an answer that broke off after content was cut', () => {
  expect(classOfAttempt({ failure: 'provider-cut-off', firstContentMs: 5 })).toBe('cut');
  expect(classOfAttempt({ failure: 'provider-cut-off' })).toBe('server');
});

test('429s, callers who left and wrong requests never lower an uptime, whatever the kind', () => {
  for (const kind of Object.keys(FAILURES) as FailureKind[]) {
    const { status, health } = FAILURES[kind];
    if (status < 500 && health !== 'down') expect([kind, isDown({ failure: kind })]).toEqual([kind, false]);
    const outcome = classOfOutcome({ failure: kind, cancelled: kind === 'caller-left' });
    if (status < 500) expect([kind, outcome === 'error']).toEqual([kind, false]);
    else expect([kind, outcome]).toEqual([kind, 'error']);
  }
  expect(classOfOutcome({ cancelled: false })).toBe('success');
});
