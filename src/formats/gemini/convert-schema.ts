/**
 * Gemini describes data in two ways: in a subset of OpenAPI's schema objects (`parameters`, `responseSchema`), which every model
 * takes, and in JSON Schema (`parametersJsonSchema`, `responseJsonSchema`), of which newer models take a part. A schema goes out
 * the first way where that says all of it, and the second way otherwise.
 */
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { camelFields } from './proto-json.ts';

type Mutable = Record<string, Json>;

const TYPES: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'array', 'object', 'null']);
/** Keywords that are spelt and mean the same in both. */
const SAME: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength'],
  ...['minProperties', 'maxProperties', 'pattern', 'required'],
]);
/** Counts are 64 bits wide, which Google prints as strings. */
const COUNTS: ReadonlySet<string> = new Set([
  ...['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'],
]);
/** Say nothing about the data. */
const SILENT: ReadonlySet<string> = new Set(['$schema', '$id', '$comment']);
/** Other formats are answered with an error in OpenAPI's way. */
const FORMATS: Readonly<Record<string, ReadonlySet<string>>> = {
  string: new Set(['enum', 'date-time']),
  number: new Set(['float', 'double']),
  integer: new Set(['int32', 'int64']),
};
/** What Gemini reads of JSON Schema; other keywords have no effect there. */
const JSON_SCHEMA: ReadonlySet<string> = new Set([
  ...['$id', '$defs', '$ref', '$anchor', 'type', 'format', 'title', 'description', 'const', 'default', 'enum', 'items'],
  ...['prefixItems', 'minItems', 'maxItems', 'minimum', 'maximum', 'anyOf', 'oneOf', 'properties'],
  ...['additionalProperties', 'required', 'propertyOrdering', 'minLength', 'maxLength', 'pattern', 'nullable'],
]);
const DEPTH_MAX = 48;

/** A JSON Schema in OpenAPI's words; undefined when they can't say all of it. */
export function openApiOf(schema: JsonObject, depth = 0): JsonObject | undefined {
  if (depth > DEPTH_MAX) return undefined;
  const open: Mutable = {};
  for (const [name, value] of Object.entries(schema)) {
    if (SILENT.has(name) || name === 'type') continue;
    if (SAME.has(name)) open[name] = value;
    // Only what is declared is written there anyway.
    else if (name === 'additionalProperties' && typeof value === 'boolean') continue;
    else if (!addStructure(open, name, value, depth)) return undefined;
  }
  return addType(open, schema) ? open : undefined;
}

function addStructure(open: Mutable, name: string, value: Json, depth: number): boolean {
  switch (name) {
    case 'items': {
      const items = isJsonObject(value) ? openApiOf(value, depth + 1) : undefined;
      if (items) open.items = items;
      return items !== undefined;
    }
    case 'anyOf': {
      const choices = (Array.isArray(value) ? value : []).map((choice) =>
        isJsonObject(choice) ? openApiOf(choice, depth + 1) : undefined,
      );
      if (choices.length === 0 || choices.includes(undefined)) return false;
      open.anyOf = choices as Json[];
      return true;
    }
    case 'properties': {
      if (!isJsonObject(value) || Object.keys(value).length === 0) return false;
      const entries = Object.entries(value).map(([key, inner]) => [
        key,
        isJsonObject(inner) ? openApiOf(inner, depth + 1) : undefined,
      ]);
      if (entries.some(([, inner]) => inner === undefined)) return false;
      open.properties = Object.fromEntries(entries) as JsonObject;
      // A model writes in the order of the alphabet unless it is told otherwise.
      open.propertyOrdering = Object.keys(value);
      return true;
    }
    case 'enum': {
      // A null among the choices is said by the type, see `addType`.
      const choices = Array.isArray(value) ? value.filter((entry) => entry !== null) : [];
      open.enum = choices;
      return choices.length > 0 && choices.every((entry) => typeof entry === 'string' && entry !== '');
    }
    case 'examples':
      open.example = Array.isArray(value) && value.length === 1 ? value[0]! : null;
      return open.example !== null;
    case 'const':
      open.enum = [value];
      return typeof value === 'string' && value !== '';
    case 'format':
      open.format = value;
      return true;
    default:
      return false;
  }
}

function addType(open: Mutable, schema: JsonObject): boolean {
  const given = schema.type ?? (open.enum !== undefined ? 'string' : undefined);
  const types = (Array.isArray(given) ? given : given === undefined ? [] : [given]) as readonly Json[];
  const isNullable = types.length > 1 && types.includes('null');
  const [type, ...others] = isNullable ? types.filter((each) => each !== 'null') : types;
  if (!isNullable && Array.isArray(schema.enum) && schema.enum.includes(null)) return false;
  if (others.length > 0 || (type === undefined && open.anyOf === undefined)) return false;
  if (isNullable) open.nullable = true;
  if (type === undefined) return true;
  if (typeof type !== 'string' || !TYPES.has(type)) return false;
  if (open.format !== undefined && !FORMATS[type]?.has(open.format as string)) return false;
  if (open.enum !== undefined && type !== 'string') return false;
  if (type === 'object' && open.properties === undefined) return false;
  if (type === 'array' && open.items === undefined) return false;
  open.type = type.toUpperCase();
  return true;
}

/** The part of a JSON Schema that Gemini reads; keywords that it passes over are listed under `path`. */
export function readableSchema(schema: JsonObject, path: string, losses: Loss[], depth = 0): JsonObject {
  const kept: Mutable = {};
  for (const [name, value] of Object.entries(schema)) {
    if (SILENT.has(name)) continue;
    if (!JSON_SCHEMA.has(name) && name !== 'definitions') {
      losses.push({ field: `${path}.${name}`, outcome: 'dropped', reason: 'Gemini does not read this keyword' });
      continue;
    }
    kept[name] = depth > DEPTH_MAX ? value : readableMember(name, value, path, losses, depth);
  }
  return kept;
}

function readableMember(name: string, value: Json, path: string, losses: Loss[], depth: number): Json {
  const at = `${path}.${name}`;
  if (name === 'properties' || name === '$defs' || name === 'definitions') {
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        isJsonObject(inner) ? readableSchema(inner, `${at}.${key}`, losses, depth + 1) : inner,
      ]),
    );
  }
  if (name === 'items' || name === 'additionalProperties') {
    return isJsonObject(value) ? readableSchema(value, at, losses, depth + 1) : value;
  }
  if ((name === 'anyOf' || name === 'oneOf' || name === 'prefixItems') && Array.isArray(value)) {
    return value.map((inner, place) =>
      isJsonObject(inner) ? readableSchema(inner, `${at}.${place}`, losses, depth + 1) : inner,
    );
  }
  return value;
}

/** OpenAPI's schema object as JSON Schema, which all other formats speak. */
export function jsonSchemaOf(value: JsonObject, depth = 0): JsonObject {
  if (depth > DEPTH_MAX) return {};
  const {
    type,
    nullable,
    enum: choices,
    example,
    items,
    anyOf,
    properties,
    propertyOrdering,
    ...rest
  } = camelFields(value);
  const schema: Mutable = {};
  const named = typeof type === 'string' ? type.toLowerCase() : undefined;
  if (named !== undefined && named !== 'type_unspecified') schema.type = nullable === true ? [named, 'null'] : named;
  for (const [name, field] of Object.entries(rest)) {
    schema[name] = COUNTS.has(name) && typeof field === 'string' && /^\d{1,15}$/.test(field) ? Number(field) : field;
  }
  if (choices !== undefined) {
    schema.enum = nullable === true && Array.isArray(choices) ? [...choices, null] : choices;
  }
  if (example !== undefined) schema.examples = [example];
  if (isJsonObject(items)) schema.items = jsonSchemaOf(items, depth + 1);
  if (Array.isArray(anyOf)) {
    schema.anyOf = anyOf.map((choice) => (isJsonObject(choice) ? jsonSchemaOf(choice, depth + 1) : choice));
  }
  if (isJsonObject(properties)) {
    schema.properties = Object.fromEntries(
      inOrder(Object.entries(properties), propertyOrdering).map(([key, inner]) => [
        key,
        isJsonObject(inner) ? jsonSchemaOf(inner, depth + 1) : inner,
      ]),
    );
  }
  return schema;
}

/** JSON Schema has no word for an order but the order itself. */
function inOrder(
  entries: readonly (readonly [string, Json])[],
  order: Json | undefined,
): readonly (readonly [string, Json])[] {
  if (!Array.isArray(order)) return entries;
  const place = new Map(order.map((name, index) => [name, index]));
  return entries.toSorted(([a], [b]) => (place.get(a) ?? order.length) - (place.get(b) ?? order.length));
}
