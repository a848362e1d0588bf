/** Whether a value meets a shape, and whether any can. */
import type { Languages } from './language.ts';
import { type MemberSchemas, membersOf } from './object-members.ts';
import type { SchemaPlace } from './schema-place.ts';
import { SchemaReader } from './schema-reader.ts';
import { type ArrayShape, type Json, type ObjectShape, type Shape, textOf, typeOf } from './schema-shape.ts';
import { StringRules } from './string-rules.ts';

/** How deep a value is looked into for a reason why none can meet a shape. */
const LOOK_DEPTH_MAX = 4;
const ITEMS_LOOKED_AT = 16;

export class ShapeTester {
  readonly reader: SchemaReader;
  readonly strings: StringRules;

  constructor(schema: unknown, languages: Languages) {
    this.strings = new StringRules(languages);
    this.reader = new SchemaReader(schema, this, languages.schemaWork);
  }

  meetsAll(places: readonly SchemaPlace[], value: Json): boolean {
    return (this.reader.lookAhead(places) ?? []).some((shape) => this.meets(shape, value));
  }

  meets(shape: Shape, value: Json): boolean {
    this.reader.spend();
    if (typeOf(value) !== shape.type) return false;
    if (shape.values && !shape.values.some((one) => textOf(one) === textOf(value))) return false;
    switch (shape.type) {
      case 'number': {
        const number = value as number;
        return number >= shape.low && number <= shape.high && (!shape.isInteger || Number.isInteger(number));
      }
      case 'string': {
        const length = [...(value as string)].length;
        if (length < shape.min || length > shape.max) return false;
        const strings = this.strings.matching(shape.patterns);
        return strings !== 'none' && (strings?.accepts(value as string) ?? true);
      }
      case 'array':
        return this.#meetsItems(shape, value as readonly Json[]);
      case 'object':
        return this.#meetsMembers(shape, value as Readonly<Record<string, Json>>);
      default:
        return true;
    }
  }

  /** Whether surely no value meets the shape. */
  isEmpty(shape: Shape, depth = 0): boolean {
    this.reader.spend();
    if (shape.values) return !this.remaining(shape, shape.values).length;
    switch (shape.type) {
      case 'number':
        return shape.isInteger ? Math.ceil(shape.low) > Math.floor(shape.high) : shape.low > shape.high;
      case 'string':
        return this.strings.find(shape) === undefined;
      case 'array': {
        const indexes = Array.from({ length: Math.min(shape.min, ITEMS_LOOKED_AT) }, (_, index) => index);
        return shape.min > shape.max || indexes.some((index) => this.#isNothing(itemSchemas(shape, index), depth));
      }
      case 'object': {
        const { required, max } = shape;
        if (shape.min > max || required.size > max) return true;
        const members = membersOf(shape, this.strings);
        return [...required].some((name) => this.isNameOrValueNothing(members, name, depth));
      }
      default:
        return false;
    }
  }

  /** Those of a shape's listed values that all its other conditions hold for. */
  remaining(shape: Shape, values: readonly Json[]): readonly Json[] {
    const others = { ...shape, values: undefined };
    return values.filter((value) => this.meets(others, value));
  }

  isNameOrValueNothing(members: MemberSchemas, name: string, depth = 0): boolean {
    const { value, names } = members.ofName(name);
    return !this.isName(names, name) || this.#isNothing(value, depth);
  }

  isName(names: readonly SchemaPlace[], name: string): boolean {
    return names.length === 0 || this.meetsAll(names, name);
  }

  #isNothing(places: readonly SchemaPlace[], depth: number): boolean {
    if (depth > LOOK_DEPTH_MAX || places.length === 0) return false;
    return this.reader.lookAhead(places)?.every((shape) => this.isEmpty(shape, depth + 1)) ?? false;
  }

  #meetsItems(shape: ArrayShape, value: readonly Json[]): boolean {
    if (value.length < shape.min || value.length > shape.max) return false;
    return value.every((item, index) => this.meetsAll(itemSchemas(shape, index), item));
  }

  #meetsMembers(shape: ObjectShape, value: Readonly<Record<string, Json>>): boolean {
    const names = Object.keys(value);
    if (names.length < shape.min || names.length > shape.max) return false;
    if (![...shape.required].every((name) => Object.hasOwn(value, name))) return false;
    const members = membersOf(shape, this.strings);
    return names.every((name) => {
      const own = members.ofName(name);
      return this.isName(own.names, name) && this.meetsAll(own.value, value[name]!);
    });
  }
}

/** What the item must meet, by all that is said about it. */
export function itemSchemas(shape: ArrayShape, index: number): readonly SchemaPlace[] {
  return shape.items.flatMap(({ first, others }) => first[index] ?? others ?? []);
}
