import { expect } from 'bun:test';
import { openSpecification } from '../support/openapi.ts';
import type { CallOptions, TestExchange } from './open-test-exchange.ts';

const specification = openSpecification();

export interface Expected extends CallOptions {
  /** The path as the specification writes it. */
  readonly as: string;
  readonly status?: number;
}

/** What `JSON.parse` gives: the specification has checked it, and a test reads only what it is about. */
export type AnyBody = ReturnType<typeof JSON.parse>;

/** Calls, and holds status and body against the specification. */
export async function checkAnswer(
  house: TestExchange,
  method: string,
  path: string,
  { as, status = 200, ...options }: Expected,
): Promise<AnyBody> {
  const response = await house.call(method, path, options);
  const body: unknown = await response.json();
  expect([response.status, body]).toEqual([status, body]);
  const problem = specification.check({ method, path: as, status, body });
  if (problem !== 'skipped') expect(problem).toBeUndefined();
  return body;
}

/** Says how much was not checked for want of the specification. */
export function reportSkipped(): void {
  if (specification.skipped > 0) {
    process.stderr.write(
      `${specification.skipped} checks against OpenRouter's specification skipped: no openapi.yaml\n`,
    );
  }
}
