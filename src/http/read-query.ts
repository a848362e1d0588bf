import type { z } from 'zod';
import { Failure } from '../generation/failure.ts';

/** Checks a query against its schema. Unknown parameters are ignored; one that comes twice is refused, since readers disagree on which counts. */
export function readQuery<S extends z.ZodType>(query: URLSearchParams, schema: S): z.infer<S> {
  const values = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of query) {
    if (seen.has(name)) throw new Failure('invalid-request', { message: `${name.slice(0, 80)}: given more than once` });
    seen.add(name);
    // OpenRouter's numbers are nullable, and generated clients then send nothing or the word.
    if (value !== '' && value !== 'null') values.set(name, value);
  }
  return checked(Object.fromEntries(values), schema);
}

/** What a schema makes of a value, or a failure that names the first field in the wrong. Never repeats the caller's values. */
export function checked<S extends z.ZodType>(value: unknown, schema: S): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  const message = path === '' ? (issue?.message ?? 'Invalid request') : `${path}: ${issue?.message}`;
  throw new Failure('invalid-request', { message, metadata: { field: path } });
}
