/** Which members an object may have, and in which order. */
import { membersOf, type OtherMembers, otherMembers } from './object-members.ts';
import { refuse, type SchemaPlace } from './schema-place.ts';
import type { ObjectShape, PatternPlace } from './schema-shape.ts';
import type { ShapeTester } from './shape-tests.ts';
import type { Strings } from './string-rules.ts';
import type { ObjectPlan, PlannedProperty, ValueRule } from './value-plan.ts';

const utf8 = new TextEncoder();

/** No plan when no object can meet the shape. */
export function planObject(
  shape: ObjectShape,
  tester: ShapeTester,
  ruleOf: (places: readonly SchemaPlace[]) => ValueRule,
): readonly ObjectPlan[] {
  const { required, min, max } = shape;
  if (min > max || required.size > max) return [];
  const members = membersOf(shape, tester.strings);
  const properties: PlannedProperty[] = [];
  for (const name of members.listed) {
    // Each of its characters becomes a branch in the names of all properties.
    tester.reader.spend(1 + name.length / 4);
    const { value, names } = members.ofName(name);
    if (!tester.isName(names, name)) {
      if (required.has(name)) return [];
      continue;
    }
    const key = utf8.encode(JSON.stringify(name));
    properties.push({ key, value: ruleOf(value), isRequired: required.has(name) });
  }
  const others = planOthers(shape, members.listed, tester).map(({ rule, value }) => ({
    name: rule,
    value: ruleOf(value),
  }));
  const othersMax = checkCounts(shape, properties.length, others.length > 0);
  return [
    {
      type: 'object',
      properties,
      others: othersMax > 0 ? others : [],
      othersMax,
      mustHaveMembers: min > 0 && required.size === 0,
    },
  ];
}

function planOthers(shape: ObjectShape, listed: readonly string[], tester: ShapeTester) {
  if (!mayHaveOthers(shape)) return [];
  const { strings } = tester;
  const blame = blameFor(shape);
  let names = strings.allBut(listed);
  for (const one of shape.members) if (one.names) names = strings.both(names, namesOf(one.names, tester), blame);
  return otherMembers(shape, names, strings).flatMap(({ names, value }: OtherMembers) => {
    const rule = strings.rule(names, 0, Number.POSITIVE_INFINITY, blame);
    return rule ? [{ rule, value }] : [];
  });
}

/** Names of others are only worked out where there may be some: strict schemas have none. */
function mayHaveOthers({ members }: ObjectShape): boolean {
  if (members.some(({ patterns }) => patterns.length > 0)) return true;
  if (members.some(({ others }) => others?.schema === false)) return false;
  return members.some(({ others }) => others) || !members.some(({ isListed }) => isListed);
}

/** The names that a schema for names takes: strings with patterns or a list, not both in alternatives. */
function namesOf(place: SchemaPlace, tester: ShapeTester): Strings {
  const shapes = tester.reader.read([place]).filter((shape) => shape.type === 'string');
  if (shapes.length === 0) return 'none';
  const [shape] = shapes;
  // Listed names are properties like all others when they are required; otherwise each is a pattern of its own.
  if (shapes.length > 1 || shape!.min > 0 || shape!.max < Number.POSITIVE_INFINITY) {
    refuse(place, 'propertyNames', 'only a "pattern", a "format" or an "enum" is supported');
  }
  if (!shape!.values) return tester.strings.matching(shape!.patterns);
  const names = tester.remaining(shape!, shape!.values).map((value) => escapePattern(`${value}`));
  if (names.length === 0) return 'none';
  return tester.strings.matching([{ source: `^(?:${names.join('|')})$`, keyword: 'pattern', place }]);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function blameFor(shape: ObjectShape): PatternPlace {
  const place = shape.place ?? { schema: true, parent: undefined, step: '' };
  return { source: '', keyword: 'patternProperties', place };
}

/** How many members with other names there may be. Members cannot be counted, so only simple counts are kept. */
function checkCounts(shape: ObjectShape, properties: number, hasOthers: boolean): number {
  const { min, max, required } = shape;
  const place = shape.place ?? { schema: true, parent: undefined, step: '' };
  if (min > Math.max(1, required.size)) {
    refuse(place, 'minProperties', 'more than 1, and more than are required, is not supported');
  }
  if (max >= properties) return max - properties;
  return hasOthers || properties > max
    ? refuse(place, 'maxProperties', 'fewer than there are listed is not supported')
    : max;
}
