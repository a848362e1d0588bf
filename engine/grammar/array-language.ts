/** The items of a JSON array, behind its opening bracket. */
import type { Language, Languages } from './language.ts';
import { LazyLanguage } from './lazy-language.ts';
import { comma, gap } from './spacing.ts';

export interface ArrayRule {
  readonly id: number;
  /** What the first items must be. */
  readonly first: readonly Language[];
  /** What all others must be; undefined where none may follow. */
  readonly others: Language | undefined;
  readonly min: number;
  /** May be infinite; no more than `first` has, where `others` is undefined. */
  readonly max: number;
}

export function array(languages: Languages, rule: ArrayRule): Language {
  const itemOrEnd = languages.either([
    rule.max > 0 ? languages.sequence(itemAt(rule, 0), arrayAt(languages, rule, 1)) : languages.none,
    rule.min === 0 ? languages.text(']') : languages.none,
  ]);
  return languages.sequence(languages.text('['), gap(languages), itemOrEnd);
}

/** Bytes of the shortest array; asked for before its items are languages. */
export function arrayBytesMin(itemBytes: (index: number) => number, min: number, firstCount: number): number {
  let bytes = 2 + Math.max(0, min - 1);
  const listed = Math.min(min, firstCount);
  for (let index = 0; index < listed; index++) bytes += itemBytes(index);
  return min > listed ? bytes + (min - listed) * itemBytes(listed) : bytes;
}

/** What follows `count` items. */
function arrayAt(languages: Languages, rule: ArrayRule, count: number): Language {
  // Beyond this, one more changes nothing.
  const at = rule.max === Number.POSITIVE_INFINITY ? Math.min(count, Math.max(rule.first.length, rule.min)) : count;
  const itemBytes = (index: number) => itemAt(rule, at + index).bytesMin + 1;
  const missing = Math.max(0, rule.min - at);
  const listed = Math.max(0, Math.min(missing, rule.first.length - at));
  let bytesMin = 1;
  for (let index = 0; index < listed; index++) bytesMin += itemBytes(index);
  if (missing > listed) bytesMin += (missing - listed) * itemBytes(listed);
  return languages.intern(
    `array ${rule.id} ${at}`,
    (id) =>
      new LazyLanguage(id, { bytesMin }, () =>
        languages.either([
          at < rule.max
            ? languages.sequence(comma(languages), itemAt(rule, at), arrayAt(languages, rule, at + 1))
            : languages.none,
          at >= rule.min ? languages.sequence(gap(languages), languages.text(']')) : languages.none,
        ]),
      ),
  );
}

function itemAt(rule: ArrayRule, index: number): Language {
  return rule.first[index] ?? rule.others!;
}
