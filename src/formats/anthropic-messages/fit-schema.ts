import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';

/** Rules that Anthropic's grammar cannot hold an answer to; a schema with one of them is refused. */
const BEYOND_GRAMMAR: ReadonlySet<string> = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'maxItems', 'uniqueItems', 'contains', 'minContains', 'maxContains'],
  ...['minProperties', 'maxProperties', 'patternProperties', 'propertyNames', 'dependentRequired', 'not', 'if'],
]);
/** Members that hold schemas by name, and those that hold lists of them. */
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions']);
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'allOf', 'oneOf']);

/** The schema as Anthropic takes it: rules beyond its grammar are told to the model in the description instead. */
export function fitSchema(schema: JsonObject, path: string, losses: Loss[]): JsonObject {
  const changes = new Set<string>();
  const fitted = fit(schema, changes);
  if (changes.size > 0) {
    losses.push({
      field: path,
      outcome: 'approximated',
      reason: `said in the description or tightened: ${[...changes].join(', ')}`,
    });
  }
  return fitted;
}

function fit(schema: JsonObject, changes: Set<string>): JsonObject {
  const fitted: Record<string, Json> = {};
  const told: Record<string, Json> = {};
  for (const [name, value] of Object.entries(schema)) {
    const isTold = BEYOND_GRAMMAR.has(name) || (name === 'minItems' && value !== 0 && value !== 1);
    if (isTold) told[name] = value;
    else if (name === 'oneOf') fitted.anyOf = fitMember('anyOf', value, changes);
    else fitted[name] = fitMember(name, value, changes);
  }
  for (const name of Object.keys(told)) changes.add(name);
  if ('oneOf' in schema) changes.add('oneOf');
  if (isObjectSchema(schema) && schema.additionalProperties !== false) {
    changes.add('additionalProperties');
    fitted.additionalProperties = false;
  }
  if (Object.keys(told).length > 0) {
    const before = typeof schema.description === 'string' ? `${schema.description}\n` : '';
    fitted.description = `${before}${JSON.stringify(told)}`;
  }
  return fitted;
}

function fitMember(name: string, value: Json, changes: Set<string>): Json {
  if (MAPS.has(name) && isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fitAny(inner, changes)]));
  }
  if (LISTS.has(name) && Array.isArray(value)) return (value as readonly Json[]).map((inner) => fitAny(inner, changes));
  return name === 'items' ? fitAny(value, changes) : value;
}

function fitAny(value: Json, changes: Set<string>): Json {
  return isJsonObject(value) ? fit(value, changes) : value;
}

function isObjectSchema(schema: JsonObject): boolean {
  return schema.type === 'object' || (Array.isArray(schema.type) && schema.type.includes('object'));
}
