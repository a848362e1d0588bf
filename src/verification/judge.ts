/** Puts what the checks showed into words that say what a person can rely on, and what not. */
import type { CheckGroup, CheckResult } from '../contract/verification.ts';
import { SWAPPED_ANSWERS } from './picture-checks.ts';

export interface Judgement {
  readonly outcome: 'passed' | 'failed' | 'incomplete';
  readonly verdict: string;
}

/** How each group is spoken of. */
const WORKS: Readonly<Partial<Record<CheckGroup, string>>> = {
  tools: 'tool calls work',
  schema: 'JSON schemas are kept',
  needles: 'long prompts are read',
  pictures: 'pictures work',
  streaming: 'streams end and count as they should',
  cancel: 'cancelled streams free the engine',
  stop: '`stop` is kept',
};
const FAILS: Readonly<Partial<Record<CheckGroup, string>>> = {
  tools: 'tool calls fail',
  schema: 'JSON schemas are not kept',
  streaming: 'streaming fails',
  cancel: 'a cancelled stream keeps the engine busy',
  stop: '`stop` is not kept',
};
const TOKENIZER_FAILS = 'its tokenizer is not that of Llama 4, so its conversion is broken';
const TEXT_GROUPS: readonly CheckGroup[] = ['facts', 'arithmetic', 'translation'];
const GROUPS_IN_WORDS: readonly CheckGroup[] = [
  'tools',
  'schema',
  'streaming',
  'stop',
  'cancel',
  'needles',
  'pictures',
];

/** Of a model that is the right one and that answered. `whole` says that nothing was left out by wish. */
export function judge(results: readonly CheckResult[], whole: boolean): Judgement {
  const missing = results.filter(({ required, outcome }) => required && outcome !== 'passed');
  const remarks = optionalRemarks(results);
  if (missing.length === 0) {
    const head = whole
      ? `Llama 4 Scout works here: all ${results.filter(({ required }) => required).length} checks that it must pass are passed`
      : 'all that was asked is passed; the rest was not asked';
    return { outcome: 'passed', verdict: [head, ...remarks].join('; ') };
  }
  const text = results.filter(({ group, id }) => TEXT_GROUPS.includes(group) || id === 'identity-answer');
  const tokenizer = results.filter(({ id }) => id === 'identity-tokenizer');
  const files = results.filter(({ group }) => group === 'header' || group === 'memory');
  const parts: readonly (readonly [results: readonly CheckResult[], phrase: string | undefined])[] = [
    [files, filePhrase(files)],
    [text, textPhrase(text)],
    [tokenizer, tokenizer.some(({ outcome }) => outcome === 'failed') ? TOKENIZER_FAILS : undefined],
    ...GROUPS_IN_WORDS.map((group) => [ofGroup(results, group), groupPhrase(group, ofGroup(results, group))] as const),
  ];
  // What is wrong first: that is what somebody reads it for.
  const rank = (part: readonly CheckResult[]): number =>
    part.some((result) => result.outcome === 'failed')
      ? 0
      : part.some((result) => result.outcome === 'skipped')
        ? 1
        : 2;
  const ordered = parts.toSorted((a, b) => rank(a[0]) - rank(b[0])).map(([, phrase]) => phrase);
  const outcome = missing.some((result) => result.outcome === 'failed') ? 'failed' : 'incomplete';
  return { outcome, verdict: [...ordered, ...remarks].filter((phrase) => phrase !== undefined).join('; ') };
}

function ofGroup(results: readonly CheckResult[], group: CheckGroup): readonly CheckResult[] {
  return results.filter((result) => result.group === group);
}

function filePhrase(results: readonly CheckResult[]): string | undefined {
  const wrong = results.filter(({ required, outcome }) => required && outcome === 'failed');
  return wrong.length === 0 ? undefined : wrong.map(({ question, why }) => `${question}: ${why ?? 'wrong'}`).join('; ');
}

function textPhrase(results: readonly CheckResult[]): string | undefined {
  const asked = results.filter(({ outcome }) => outcome !== 'skipped');
  if (asked.length === 0) return results.length === 0 ? undefined : `text was not asked (${whyOf(results)})`;
  const wrong = asked.filter(({ outcome }) => outcome === 'failed');
  if (wrong.length === 0) return 'text works';
  if (wrong.length === asked.length) return `text fails (${whyOf(wrong)})`;
  const named = wrong.slice(0, 4).map(({ id }) => id.slice(id.indexOf('-') + 1));
  return `text is wrong in ${wrong.length} of ${asked.length} answers (${named.join(', ')}${wrong.length > 4 ? ', …' : ''})`;
}

function groupPhrase(group: CheckGroup, results: readonly CheckResult[]): string | undefined {
  if (results.length === 0) return undefined;
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  const skipped = results.filter(({ outcome }) => outcome === 'skipped');
  if (failed.length === 0) {
    const works = WORKS[group] ?? `${group} work`;
    return skipped.length === 0 ? works : `${nounOf(group)} were not all asked (${whyOf(skipped)})`;
  }
  if (group === 'pictures') return picturePhrase(results);
  if (group === 'needles') return needlePhrase(results);
  return `${FAILS[group] ?? `${group} fail`} (${whyOf(failed)})`;
}

function nounOf(group: CheckGroup): string {
  return group === 'needles' ? 'long prompts' : group === 'tools' ? 'tool calls' : group;
}

/** Swapped rows and columns leave colours and counts as they are, and turn positions by one diagonal: that is told from being blind. */
function picturePhrase(results: readonly CheckResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === results.length && !isSwapped(results)) return `pictures fail (${whyOf(failed)})`;
  const positions = results.filter(({ id }) => SWAPPED_ANSWERS.has(id));
  const others = failed.filter(({ id }) => !SWAPPED_ANSWERS.has(id)).map(({ id }) => id.slice('pictures-'.length));
  const rest = others.length > 0 ? `, and ${others.join(', ')} too` : '';
  if (isSwapped(results)) {
    return `positions in pictures fail as in column order: this engine hands image tokens over column by column${rest}`;
  }
  if (positions.some(({ outcome }) => outcome === 'failed')) return `positions in pictures fail${rest}`;
  return `pictures fail in: ${others.join(', ')}`;
}

function isSwapped(results: readonly CheckResult[]): boolean {
  const positions = results.filter(({ id }) => SWAPPED_ANSWERS.has(id));
  return (
    positions.length === SWAPPED_ANSWERS.size &&
    positions.every(({ id, outcome, got }) => outcome === 'failed' && SWAPPED_ANSWERS.get(id)!.test(got))
  );
}

function needlePhrase(results: readonly CheckResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  const isOnlyLong = failed.length === 1 && failed[0]!.id === 'needles-12k';
  const head = isOnlyLong ? 'long prompts fail beyond a chunk of 8,192 tokens' : 'long prompts fail';
  return `${head} (${whyOf(failed)})`;
}

/** What is not required, and worth a word. */
function optionalRemarks(results: readonly CheckResult[]): readonly string[] {
  const remarks: string[] = [];
  for (const { id, outcome, required, why } of results) {
    if (required || outcome === 'passed') continue;
    if (id === 'seed-twice' && outcome === 'failed') remarks.push(`seeds are not kept: ${why ?? ''}`);
    if (id === 'logprobs-greedy')
      remarks.push(outcome === 'failed' ? 'log-probabilities are wrong' : 'no log-probabilities');
    if (id === 'memory-need' && outcome === 'failed') remarks.push('by its size it would not fit this machine');
  }
  return remarks;
}

/** The commonest reason, said once. */
function whyOf(results: readonly CheckResult[]): string {
  const counts = new Map<string, number>();
  for (const { why = 'no reason given' } of results) counts.set(why, (counts.get(why) ?? 0) + 1);
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first?.[0] ?? 'no reason given';
}
