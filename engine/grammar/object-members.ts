/** What the members of an object must meet, by their names and all that is said about them. */
import type { SchemaPlace } from './schema-place.ts';
import type { MembersOfOne, ObjectShape, PatternPlace } from './schema-shape.ts';
import type { StringRules, Strings } from './string-rules.ts';

export interface MemberSchemas {
  /** Names that are spoken of, in order. */
  readonly listed: readonly string[];
  ofName(name: string): { readonly value: readonly SchemaPlace[]; readonly names: readonly SchemaPlace[] };
}

export function membersOf(shape: ObjectShape, strings: StringRules): MemberSchemas {
  const names = shape.members.flatMap((one) => (one.names ? [one.names] : []));
  const patterns = shape.members.reduce((sum, one) => sum + one.patterns.length, 0);
  return {
    listed: [...new Set([...shape.members.flatMap(({ properties }) => [...properties.keys()]), ...shape.required])],
    ofName: (name) => {
      strings.spend(4 * shape.members.length + patterns * (4 + name.length));
      return { value: shape.members.flatMap((one) => schemasFor(one, name, strings)), names };
    },
  };
}

function schemasFor(one: MembersOfOne, name: string, strings: StringRules): readonly SchemaPlace[] {
  const own = one.properties.get(name);
  const byPattern = one.patterns
    .filter(({ pattern }) => matches(strings.matching([pattern]), name))
    .map(({ value }) => value);
  if (own) return [own, ...byPattern];
  if (byPattern.length > 0) return byPattern;
  return one.others ? [one.others] : [];
}

function matches(strings: Strings, name: string): boolean {
  return strings !== 'none' && (strings?.accepts(name) ?? true);
}

/** Other names than the listed ones, sorted by the patterns they match, each with what its value must meet. */
export interface OtherMembers {
  readonly names: Strings;
  readonly value: readonly SchemaPlace[];
}

/**
 * Objects that list properties and do not speak of others get no others: a writer is asked for what is listed. Where
 * `additionalProperties` or a pattern speaks of them, they may come.
 */
export function otherMembers(shape: ObjectShape, names: Strings, strings: StringRules): readonly OtherMembers[] {
  const patterns = shape.members.flatMap((one) => one.patterns);
  let sorted: readonly { readonly names: Strings; readonly matched: ReadonlySet<PatternPlace> }[] = [
    { names, matched: new Set() },
  ];
  for (const { pattern } of patterns) {
    const matching = strings.matching([pattern]);
    sorted = sorted
      .flatMap(({ names, matched }) => [
        { names: strings.both(names, matching, pattern), matched: new Set([...matched, pattern]) },
        { names: strings.without(names, matching, pattern), matched },
      ])
      .filter(({ names }) => names !== 'none');
  }
  const isOpen = shape.members.every((one) => (!one.isListed && one.patterns.length === 0) || one.others);
  return sorted
    .filter(({ matched }) => isOpen || matched.size > 0 || shape.members.some((one) => one.others))
    .map(({ names, matched }) => ({
      names,
      value: shape.members.flatMap((one) => {
        const byPattern = one.patterns.filter(({ pattern }) => matched.has(pattern)).map(({ value }) => value);
        return byPattern.length > 0 ? byPattern : one.others ? [one.others] : [];
      }),
    }));
}
