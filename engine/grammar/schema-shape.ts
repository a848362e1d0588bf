/**
 * What a JSON schema asks of a value, put in order: alternatives, each for one JSON type, each a list of conditions that
 * all hold. Alternatives of different types never overlap, so two schemas that both hold are combined type by type.
 */
import type { SchemaPlace } from './schema-place.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

interface Chosen {
  /** The only values, where they are listed. */
  readonly values?: readonly Json[] | undefined;
}

export interface NullShape extends Chosen {
  readonly type: 'null';
}

export interface BooleanShape extends Chosen {
  readonly type: 'boolean';
}

export interface NumberShape extends Chosen {
  readonly type: 'number';
  readonly isInteger: boolean;
  /** Both included. */
  readonly low: number;
  readonly high: number;
}

/** A regular expression, and where it stands. */
export interface PatternPlace {
  readonly source: string;
  readonly keyword: 'pattern' | 'format' | 'patternProperties';
  readonly place: SchemaPlace;
}

export interface StringShape extends Chosen {
  readonly type: 'string';
  readonly min: number;
  readonly max: number;
  readonly patterns: readonly PatternPlace[];
}

/** What one schema says about items. */
export interface ItemsOfOne {
  readonly first: readonly SchemaPlace[];
  readonly others: SchemaPlace | undefined;
}

export interface ArrayShape extends Chosen {
  readonly type: 'array';
  readonly min: number;
  readonly max: number;
  readonly items: readonly ItemsOfOne[];
}

/** What one schema says about members. */
export interface MembersOfOne {
  /** Whether it lists properties, be it none. */
  readonly isListed: boolean;
  readonly properties: ReadonlyMap<string, SchemaPlace>;
  readonly patterns: readonly { readonly pattern: PatternPlace; readonly value: SchemaPlace }[];
  readonly others: SchemaPlace | undefined;
  readonly names: SchemaPlace | undefined;
}

export interface ObjectShape extends Chosen {
  readonly type: 'object';
  readonly required: ReadonlySet<string>;
  readonly min: number;
  readonly max: number;
  readonly members: readonly MembersOfOne[];
  /** For errors. */
  readonly place: SchemaPlace | undefined;
}

export type Shape = NullShape | BooleanShape | NumberShape | StringShape | ArrayShape | ObjectShape;

export const anyNumber: NumberShape = {
  type: 'number',
  isInteger: false,
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
};
export const anyShape = {
  object: { type: 'object', required: new Set(), min: 0, max: Number.POSITIVE_INFINITY, members: [], place: undefined },
  array: { type: 'array', min: 0, max: Number.POSITIVE_INFINITY, items: [] },
  string: { type: 'string', min: 0, max: Number.POSITIVE_INFINITY, patterns: [] },
  number: anyNumber,
  boolean: { type: 'boolean' },
  null: { type: 'null' },
} as const satisfies Readonly<Record<Shape['type'], Shape>>;

/** In the order in which they are tried: what ends by itself comes last. */
export const anyShapes: readonly Shape[] = Object.values(anyShape);

/** The values that both hold for; undefined when their types differ. */
export function bothHold(one: Shape, other: Shape): Shape | undefined {
  if (one === other || other === anyShape[other.type]) return one.type === other.type ? one : undefined;
  if (one === anyShape[one.type]) return one.type === other.type ? other : undefined;
  const values = commonValues(one.values, other.values);
  if (one.type === 'number' && other.type === 'number') {
    return {
      type: 'number',
      isInteger: one.isInteger || other.isInteger,
      low: Math.max(one.low, other.low),
      high: Math.min(one.high, other.high),
      values,
    };
  }
  if (one.type === 'string' && other.type === 'string') {
    return { ...withinBoth(one, other), type: 'string', patterns: [...one.patterns, ...other.patterns], values };
  }
  if (one.type === 'array' && other.type === 'array') {
    return { ...withinBoth(one, other), type: 'array', items: [...one.items, ...other.items], values };
  }
  if (one.type === 'object' && other.type === 'object') {
    return {
      ...withinBoth(one, other),
      type: 'object',
      required: one.required.union(other.required),
      members: [...one.members, ...other.members],
      place: one.place ?? other.place,
      values,
    };
  }
  return one.type === other.type ? ({ type: one.type, values } as Shape) : undefined;
}

/** How many parts `bothHold` goes through for the shape. A listed value is spelled there: it counts as several. */
export function partsOf(shape: Shape): number {
  const own = 8 * (shape.values?.length ?? 0);
  if (shape.type === 'object') return own + shape.members.length + shape.required.size;
  if (shape.type === 'array') return own + shape.items.length;
  return shape.type === 'string' ? own + shape.patterns.length : own;
}

function withinBoth(one: Bounds, other: Bounds): Bounds {
  return { min: Math.max(one.min, other.min), max: Math.min(one.max, other.max) };
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function commonValues(
  one: readonly Json[] | undefined,
  other: readonly Json[] | undefined,
): readonly Json[] | undefined {
  if (!one || !other) return one ?? other;
  const texts = new Set(other.map(textOf));
  return one.filter((value) => texts.has(textOf(value)));
}

/** Equal values have equal texts: members of an object have no order. */
export function textOf(value: Json): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}

export function typeOf(value: Json): Shape['type'] {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as 'boolean' | 'number' | 'string' | 'object';
}
