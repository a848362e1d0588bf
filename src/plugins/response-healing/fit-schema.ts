import { type Schema, Validator } from '@cfworker/json-schema';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';

/** `unknown`: the schema itself can't be followed here, so nothing is claimed about the value. */
export type SchemaFit = 'fits' | 'misfit' | 'unknown';

/** A schema is the caller's: one of a megabyte is not worked through for one answer. */
const SCHEMA_LENGTH_MAX = 256_000;

/** Does a value satisfy a JSON schema? Regular expressions in it are passed over: a caller's can take forever. */
export function fitSchema(value: unknown, schema: JsonObject): SchemaFit {
  try {
    if (JSON.stringify(schema).length > SCHEMA_LENGTH_MAX) return 'unknown';
    const { valid } = new Validator(withoutPatterns(schema) as Schema, '2020-12', true).validate(value);
    return valid ? 'fits' : 'misfit';
  } catch {
    // A reference to nowhere, or to itself.
    return 'unknown';
  }
}

/** Values that are data, not schemas. */
const DATA = new Set(['enum', 'const', 'default', 'examples']);

function withoutPatterns(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutPatterns);
  if (!isJsonObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name, value]) => !(name === 'pattern' && typeof value === 'string') && name !== 'patternProperties')
      .map(([name, value]) => [name, DATA.has(name) ? value : withoutPatterns(value)]),
  ) as JsonObject;
}
