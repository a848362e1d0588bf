import type { Column } from './room.ts';

const ADDRESS = /^\s*@([\w~./:-]+)\s+/;

/** `@slug` at the beginning, or the end of a slug, addresses the columns of that model; the choice below comes second. */
export function findAddressed(text: string, columns: readonly Column[], to: string): readonly Column[] {
  const named = ADDRESS.exec(text)?.[1]?.toLowerCase();
  const found =
    named === undefined ? [] : columns.filter(({ model }) => model === named || model.split('/')[1] === named);
  if (found.length > 0) return found;
  const chosen = columns.filter(({ id }) => id === to);
  return chosen.length > 0 ? chosen : columns;
}

/** The address is no part of the question, when it names somebody. */
export function withoutAddress(text: string, columns: readonly Column[]): string {
  const named = ADDRESS.exec(text)?.[1]?.toLowerCase();
  const isOne = named !== undefined && columns.some(({ model }) => model === named || model.split('/')[1] === named);
  return isOne ? text.replace(ADDRESS, '') : text;
}
