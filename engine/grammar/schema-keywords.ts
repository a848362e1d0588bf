/** What a schema's own keywords ask of each JSON type, without those that bring in other schemas. */
import { numberAfter, numberBefore } from './number-language.ts';
import { type Fields, isFields, placeIn, refuse, type SchemaPlace } from './schema-place.ts';
import {
  type ArrayShape,
  anyNumber,
  anyShapes,
  type NumberShape,
  type ObjectShape,
  type PatternPlace,
  type Shape,
  type StringShape,
} from './schema-shape.ts';
import { formats } from './string-formats.ts';

/** They say something about a value, not which values there are. */
const annotations = new Set(
  [
    '$schema',
    '$id',
    '$anchor',
    '$comment',
    '$vocabulary',
    '$defs',
    'definitions',
    'title',
    'description',
    'default',
  ].concat([
    'examples',
    'example',
    'deprecated',
    'readOnly',
    'writeOnly',
    'contentEncoding',
    'contentMediaType',
    'discriminator',
    'xml',
    'externalDocs',
  ]),
);
/** Read elsewhere. */
const combining = new Set(['$ref', 'allOf', 'anyOf', 'oneOf', 'enum', 'const', 'type', 'nullable']);

type Type = Shape['type'];

const keywordsOf: Readonly<Record<Type, readonly string[]>> = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'minProperties',
  ].concat(['maxProperties']),
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
  null: [],
};
const typed = new Map(Object.entries(keywordsOf).flatMap(([type, keywords]) => keywords.map((word) => [word, type])));

const PROPERTIES_MAX = 10_000;

/** Larger bounds would ask for a value that no answer has room for. */
const COUNT_MAX = 100_000;

/** The alternatives that a schema's own keywords leave; throws a `SchemaError` for those that cannot be kept. */
export function readKeywords(place: SchemaPlace, fields: Fields): readonly Shape[] {
  checkKeywords(place, fields);
  const types = readTypes(place, fields);
  const shapes = anyShapes.flatMap((any): readonly Shape[] => {
    if (!types.has(any.type) && !(any.type === 'number' && types.has('integer'))) return [];
    if (any.type === 'number') return [readNumber(place, fields, !types.has('number'))];
    if (!keywordsOf[any.type].some((keyword) => Object.hasOwn(fields, keyword))) return [any];
    if (any.type === 'string') return [readString(place, fields)];
    return [any.type === 'array' ? readArray(place, fields) : readObject(place, fields)];
  });
  return shapes.length === anyShapes.length && shapes.every((shape, index) => shape === anyShapes[index])
    ? anyShapes
    : shapes;
}

function checkKeywords(place: SchemaPlace, fields: Fields): void {
  for (const keyword of Object.keys(fields)) {
    if (annotations.has(keyword) || combining.has(keyword) || typed.has(keyword) || keyword.startsWith('x-')) continue;
    refuse(place, keyword, 'this keyword is not supported');
  }
}

const typeNames = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function readTypes(place: SchemaPlace, fields: Fields): ReadonlySet<unknown> {
  if (!Object.hasOwn(fields, 'type')) return typeNames;
  const named: readonly unknown[] = Array.isArray(fields.type) ? fields.type : [fields.type];
  if (named.length === 0 || !named.every((type) => typeNames.has(type as string))) {
    refuse(place, 'type', 'a type is one of object, array, string, number, integer, boolean and null');
  }
  // As OpenAPI has it, it stands beside a type and adds null to it.
  return new Set(fields.nullable === true ? [...named, 'null'] : named);
}

function readNumber(place: SchemaPlace, fields: Fields, isInteger: boolean): NumberShape {
  const { multipleOf } = fields;
  if (multipleOf !== undefined && multipleOf !== 1) refuse(place, 'multipleOf', 'only 1 is supported');
  const from = (keyword: string, absent: number) => {
    const value = fields[keyword];
    if (value === undefined) return absent;
    if (typeof value !== 'number') refuse(place, keyword, 'it is not a number');
    return value;
  };
  const low = Math.max(from('minimum', -Infinity), numberAfter(from('exclusiveMinimum', -Infinity)));
  const high = Math.min(from('maximum', Infinity), numberBefore(from('exclusiveMaximum', Infinity)));
  if (low > high)
    refuse(place, fields.minimum === undefined ? 'exclusiveMinimum' : 'minimum', 'no number is in its bounds');
  if (!isInteger && multipleOf === undefined && low === -Infinity && high === Infinity) return anyNumber;
  return { type: 'number', isInteger: isInteger || multipleOf === 1, low, high };
}

function readString(place: SchemaPlace, fields: Fields): StringShape {
  const patterns: PatternPlace[] = [];
  const { pattern, format } = fields;
  if (pattern !== undefined) {
    if (typeof pattern !== 'string') refuse(place, 'pattern', 'it is not a text');
    patterns.push({ source: pattern, keyword: 'pattern', place });
  }
  if (format !== undefined) {
    const source = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
    if (source === undefined) refuse(place, 'format', `${JSON.stringify(format)?.slice(0, 60)} is not supported`);
    patterns.push({ source, keyword: 'format', place });
  }
  return { type: 'string', ...readCounts(place, fields, ['minLength', 'maxLength']), patterns };
}

function readArray(place: SchemaPlace, fields: Fields): ArrayShape {
  const counts = readCounts(place, fields, ['minItems', 'maxItems']);
  if (fields.uniqueItems !== undefined && fields.uniqueItems !== false && counts.max > 1) {
    refuse(place, 'uniqueItems', 'items cannot be kept apart');
  }
  const { prefixItems, items } = fields;
  if (prefixItems !== undefined && !Array.isArray(prefixItems)) refuse(place, 'prefixItems', 'it is not a list');
  if (Array.isArray(items)) refuse(place, 'items', 'a list of schemas is called "prefixItems"');
  const first = ((prefixItems as readonly unknown[] | undefined) ?? []).map((schema, index) =>
    placeIn(place, schema, 'prefixItems', `${index}`),
  );
  const others = items === undefined ? undefined : placeIn(place, items, 'items');
  return { type: 'array', ...counts, items: first.length === 0 && !others ? [] : [{ first, others }] };
}

function readObject(place: SchemaPlace, fields: Fields): ObjectShape {
  for (const keyword of ['properties', 'patternProperties']) {
    const count = Object.keys(fieldsOf(place, fields, keyword)).length;
    if (count > PROPERTIES_MAX) refuse(place, keyword, `more than ${PROPERTIES_MAX}`);
  }
  const properties = new Map(
    Object.entries(fieldsOf(place, fields, 'properties')).map(([name, schema]) => [
      name,
      placeIn(place, schema, 'properties', name),
    ]),
  );
  const patterns = Object.entries(fieldsOf(place, fields, 'patternProperties')).map(([source, schema]) => ({
    pattern: { source, keyword: 'patternProperties' as const, place },
    value: placeIn(place, schema, 'patternProperties', source),
  }));
  const { required = [], additionalProperties, propertyNames } = fields;
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    refuse(place, 'required', 'it is not a list of names');
  }
  const one = {
    isListed: Object.hasOwn(fields, 'properties'),
    properties,
    patterns,
    others:
      additionalProperties === undefined ? undefined : placeIn(place, additionalProperties, 'additionalProperties'),
    names: propertyNames === undefined ? undefined : placeIn(place, propertyNames, 'propertyNames'),
  };
  const saysNothing = !one.isListed && patterns.length === 0 && !one.others && !one.names;
  return {
    type: 'object',
    ...readCounts(place, fields, ['minProperties', 'maxProperties']),
    required: new Set(required as readonly string[]),
    members: saysNothing ? [] : [one],
    place,
  };
}

function fieldsOf(place: SchemaPlace, fields: Fields, keyword: string): Fields {
  const value = fields[keyword];
  if (value === undefined) return {};
  if (!isFields(value)) refuse(place, keyword, 'it is not an object');
  return value;
}

function readCounts(place: SchemaPlace, fields: Fields, [least, most]: readonly [string, string]) {
  const count = (keyword: string, absent: number) => {
    const value = fields[keyword];
    if (value === undefined) return absent;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) refuse(place, keyword, 'it is not a count');
    return value;
  };
  const min = count(least, 0);
  const max = count(most, Number.POSITIVE_INFINITY);
  if (min > COUNT_MAX) refuse(place, least, `above ${COUNT_MAX}`);
  if (max < min) refuse(place, most, `below "${least}"`);
  return { min, max: max > COUNT_MAX ? Number.POSITIVE_INFINITY : max };
}
