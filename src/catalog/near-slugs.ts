/** Long input is cut: it comes from callers, and comparing costs its length times each slug's. */
const COMPARED_LENGTH_MAX = 100;
/** Below this likeness a suggestion misleads more than it helps. */
const LIKENESS_MIN = 0.4;

/** The slugs that a mistyped one most likely meant, best first. The cheap comparison of words chooses which are compared by letters. */
export function nearSlugs(slug: string, known: readonly string[], count: number): readonly string[] {
  const wanted = slug.toLowerCase().slice(0, COMPARED_LENGTH_MAX);
  const words = wordsOf(wanted);
  return known
    .map((candidate) => ({ candidate, likeness: likenessOf(wanted, words, candidate) }))
    .filter(({ likeness }) => likeness >= LIKENESS_MIN)
    .sort((a, b) => b.likeness - a.likeness || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, Math.max(0, count))
    .map(({ candidate }) => candidate);
}

/** Between 0 and 1: the better of shared words and of letters left alone, with or without the author. */
function likenessOf(wanted: string, words: ReadonlySet<string>, candidate: string): number {
  const shared = sharedWords(words, wordsOf(candidate));
  const bare = candidate.slice(candidate.indexOf('/') + 1);
  const letters = wanted.includes('/') ? lettersAlike(wanted, candidate) : lettersAlike(wanted, bare);
  return shared * 0.6 + letters * 0.4 + (bare === wanted ? 1 : 0);
}

function wordsOf(slug: string): Set<string> {
  return new Set(slug.split(/[^a-z0-9.]+|(?<=[a-z])(?=\d)/).filter((word) => word !== ''));
}

function sharedWords(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}

function lettersAlike(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - editDistance(a, b) / longest;
}

/** Insertions, deletions and replacements that turn one text into the other. One row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
