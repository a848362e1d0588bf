/**
 * The members of a JSON object, behind its opening brace: those with a name of their own in the schema's order, optional
 * ones left out at will, and then the others.
 */
import { Language, type Languages } from './language.ts';
import { LazyLanguage } from './lazy-language.ts';
import { colon, comma, gap } from './spacing.ts';
import { type StringRule, stringAt } from './string-language.ts';

export interface PropertyRule {
  /** The name as a JSON string, quotes and all. */
  readonly key: Uint8Array;
  readonly value: Language;
  readonly isRequired: boolean;
}

export interface ObjectMembers {
  readonly id: number;
  readonly properties: readonly PropertyRule[];
  /** Members with other names, by what their names are. */
  readonly others: readonly { readonly name: StringRule; readonly value: Language }[];
  /** How many of those there may be. */
  readonly othersMax: number;
  readonly mustHaveMembers: boolean;
}

/** A place in the names of all properties. */
interface NameBranch {
  readonly id: number;
  readonly depth: number;
  readonly branches: Map<number, NameBranch>;
  /** The properties whose names go on from here, in order. */
  readonly properties: number[];
}

export class ObjectRule {
  readonly members: ObjectMembers;
  readonly names: NameBranch;
  /** Bytes from behind a member on, when the properties from this one on may follow. */
  readonly #restBytes: readonly number[];
  /** The last property that may come next when the ones from this one on may: the first that must. */
  readonly #lastNext: readonly number[];

  constructor(members: ObjectMembers) {
    this.members = members;
    this.names = sortNames(members.properties);
    const count = members.properties.length;
    const restBytes = new Array<number>(count + 1).fill(1);
    const lastNext = new Array<number>(count + 1).fill(count - 1);
    for (let index = count - 1; index >= 0; index--) {
      const { isRequired } = members.properties[index]!;
      restBytes[index] = restBytes[index + 1]! + (isRequired ? 1 + this.memberBytes(index) : 0);
      lastNext[index] = isRequired ? index : lastNext[index + 1]!;
    }
    this.#restBytes = restBytes;
    this.#lastNext = lastNext;
  }

  memberBytes(index: number): number {
    const { key, value } = this.members.properties[index]!;
    return key.length + 1 + value.bytesMin;
  }

  restBytes(index: number): number {
    return this.#restBytes[Math.min(index, this.members.properties.length)]!;
  }

  /** Whether no property from this one on must still come. */
  mayEnd(index: number): boolean {
    if (index >= this.members.properties.length) return true;
    const last = this.#lastNext[index]!;
    return index > last || !this.members.properties[last]!.isRequired;
  }

  /** Those of the branch's properties that may come next. */
  candidates({ properties }: NameBranch, index: number): readonly number[] {
    let start = 0;
    for (let end = properties.length; start < end; ) {
      const middle = (start + end) >>> 1;
      if (properties[middle]! < index) start = middle + 1;
      else end = middle;
    }
    const last = this.#lastNext[index] ?? -1;
    let end = start;
    while (end < properties.length && properties[end]! <= last) end++;
    return properties.slice(start, end);
  }
}

export function object(languages: Languages, rule: ObjectRule): Language {
  const { members } = rule;
  const isOptional = rule.mayEnd(0) && !members.mustHaveMembers;
  return languages.sequence(
    languages.text('{'),
    gap(languages),
    languages.either([nameAt(languages, rule, 0), isOptional ? languages.text('}') : languages.none]),
  );
}

/**
 * What follows a member, when the properties from the index on may follow. Indexes beyond the last count members with other
 * names, where there may not be any number of them.
 */
function memberAfter(languages: Languages, rule: ObjectRule, index: number): Language {
  return languages.intern(
    `object ${rule.members.id} ${index}`,
    (id) =>
      new LazyLanguage(id, { bytesMin: rule.restBytes(index) }, () =>
        languages.either([
          languages.sequence(comma(languages), nameAt(languages, rule, index)),
          rule.mayEnd(index) ? languages.sequence(gap(languages), languages.text('}')) : languages.none,
        ]),
      ),
  );
}

function nameAt(languages: Languages, rule: ObjectRule, index: number): Language {
  const { members, names } = rule;
  const own = nameWithin(languages, rule, names, index);
  const count = Math.max(0, index - members.properties.length);
  if (!rule.mayEnd(index) || count >= members.othersMax) return own;
  const next = members.properties.length + (members.othersMax === Number.POSITIVE_INFINITY ? 0 : count + 1);
  const others = members.others.map(({ name, value }) =>
    languages.sequence(
      languages.text('"'),
      stringAt(languages, name, { state: name.automaton?.start ?? -1, count: 0 }),
      colon(languages),
      value,
      memberAfter(languages, rule, next),
    ),
  );
  return languages.either([own, ...others]);
}

function nameWithin(languages: Languages, rule: ObjectRule, branch: NameBranch, index: number): Language {
  const candidates = rule.candidates(branch, index);
  if (candidates.length === 0) return languages.none;
  languages.spend(candidates.length >>> 4);
  const bytesMin = candidates.reduce(
    (min, candidate) => Math.min(min, rule.memberBytes(candidate) - branch.depth + rule.restBytes(candidate + 1)),
    Number.POSITIVE_INFINITY,
  );
  return languages.intern(
    `name ${rule.members.id} ${branch.id} ${index}`,
    (id) => new Name(id, bytesMin, { languages, rule, branch, index }),
  );
}

interface NamePlace {
  readonly languages: Languages;
  readonly rule: ObjectRule;
  readonly branch: NameBranch;
  readonly index: number;
}

class Name extends Language {
  readonly #place: NamePlace;

  constructor(id: number, bytesMin: number, place: NamePlace) {
    super(id, { bytesMin });
    this.#place = place;
  }

  protected derive(byte: number): Language {
    const { languages, rule, branch, index } = this.#place;
    const next = branch.branches.get(byte);
    if (!next) return languages.none;
    if (next.branches.size > 0) return nameWithin(languages, rule, next, index);
    const [property] = rule.candidates(next, index);
    if (property === undefined) return languages.none;
    const { value } = rule.members.properties[property]!;
    return languages.sequence(colon(languages), value, memberAfter(languages, rule, property + 1));
  }
}

/** No name is the beginning of another, since each ends with its quote. */
function sortNames(properties: readonly PropertyRule[]): NameBranch {
  let nextId = 0;
  const root: NameBranch = { id: nextId++, depth: 0, branches: new Map(), properties: [] };
  for (const [index, { key }] of properties.entries()) {
    let at = root;
    at.properties.push(index);
    for (const byte of key) {
      if (!at.branches.has(byte)) {
        at.branches.set(byte, { id: nextId++, depth: at.depth + 1, branches: new Map(), properties: [] });
      }
      at = at.branches.get(byte)!;
      at.properties.push(index);
    }
  }
  return root;
}
