/** Sets of Unicode characters, as sorted ranges that neither touch nor overlap. Surrogates are no characters. */
export type Range = readonly [from: number, to: number];
export type CharacterSet = readonly Range[];

export const LAST_CHARACTER = 0x10ffff;
export const allCharacters: CharacterSet = [
  [0, 0xd7ff],
  [0xe000, LAST_CHARACTER],
];

export function unite(...sets: readonly CharacterSet[]): CharacterSet {
  const sorted = sets.flat().sort((one, other) => one[0] - other[0]);
  const united: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = united.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else united.push([from, to]);
  }
  return united.flatMap(withoutSurrogates);
}

export function invert(set: CharacterSet): CharacterSet {
  const inverted: Range[] = [];
  let from = 0;
  for (const [start, end] of set) {
    if (start > from) inverted.push([from, start - 1]);
    from = end + 1;
  }
  if (from <= LAST_CHARACTER) inverted.push([from, LAST_CHARACTER]);
  return inverted.flatMap(withoutSurrogates);
}

export function charactersOf(text: string): CharacterSet {
  return unite([...text].map((character): Range => [character.codePointAt(0)!, character.codePointAt(0)!]));
}

function withoutSurrogates([from, to]: Range): readonly Range[] {
  const parts: Range[] = [];
  if (from <= 0xd7ff) parts.push([from, Math.min(to, 0xd7ff)]);
  if (to >= 0xe000) parts.push([Math.max(from, 0xe000), to]);
  return parts;
}

const cheapestFirst: readonly (readonly [from: number, to: number, bytes: number])[] = [
  [0x20, 0x21, 1],
  [0x23, 0x5b, 1],
  [0x5d, 0x7f, 1],
  [0x22, 0x22, 2],
  [0x5c, 0x5c, 2],
  [0x08, 0x0a, 2],
  [0x0c, 0x0d, 2],
  [0x80, 0x7ff, 2],
  [0x800, 0xffff, 3],
  [0x10000, LAST_CHARACTER, 4],
  [0x00, 0x1f, 6],
];

/** Bytes of the range's shortest character within a JSON string. */
export function bytesOfCheapest(from: number, to: number): number {
  return cheapestFirst.find((class_) => from <= class_[1] && to >= class_[0])![2];
}
