import { Rejection } from '../rejection.ts';

const NESTING_MAX = 256;

/** Throws a `Rejection` for a value so deep that the platform could not write it out as JSON. */
export function checkNesting(param: string, value: unknown): void {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > NESTING_MAX) {
      throw new Rejection(400, 'unsupported_parameter', `${param}: nested deeper than ${NESTING_MAX}`, param);
    }
    level = level.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
  }
}
