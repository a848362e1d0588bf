/** Reads a JSON schema as alternatives of what a value must be, with all that `$ref`, `allOf`, `anyOf` and `oneOf` bring in. */

import { readKeywords } from './schema-keywords.ts';
import {
  type Fields,
  followReference,
  isFields,
  placeIn,
  refuse,
  rootPlace,
  type SchemaPlace,
} from './schema-place.ts';
import { anyShapes, bothHold, type Json, partsOf, type Shape, textOf, typeOf } from './schema-shape.ts';
import type { Work } from './work.ts';

/** Ways in which one value may be meant. The engine follows all of them at once. */
const ALTERNATIVES_MAX = 256;
const NESTING_MAX = 64;
const VALUES_MAX = 10_000;
const VALUE_CHARACTERS_MAX = 200_000;
const VALUE_NESTING_MAX = 64;
/** Of shapes that are put together. */
const PARTS_PER_STEP = 32;

/** Tests what shapes cannot say by themselves. */
export interface ShapeTests {
  /** Whether surely no value meets the shape. */
  isEmpty(shape: Shape): boolean;
}

class StillOpen extends Error {}

export class SchemaReader {
  readonly root: SchemaPlace;
  readonly #tests: ShapeTests;
  readonly #known = new Map<object, readonly Shape[]>();
  readonly #open = new Set<object>();
  #isLookingAhead = false;
  readonly #work: Work;

  constructor(schema: unknown, tests: ShapeTests, work: Work) {
    this.#work = work;
    this.root = rootPlace(schema);
    this.#tests = tests;
  }

  /** What a value must be to meet all the schemas; no alternative when none can. */
  read(places: readonly SchemaPlace[]): readonly Shape[] {
    let shapes = anyShapes;
    for (const place of places) shapes = this.#both(place, shapes, this.#readOne(place));
    return shapes;
  }

  /** As `read`, or undefined where that leads back to a schema that is just being read. */
  lookAhead(places: readonly SchemaPlace[]): readonly Shape[] | undefined {
    const wasLookingAhead = this.#isLookingAhead;
    this.#isLookingAhead = this.#open.size > 0;
    try {
      return this.read(places);
    } catch (error) {
      if (error instanceof StillOpen) return undefined;
      throw error;
    } finally {
      this.#isLookingAhead = wasLookingAhead;
    }
  }

  /** Bounds how long a caller's schema may keep the engine. Throws `TooMuchWork`. */
  spend(steps = 1): void {
    this.#work.spend(steps);
  }

  #readOne(place: SchemaPlace): readonly Shape[] {
    const { schema } = place;
    if (schema === true) return anyShapes;
    if (schema === false) return [];
    if (!isFields(schema)) refuse(place, undefined, 'a schema is an object, true or false');
    const known = this.#known.get(schema);
    if (known) return known;
    if (this.#open.has(schema) && this.#isLookingAhead) throw new StillOpen();
    if (this.#open.has(schema)) refuse(place, '$ref', 'it refers to itself without end');
    if (this.#open.size >= NESTING_MAX) refuse(place, undefined, `combined over more than ${NESTING_MAX} levels`);
    this.#open.add(schema);
    try {
      const shapes = this.#combine(place, schema);
      this.#known.set(schema, shapes);
      return shapes;
    } finally {
      this.#open.delete(schema);
    }
  }

  #combine(place: SchemaPlace, fields: Fields): readonly Shape[] {
    this.spend();
    let shapes = readKeywords(place, fields);
    const { $ref, allOf } = fields;
    if ($ref !== undefined) {
      const target = followReference(this.root, place, $ref);
      shapes = this.#both(place, shapes, this.#readOne(target));
    }
    if (allOf !== undefined) {
      for (const part of schemasOf(place, fields, 'allOf')) shapes = this.#both(place, shapes, this.#readOne(part));
    }
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      if (fields[keyword] !== undefined) shapes = this.#both(place, shapes, this.#alternatives(place, fields, keyword));
    }
    if (Object.hasOwn(fields, 'const')) {
      shapes = this.#both(place, shapes, this.#chosen(place, 'const', [fields.const]));
    }
    if (fields.enum !== undefined) {
      if (!Array.isArray(fields.enum) || fields.enum.length === 0) refuse(place, 'enum', 'it is not a list of values');
      shapes = this.#both(place, shapes, this.#chosen(place, 'enum', fields.enum));
    }
    return shapes;
  }

  #alternatives(place: SchemaPlace, fields: Fields, keyword: 'anyOf' | 'oneOf'): readonly Shape[] {
    const parts = schemasOf(place, fields, keyword).map((part) => this.#readOne(part));
    if (keyword === 'oneOf') this.#checkApart(place, parts);
    // Alternatives that come in by several ways count once.
    const shapes = [...new Set(parts.flat())];
    if (shapes.length > ALTERNATIVES_MAX) refuse(place, keyword, `more than ${ALTERNATIVES_MAX} alternatives`);
    return shapes;
  }

  /** Exactly one may hold. What may meet two of them cannot be kept from it, so such alternatives are refused. */
  #checkApart(place: SchemaPlace, parts: readonly (readonly Shape[])[]): void {
    for (const [index, part] of parts.entries()) {
      for (let before = 0; before < index; before++) {
        for (const one of parts[before]!) {
          for (const other of part) {
            this.spend();
            const both = bothHold(one, other);
            if (!both || this.#tests.isEmpty(both)) continue;
            refuse(place, 'oneOf', `a value could meet both ${before} and ${index}; "anyOf" allows that`);
          }
        }
      }
    }
  }

  #chosen(place: SchemaPlace, keyword: string, values: readonly unknown[]): readonly Shape[] {
    if (values.length > VALUES_MAX) refuse(place, keyword, `more than ${VALUES_MAX} values`);
    const budget = { characters: VALUE_CHARACTERS_MAX };
    for (const value of values) checkValue(place, keyword, value, budget);
    const checked = values as readonly Json[];
    this.spend(Math.ceil(checked.length / 10));
    return anyShapes.flatMap((shape) => {
      const own = new Map(
        checked.filter((value) => typeOf(value) === shape.type).map((value) => [textOf(value), value]),
      );
      return own.size > 0 ? [{ ...shape, values: [...own.values()] }] : [];
    });
  }

  #both(place: SchemaPlace, one: readonly Shape[], other: readonly Shape[]): readonly Shape[] {
    if (one === anyShapes) return other;
    if (other === anyShapes) return one;
    this.spend(one.length * other.length);
    const both = new Set<Shape>();
    for (const first of one) {
      for (const second of other) {
        const shape = bothHold(first, second);
        // A list of schemas that all hold is put together one by one: each adds to a shape that grows.
        if (shape) this.spend((partsOf(first) + partsOf(second)) / PARTS_PER_STEP);
        if (shape) both.add(shape);
      }
    }
    if (both.size > ALTERNATIVES_MAX) refuse(place, undefined, `more than ${ALTERNATIVES_MAX} alternatives`);
    return [...both];
  }
}

function schemasOf(place: SchemaPlace, fields: Fields, keyword: string): readonly SchemaPlace[] {
  const parts = fields[keyword];
  if (!Array.isArray(parts) || parts.length === 0) refuse(place, keyword, 'it is not a list of schemas');
  return parts.map((schema, index) => placeIn(place, schema, keyword, `${index}`));
}

/** Throws when the value is no JSON, or too much of it. */
function checkValue(
  place: SchemaPlace,
  keyword: string,
  value: unknown,
  budget: { characters: number },
  depth = 0,
): void {
  if (depth > VALUE_NESTING_MAX) refuse(place, keyword, `nested deeper than ${VALUE_NESTING_MAX}`);
  budget.characters -= typeof value === 'string' ? value.length + 2 : 8;
  if (budget.characters < 0) refuse(place, keyword, `more than ${VALUE_CHARACTERS_MAX} characters`);
  if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      budget.characters -= name.length;
      checkValue(place, keyword, part, budget, depth + 1);
    }
  } else if (
    typeof value === 'number' ? !Number.isFinite(value) : value !== null && !/^(string|boolean)$/.test(typeof value)
  ) {
    refuse(place, keyword, 'a value that JSON does not have');
  }
}
