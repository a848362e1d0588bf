/** Is `0.29.9` before `0.30`? Only the first two numbers count. A version that cannot be read is taken for a new one. */
export function isOlderThan(version: string | undefined, than: string): boolean {
  const [found, wanted] = [numbersOf(version ?? ''), numbersOf(than)];
  if (!found || !wanted) return false;
  return found.major < wanted.major || (found.major === wanted.major && found.minor < wanted.minor);
}

function numbersOf(text: string): { readonly major: number; readonly minor: number } | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\D|$)/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}
