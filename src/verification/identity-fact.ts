/** What speaks for and against an engine's model being the one that is expected. */
import { basename } from 'node:path';
import type { CheckResult } from '../contract/verification.ts';
import { cleanName, makeResult } from './check.ts';

export interface IdentityFact {
  /**
   * `name` can be set by hand, `tokenizer` is shared by all models of a family, `number` may be too; `size` tells one of the
   * family from the others.
   */
  readonly kind: 'name' | 'tokenizer' | 'number' | 'size';
  readonly what: string;
  readonly expected: string;
  /** In the engine's own words. */
  readonly found: string;
  /** `unknown`: a name that means no model of the catalogue, which proves nothing either way. */
  readonly verdict: 'right' | 'wrong' | 'unknown';
}

export interface NameMatcher {
  /** Slug of the model that is expected. */
  readonly expected: string;
  /** Slug of the catalogue that a native name means; undefined where it means none. */
  matchModel(name: string): string | undefined;
}

export function nameFact({ expected, matchModel }: NameMatcher, what: string, name: string): IdentityFact {
  const match = name === '' ? undefined : matchModel(name);
  const verdict = match === expected ? 'right' : match === undefined && !isBundled(name) ? 'unknown' : 'wrong';
  return { kind: 'name', what, expected, found: name === '' ? 'none' : name, verdict };
}

/** The demonstration model is in no public catalogue, and must never pass for anything but itself. */
function isBundled(name: string): boolean {
  return name.toLowerCase().startsWith('trunkline/');
}

export function equalFact(
  kind: IdentityFact['kind'],
  what: string,
  expected: string | number,
  found: string | number,
): IdentityFact {
  const verdict = found === expected ? 'right' : 'wrong';
  return { kind, what, expected: String(expected), found: String(found), verdict };
}

/** Why it cannot be taken for Scout, in words fit for anybody; undefined when everything speaks for it. */
export function whyNotScout(facts: readonly IdentityFact[]): string | undefined {
  const wrong = facts.filter(({ verdict }) => verdict === 'wrong');
  // Numbers first: they are the better reason.
  const [reason] = [...wrong.filter(({ kind }) => kind !== 'name'), ...wrong];
  if (reason) return `this is not Scout: ${difference(reason)}`;
  if (isProven(facts)) return undefined;
  const name = facts.find(({ kind }) => kind === 'name');
  const lacking = has(facts, 'name')
    ? 'its name alone proves nothing, and it gives neither numbers nor a count of tokens to go by'
    : `nothing names it as Scout${name === undefined || name.found === 'none' ? '' : ` (it is called ${plainName(name.found)})`}`;
  return `nothing shows that this is Scout: ${lacking}`;
}

/** Enough to ask it: a number that only Scout has, or its name together with its tokenizer. */
export function isProven(facts: readonly IdentityFact[]): boolean {
  if (facts.some(({ verdict }) => verdict === 'wrong')) return false;
  return has(facts, 'size') || (has(facts, 'name') && has(facts, 'tokenizer'));
}

export function has(facts: readonly IdentityFact[], kind: IdentityFact['kind']): boolean {
  return facts.some((fact) => fact.kind === kind && fact.verdict === 'right');
}

function difference({ kind, what, expected, found }: IdentityFact): string {
  if (kind === 'name') {
    if (what === 'listing') return `the engine does not list ${expected}`;
    return `the engine ${what === 'origin' ? 'loaded' : 'calls its model'} ${plainName(found)}`;
  }
  if (kind === 'tokenizer') return `its tokenizer is another: ${found}`;
  return `${what}: ${cleanName(found).slice(0, 60)}, and Scout has ${expected}`;
}

/** An engine may use the whole path of a file as a name; anybody may see the file's name, nobody else where it lies. */
export function plainName(name: string): string {
  const looksLikePath = /^(?:[\\/~.]|[a-z]:[\\/])|\.(?:gguf|safetensors|bin)$/i.test(name);
  return cleanName(looksLikePath ? basename(name.replaceAll('\\', '/')) : name).slice(0, 120);
}

export function resultsOf(facts: readonly IdentityFact[]): readonly CheckResult[] {
  const taken = new Set<string>();
  return facts.map(({ what, expected, found, verdict }) => {
    const plain = `identity-${what.replaceAll(' ', '-')}`;
    const id = taken.has(plain) ? `${plain}-${taken.size}` : plain;
    taken.add(id);
    const check = { id, group: 'identity', question: what, expected } as const;
    if (verdict === 'right')
      return makeResult({ ...check, required: true }, { outcome: 'passed', got: cleanName(found) });
    const why = verdict === 'wrong' ? 'not Scout’s' : 'a name that says nothing';
    const outcome = verdict === 'wrong' ? 'failed' : 'skipped';
    return makeResult({ ...check, required: verdict === 'wrong' }, { outcome, got: cleanName(found), why });
  });
}
