import type { Loss } from '../../generation/loss.ts';
import { SEARCH_ENGINES, type SearchLocation } from './search-engines.ts';

/** What may stand in a header. */
const PLAIN = /^[\x20-\x7e]{1,100}$/;
const PARTS = ['city', 'region', 'country', 'timezone'] as const;

/** The parts of a caller's `user_location` that the installed engine takes; each other part is a loss. */
export function readLocation(
  given: Readonly<Record<string, unknown>>,
  engine: string,
): { readonly location?: SearchLocation; readonly losses: Loss[] } {
  const location: { -readonly [name in keyof SearchLocation]: string } = {};
  const losses: Loss[] = [];
  for (const name of PARTS) {
    const value = given[name];
    if (typeof value !== 'string' || value.trim() === '') continue;
    const lose = (reason: string): void =>
      void losses.push({ field: `plugins.web.user_location.${name}`, outcome: 'dropped', reason });
    if (!SEARCH_ENGINES[engine]?.takesLocation?.includes(name)) lose(`${engine} has no word for it`);
    else if (!PLAIN.test(value.trim())) lose('it has letters that cannot be sent');
    else if (name === 'country' && !/^[a-z]{2}$/i.test(value.trim())) lose('a country is written in two letters');
    else location[name] = name === 'country' ? value.trim().toUpperCase() : value.trim();
  }
  return { ...(Object.keys(location).length > 0 && { location }), losses };
}
