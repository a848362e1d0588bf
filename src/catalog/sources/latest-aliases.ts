/** What the newest model of a family is judged by: `~openai/gpt-mini-latest` is the `gpt-mini` with the highest version. */
export function findLatest(alias: string, ids: readonly string[]): string | undefined {
  const match = /^~([^/]+)\/(.+)-latest$/.exec(alias);
  if (!match) return undefined;
  const [, author, family = ''] = match;
  const wanted = wordsOf(family);
  const versions = ids.flatMap((id) => {
    const [owner, name = ''] = id.split('/');
    if (owner !== author || name.includes(':')) return [];
    const words = wordsOf(name);
    const isFamily = words.names.join('-') === wanted.names.join('-');
    const startsAlike = wanted.numbers.every((number, index) => words.numbers[index] === number);
    return isFamily && startsAlike ? [{ id, numbers: words.numbers }] : [];
  });
  return versions.sort((a, b) => compareVersions(b.numbers, a.numbers) || a.id.length - b.id.length)[0]?.id;
}

/** `gemini-3.1-pro-preview` is the names `gemini`, `pro` and the numbers 3, 1; a preview counts as the model. */
function wordsOf(name: string): { readonly names: readonly string[]; readonly numbers: readonly number[] } {
  const names: string[] = [];
  const numbers: number[] = [];
  for (const word of name.split('-')) {
    const version = /^[vkm]?(\d+(?:\.\d+)*)$/.exec(word)?.[1];
    if (version !== undefined) numbers.push(...version.split('.').map(Number));
    else if (word !== 'preview') names.push(word);
  }
  return { names, numbers };
}

function compareVersions(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
