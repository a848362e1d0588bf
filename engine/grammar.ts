/**
 * A JSON schema as a grammar that the engine follows token by token. Every accepted keyword is kept by each answer;
 * a keyword that cannot be kept is refused, never ignored. The grammar is written here and nowhere taken from a caller,
 * because the engine aborts on a bad one.
 *
 * The grammar allows fewer documents than the schema does: no white space, no properties beyond those named, and
 * bounded strings, lists and nesting. So a small model that does not know when to stop still ends in valid JSON.
 */
import { unsupported } from './rejection.ts';

const STRING_MAX = 120;
const LENGTH_MAX = 500;
const ITEMS_DEFAULT = 8;
const ITEMS_MAX = 64;
const PROPERTIES_MAX = 64;
const CHOICES_MAX = 128;
const NODES_MAX = 400;
const DEPTH_MAX = 24;
/** Ways in which one value may begin: the engine follows all of them at once, and references multiply them. */
const BEGINNINGS_MAX = 512;
/** Assumed of a schema that contains itself while it is still being written, and checked when it is. */
const BEGINNINGS_RECURSIVE_MAX = 32;
const LITERAL_BYTES_MAX = 16_384;
/** Integers of 15 digits are exact in every language. */
const INTEGER_ABS_MAX = 999_999_999_999_999;

const CHARACTER = '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" ["\\\\/bfnrt]';
const INTEGER = '("0" | [1-9] [0-9]{0,14})';
const FRACTION = '("." [0-9]{1,6})?';

const ANNOTATIONS = new Set(
  ['$schema', '$id', '$comment', '$defs', 'definitions', 'title', 'description', 'default', 'examples'].concat([
    'deprecated',
    'readOnly',
    'writeOnly',
  ]),
);
const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'] as const;
type Type = (typeof TYPES)[number];
type Schema = Readonly<Record<string, unknown>>;

export function grammarOfSchema(schema: unknown): string {
  return new GrammarWriter(schema).write();
}

/** Any JSON object, for `json_object`. */
export function grammarOfAnyObject(): string {
  return new GrammarWriter({ type: 'object' }).write();
}

interface Reference {
  readonly name: string;
  beginnings: number | undefined;
  isRecursive: boolean;
}

class GrammarWriter {
  readonly #root: unknown;
  readonly #rules = new Map<string, string>([['char', CHARACTER]]);
  readonly #references = new Map<string, Reference>();
  /** References being written that no bracket has followed yet: meeting one again would never end. */
  #open: readonly string[] = [];
  /** In how many ways the value written last may begin. */
  #beginnings = 1;
  #nodes = 0;
  #literalBytes = 0;

  constructor(root: unknown) {
    this.#root = root;
  }

  write(): string {
    this.#rules.set('root', this.#value(this.#root, 'schema', 0));
    return [...this.#rules].map(([name, body]) => `${name} ::= ${body}\n`).join('');
  }

  #value(schema: unknown, path: string, depth: number): string {
    if (++this.#nodes > NODES_MAX) refuse(path, `it has more than ${NODES_MAX} parts`);
    if (depth > DEPTH_MAX) refuse(path, `it is nested deeper than ${DEPTH_MAX}`);
    this.#beginnings = 1;
    if (schema === true) return this.#any(2);
    if (!isSchema(schema)) refuse(path, 'it is not a schema that a value can meet');
    const { $ref, anyOf, oneOf, allOf, enum: choices, const: only } = schema;
    if ($ref !== undefined) return this.#reference(alone(schema, '$ref', path), path, depth);
    if (anyOf !== undefined) return this.#anyOf(alone(schema, 'anyOf', path), path, depth);
    if (oneOf !== undefined) return this.#anyOf(alone(schema, 'oneOf', path), path, depth);
    if (allOf !== undefined) {
      const parts = alone(schema, 'allOf', path);
      if (!Array.isArray(parts) || parts.length !== 1) refuse(path, 'allOf is taken with one part only');
      return this.#value(parts[0], `${path}.allOf.0`, depth + 1);
    }
    if (only !== undefined) return this.#choices([only], schema, 'const', path);
    if (choices !== undefined) return this.#choices(choices, schema, 'enum', path);
    return this.#typed(schema, path, depth);
  }

  #typed(schema: Schema, path: string, depth: number): string {
    if (schema.type === undefined && Object.keys(schema).every((key) => ANNOTATIONS.has(key))) return this.#any(2);
    const types = typesOf(schema, path);
    const allowed = new Set(['type', ...types.flatMap((type) => KEYWORDS[type])]);
    for (const key of Object.keys(schema)) {
      if (!allowed.has(key) && !ANNOTATIONS.has(key)) refuse(path, `the keyword "${key}" is not supported here`);
    }
    const body = either(types.map((type) => this.#ofType(type, schema, path, depth)));
    this.#beginnings = types.length;
    return body;
  }

  #ofType(type: Type, schema: Schema, path: string, depth: number): string {
    if (type === 'null') return '"null"';
    if (type === 'boolean') return '("true" | "false")';
    if (type === 'string') return this.#string(schema, path);
    if (type === 'integer') return integer(schema, path);
    if (type === 'number') return `${sign(schema, path)}${INTEGER} ${FRACTION}`;
    // A bracket comes first, so a schema may contain itself from here on.
    const open = this.#open;
    this.#open = [];
    const body = type === 'array' ? this.#array(schema, path, depth) : this.#object(schema, path, depth);
    this.#open = open;
    return body;
  }

  #string(schema: Schema, path: string): string {
    const min = count(schema, 'minLength', path, LENGTH_MAX) ?? 0;
    const max = count(schema, 'maxLength', path, Number.MAX_SAFE_INTEGER) ?? Math.max(STRING_MAX, min);
    if (max < min) refuse(path, 'maxLength is below minLength');
    return `"\\"" char{${min},${Math.min(max, Math.max(STRING_MAX, min))}} "\\""`;
  }

  #array(schema: Schema, path: string, depth: number): string {
    const min = count(schema, 'minItems', path, ITEMS_MAX) ?? 0;
    const max = Math.min(
      count(schema, 'maxItems', path, Number.MAX_SAFE_INTEGER) ?? ITEMS_MAX,
      Math.max(ITEMS_DEFAULT, min),
    );
    if (max < min) refuse(path, 'maxItems is below minItems');
    if (max === 0) return '"[]"';
    const item = this.#rule(this.#value(schema.items ?? true, `${path}.items`, depth + 1));
    const more = max > 1 ? ` ("," ${item}){${Math.max(min, 1) - 1},${max - 1}}` : '';
    const some = `"[" ${item}${more} "]"`;
    return min === 0 ? `("[]" | ${some})` : some;
  }

  #object(schema: Schema, path: string, depth: number): string {
    const properties = schema.properties ?? {};
    const required = schema.required ?? [];
    if (!isSchema(properties)) refuse(path, '"properties" is not an object');
    if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
      refuse(path, '"required" is not a list of names');
    }
    const extra = schema.additionalProperties ?? true;
    const unnamed = required.filter((name) => !Object.hasOwn(properties, name));
    if (unnamed.length > 0 && extra === false) refuse(path, `"${unnamed[0]}" is required and not allowed`);
    const named = [...Object.keys(properties), ...new Set(unnamed)];
    if (named.length > PROPERTIES_MAX) refuse(path, `it has more than ${PROPERTIES_MAX} properties`);
    if (named.length === 0) return extra === false ? '"{}"' : this.#map(extra, path, depth);
    const pairs = named.map((name) => ({
      isRequired: required.includes(name),
      rule: this.#pair(name, Object.hasOwn(properties, name) ? properties[name] : extra, path, depth),
    }));
    return `"{" ${this.#sequence(pairs)} "}"`;
  }

  #pair(name: string, schema: unknown, path: string, depth: number): string {
    return this.#rule(
      `${this.#literal(`${JSON.stringify(name)}:`, path)} ${this.#value(schema, `${path}.${name}`, depth + 1)}`,
    );
  }

  /** Pairs in their order, optional ones left out at will, with a comma only between two that are there. */
  #sequence(pairs: readonly { readonly isRequired: boolean; readonly rule: string }[]): string {
    let first = '';
    let rest = '';
    for (const { isRequired, rule } of pairs.toReversed()) {
      const follow = rest ? ` ${rest}` : '';
      const here = `${rule}${follow}`;
      if (isRequired) first = here;
      else first = first ? this.#rule(`${here} | ${first}`) : `(${here})?`;
      rest = this.#rule(isRequired ? `"," ${rule}${follow}` : `("," ${rule})?${follow}`);
    }
    return first;
  }

  #map(values: unknown, path: string, depth: number): string {
    const pair = this.#rule(`"\\"" char{1,40} "\\":" ${this.#value(values, `${path}.*`, depth + 1)}`);
    return `("{}" | "{" ${pair} ("," ${pair}){0,${ITEMS_DEFAULT - 1}} "}")`;
  }

  #any(levels: number): string {
    const name = `any${levels}`;
    if (this.#rules.has(name)) return name;
    this.#rules.set(name, '');
    const scalar = `"null" | "true" | "false" | "-"? ${INTEGER} ${FRACTION} | "\\"" char{0,${STRING_MAX}} "\\""`;
    if (levels === 0) {
      this.#rules.set(name, scalar);
      return name;
    }
    const inner = this.#any(levels - 1);
    const pair = this.#rule(`"\\"" char{1,40} "\\":" ${inner}`);
    const more = ITEMS_DEFAULT - 1;
    const list = `"[" (${inner} ("," ${inner}){0,${more}})? "]"`;
    this.#rules.set(name, `${scalar} | ${list} | "{" (${pair} ("," ${pair}){0,${more}})? "}"`);
    return name;
  }

  #anyOf(parts: unknown, path: string, depth: number): string {
    if (!Array.isArray(parts) || parts.length === 0) refuse(path, 'it has no alternatives');
    if (parts.length > 16) refuse(path, 'it has more than 16 alternatives');
    let beginnings = 0;
    const alternatives = parts.map((part, index) => {
      const alternative = this.#value(part, `${path}.${index}`, depth + 1);
      beginnings += this.#beginnings;
      return alternative;
    });
    if (beginnings > BEGINNINGS_MAX) refuse(path, 'it has too many alternatives');
    this.#beginnings = beginnings;
    return either(alternatives);
  }

  #choices(values: unknown, schema: Schema, keyword: string, path: string): string {
    for (const key of Object.keys(schema)) {
      if (key !== keyword && key !== 'type' && !ANNOTATIONS.has(key))
        refuse(path, `"${key}" beside "${keyword}" is not supported`);
    }
    if (!Array.isArray(values) || values.length === 0) refuse(path, 'it has no values');
    if (values.length > CHOICES_MAX) refuse(path, `it has more than ${CHOICES_MAX} values`);
    const types = schema.type === undefined ? undefined : typesOf(schema, path);
    const allowed = values.filter((value) => !types || types.some((type) => isOfType(value, type)));
    if (allowed.length === 0) refuse(path, 'none of its values has its type');
    this.#beginnings = allowed.length;
    return either(allowed.map((value) => this.#literal(JSON.stringify(value), path)));
  }

  #reference(reference: unknown, path: string, depth: number): string {
    if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference))
      refuse(path, 'only references within the schema are followed');
    if (this.#open.includes(reference)) refuse(path, `"${reference}" refers to itself without end`);
    const known = this.#references.get(reference);
    if (known) {
      known.isRecursive ||= known.beginnings === undefined;
      this.#beginnings = known.beginnings ?? BEGINNINGS_RECURSIVE_MAX;
      return known.name;
    }
    const written: Reference = { name: `ref${this.#references.size}`, beginnings: undefined, isRecursive: false };
    this.#references.set(reference, written);
    const open = this.#open;
    this.#open = [...open, reference];
    this.#rules.set(written.name, this.#value(follow(this.#root, reference, path), reference, depth + 1));
    this.#open = open;
    written.beginnings = this.#beginnings;
    if (written.isRecursive && written.beginnings > BEGINNINGS_RECURSIVE_MAX)
      refuse(path, 'it has too many alternatives');
    return written.name;
  }

  #literal(text: string, path: string): string {
    this.#literalBytes += text.length;
    if (this.#literalBytes > LITERAL_BYTES_MAX) refuse(path, 'its names and values are too long');
    return `"${text.replace(/[\\"]/g, '\\$&')}"`;
  }

  #rule(body: string): string {
    if (/^[a-z0-9-]+$/.test(body)) return body;
    const name = `r${this.#rules.size}`;
    this.#rules.set(name, body);
    return name;
  }
}

const KEYWORDS: Readonly<Record<Type, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: ['minimum'],
  boolean: [],
  null: [],
};

function refuse(path: string, why: string): never {
  throw unsupported('response_format', `${path.slice(0, 200)}: ${why}`);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keyword's value; what stands beside it would have to hold as well, which a grammar cannot promise. */
function alone(schema: Schema, keyword: string, path: string): unknown {
  const other = Object.keys(schema).find((key) => key !== keyword && !ANNOTATIONS.has(key));
  if (other !== undefined) refuse(path, `"${other}" beside "${keyword}" is not supported`);
  return schema[keyword];
}

function typesOf(schema: Schema, path: string): readonly Type[] {
  const named = Array.isArray(schema.type) ? schema.type : [schema.type];
  const types = TYPES.filter((type) => named.includes(type));
  if (types.length === 0 || types.length !== new Set(named).size) refuse(path, 'it needs a "type" of JSON');
  return types;
}

function isOfType(value: unknown, type: Type): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isSchema(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

function count(schema: Schema, keyword: string, path: string, max: number): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) refuse(path, `"${keyword}" is not a count`);
  if (value > max) refuse(path, `"${keyword}" is above ${max}`);
  return value;
}

/** Small ranges are listed, a start at 0 or 1 leaves out the sign, and bounds beyond 15 digits hold by themselves. */
function integer(schema: Schema, path: string): string {
  const lowest = Math.max(
    bound(schema, 'minimum', path, -Infinity),
    bound(schema, 'exclusiveMinimum', path, -Infinity) + 1,
  );
  const highest = Math.min(
    bound(schema, 'maximum', path, Infinity),
    bound(schema, 'exclusiveMaximum', path, Infinity) - 1,
  );
  const low = Math.ceil(lowest);
  const high = Math.floor(highest);
  if (high < low) refuse(path, 'its bounds leave no number');
  if (high - low < CHOICES_MAX) return either(Array.from({ length: high - low + 1 }, (_, index) => `"${low + index}"`));
  if (high < INTEGER_ABS_MAX) refuse(path, `a range of more than ${CHOICES_MAX} numbers is not supported`);
  if (low <= -INTEGER_ABS_MAX) return `"-"? ${INTEGER}`;
  if (low === 0) return INTEGER;
  if (low === 1) return '[1-9] [0-9]{0,14}';
  return refuse(path, 'a lower bound other than 0 or 1 is not supported');
}

function bound(schema: Schema, keyword: string, path: string, absent: number): number {
  const value = schema[keyword];
  if (value === undefined) return absent;
  if (typeof value !== 'number') refuse(path, `"${keyword}" is not a number`);
  return value;
}

function sign(schema: Schema, path: string): string {
  if (schema.minimum === undefined) return '"-"? ';
  if (schema.minimum !== 0) refuse(path, '"minimum" of a number may only be 0');
  return '';
}

function either(alternatives: readonly string[]): string {
  const distinct = [...new Set(alternatives)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `(${distinct.join(' | ')})`;
}

function follow(root: unknown, reference: string, path: string): unknown {
  let here = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decodeStep(step);
    if (!isSchema(here) || !Object.hasOwn(here, name)) refuse(path, `"${reference.slice(0, 100)}" leads nowhere`);
    here = here[name];
  }
  return here;
}

function decodeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
