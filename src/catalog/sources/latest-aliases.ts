interface Family {
  readonly names: readonly string[];
  readonly versions: readonly number[];
  /** Such as 731 in `-0731`, or 20250805: orders releases of one version. */
  readonly dates: readonly number[];
}

/**
 * What the newest model of a family is: `~openai/gpt-mini-latest` is the `gpt-mini` with the highest version. `isAlike` says
 * whether a model has the alias's own price and limits: where any has, only those are looked at.
 */
export function findLatest(
  alias: string,
  ids: readonly string[],
  isAlike: (id: string) => boolean,
): string | undefined {
  const match = /^~([^/]+)\/(.+)-latest$/.exec(alias);
  if (!match) return undefined;
  const [, author, name = ''] = match;
  const wanted = readFamily(name);
  const family = ids.flatMap((id) => {
    const [owner, slug = ''] = id.split('/');
    if (owner !== author || slug.includes(':')) return [];
    const found = readFamily(slug);
    const isOfFamily = found.names.join('-') === wanted.names.join('-');
    return isOfFamily && wanted.versions.every((number, index) => found.versions[index] === number)
      ? [{ id, found }]
      : [];
  });
  const alike = family.filter(({ id }) => isAlike(id));
  const newestFirst = (alike.length > 0 ? alike : family).sort(
    (a, b) => compare(b.found.versions, a.found.versions) || compare(b.found.dates, a.found.dates),
  );
  return newestFirst[0]?.id;
}

/** `gemini-3.1-pro-preview` is the names `gemini`, `pro` and version 3, 1; a preview counts as the model. */
function readFamily(name: string): Family {
  const names: string[] = [];
  const versions: number[] = [];
  const dates: number[] = [];
  for (const word of name.split('-')) {
    const version = /^[vkm]?(\d+(?:\.\d+)*)$/.exec(word)?.[1];
    if (version === undefined) {
      if (word !== 'preview') names.push(word);
    } else if (version.length >= 4 && !version.includes('.')) dates.push(Number(version));
    else versions.push(...version.split('.').map(Number));
  }
  return { names, versions, dates };
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? -1) - (b[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
