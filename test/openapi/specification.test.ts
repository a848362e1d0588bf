import { expect, test } from 'bun:test';
import { openSpecification } from '../support/openapi.ts';

const specification = openSpecification();
const count = (body: unknown) => specification.check({ method: 'GET', path: '/models/count', status: 200, body });

test.skipIf(!specification.isPresent)('the check tells a right answer from a wrong one', () => {
  expect(count({ data: { count: 3 } })).toBeUndefined();
  expect(count({ data: { count: 'three' } })).toContain('/data/count must be integer');
  expect(count({})).toContain("must have required property 'data'");
  const elsewhere = { method: 'GET', path: '/models/count', status: 418, body: {} };
  expect(specification.check(elsewhere)).toContain('not specified');
});

test('without the specification every check is skipped and counted', () => {
  const none = openSpecification('/nowhere/openapi.yaml');
  expect(none.check({ method: 'GET', path: '/x', status: 200, body: {} })).toBe('skipped');
  expect([none.isPresent, none.skipped]).toEqual([false, 1]);
});
