/**
 * A JSON schema as a grammar that an answer is held to. Whatever follows it meets the schema; a schema with a keyword that
 * could not be kept is refused with a `SchemaError`, and so is one that would keep the engine too long.
 *
 * The grammar has fewer texts than the schema has values, never more: properties come in the schema's order, listed values
 * and names are spelled as `JSON.stringify` spells them, spaces are few, and objects that list properties get others only
 * where the schema speaks of them.
 */

import { AmbiguityError, type Language, Languages } from './language.ts';
import { literals } from './literal-language.ts';
import { integers, numbers } from './number-language.ts';
import { planObject } from './plan-object.ts';
import { SchemaError } from './schema-error.ts';
import { refuse, rootPlace, type SchemaPlace } from './schema-place.ts';
import type { ArrayShape, Json, Shape } from './schema-shape.ts';
import { itemSchemas, ShapeTester } from './shape-tests.ts';
import { colon, comma, gap } from './spacing.ts';
import { RuleSpeller } from './spell-rules.ts';
import { stringAt } from './string-language.ts';
import { type ArrayPlan, measure, type ValuePlan, ValueRule } from './value-plan.ts';
import { TooMuchWork } from './work.ts';

const RULES_MAX = 10_000;
const TOO_LARGE = 'it is too large, or its parts multiply too often';

export interface Grammar {
  readonly languages: Languages;
  /** All texts of the grammar. */
  readonly start: Language;
}

/** The JSON values that meet the schema. */
export function compileSchema(schema: unknown): Grammar {
  const languages = new Languages();
  return { languages, start: compileValue(languages, schema) };
}

/** Any JSON object. */
export function compileAnyObject(): Grammar {
  return compileSchema({ type: 'object' });
}

/** The same, as a part of a larger grammar; `also` is a second schema that every value meets. */
export function compileValue(languages: Languages, schema: unknown, also: unknown = true): Language {
  const language = withinWork(() => new SchemaCompiler(languages, schema).compile(also));
  languages.begin();
  return language;
}

/** Tells of values whether they meet the schema. Throws a `SchemaError` for a schema that cannot be kept. */
export function schemaTest(schema: unknown): (value: Json) => boolean {
  const tester = new ShapeTester(schema, new Languages());
  return (value) => withinWork(() => tester.meetsAll([tester.reader.root], value));
}

function withinWork<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TooMuchWork || error instanceof AmbiguityError)
      throw new SchemaError('', undefined, TOO_LARGE);
    throw error;
  }
}

class SchemaCompiler {
  readonly #languages: Languages;
  readonly #tester: ShapeTester;
  readonly #rules = new Map<string, ValueRule>();
  readonly #numbers = new Map<object, number>();
  readonly #waiting: { readonly rule: ValueRule; readonly places: readonly SchemaPlace[] }[] = [];

  constructor(languages: Languages, schema: unknown) {
    this.#languages = languages;
    this.#tester = new ShapeTester(schema, languages);
  }

  compile(also: unknown): Language {
    const { reader } = this.#tester;
    const root = this.#rule([reader.root, rootPlace(also)]);
    for (const { rule, places } of this.#waiting) {
      rule.plans = reader.read(places).flatMap((shape) => this.#plan(shape));
    }
    measure([...this.#rules.values()], (steps) => reader.spend(Math.ceil(steps / 50)));
    if (root.bytesMin === Number.POSITIVE_INFINITY) refuse(reader.root, undefined, 'no value meets it');
    return new RuleSpeller(this.#languages).spell(root);
  }

  /** One rule for the same schemas, however often and from wherever they are asked for. */
  #rule(places: readonly SchemaPlace[]): ValueRule {
    const schemas = new Map(places.filter(({ schema }) => schema !== true).map((place) => [place.schema, place]));
    const key = [...schemas.keys()]
      .map((schema) => this.#numberOf(schema))
      .sort((one, other) => one - other)
      .join(' ');
    const known = this.#rules.get(key);
    if (known) return known;
    if (this.#rules.size >= RULES_MAX) throw new SchemaError('', undefined, `it has more than ${RULES_MAX} parts`);
    const rule = new ValueRule(this.#languages.newNumber());
    this.#rules.set(key, rule);
    this.#waiting.push({ rule, places: [...schemas.values()] });
    return rule;
  }

  #numberOf(schema: unknown): number {
    if (typeof schema !== 'object' || schema === null) return -1;
    const known = this.#numbers.get(schema) ?? this.#numbers.size;
    this.#numbers.set(schema, known);
    return known;
  }

  #plan(shape: Shape): readonly ValuePlan[] {
    const languages = this.#languages;
    if (shape.values) return this.#planValues(this.#tester.remaining(shape, shape.values));
    switch (shape.type) {
      case 'null':
        return [scalar(literals(languages, ['null']))];
      case 'boolean':
        return [scalar(literals(languages, ['true', 'false']))];
      case 'number':
        return [scalar(shape.isInteger ? integers(languages, shape) : numbers(languages, shape))];
      case 'string': {
        const rule = this.#tester.strings.find(shape);
        if (!rule) return [];
        const start = stringAt(languages, rule, { state: rule.automaton?.start ?? -1, count: 0 });
        return [scalar(languages.sequence(languages.text('"'), start))];
      }
      case 'array':
        return this.#planArray(shape);
      case 'object':
        return planObject(shape, this.#tester, (places) => this.#rule(places));
    }
  }

  #planValues(values: readonly Json[]): readonly ValuePlan[] {
    const isNested = (value: Json) => typeof value === 'object' && value !== null;
    const nested = values.filter(isNested).map((value) => scalar(this.#ofValue(value)));
    const texts = values.filter((value) => !isNested(value)).map((value) => JSON.stringify(value));
    return texts.length > 0 ? [...nested, scalar(literals(this.#languages, texts))] : nested;
  }

  /** Lists of which only the first items are spoken of get no more than these, where that is allowed. */
  #planArray(shape: ArrayShape): readonly ArrayPlan[] {
    const count = shape.items.reduce((most, { first }) => Math.max(most, first.length), 0);
    const isClosed = shape.items.some(({ first, others }) => first.length > 0 && !others) && shape.min <= count;
    const max = isClosed ? Math.min(shape.max, count) : shape.max;
    if (shape.min > max) return [];
    const first = Array.from({ length: Math.min(count, max) }, (_, index) => this.#rule(itemSchemas(shape, index)));
    const others = max > count ? this.#rule(itemSchemas(shape, count)) : undefined;
    return [{ type: 'array', first, others, min: shape.min, max }];
  }

  #ofValue(value: Json): Language {
    const languages = this.#languages;
    if (typeof value !== 'object' || value === null) return languages.text(JSON.stringify(value));
    const parts = Array.isArray(value)
      ? value.map((item: Json) => this.#ofValue(item))
      : Object.entries(value).map(([name, part]) =>
          languages.sequence(languages.text(JSON.stringify(name)), colon(languages), this.#ofValue(part)),
        );
    const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [comma(languages), part]));
    const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
    const around = gap(languages);
    return languages.sequenceOf([languages.text(open!), around, ...separated, around, languages.text(close!)]);
  }
}

function scalar(language: Language): ValuePlan {
  return { type: 'scalar', language };
}
