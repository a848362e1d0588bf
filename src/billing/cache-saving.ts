import type { Charge } from './generation-record.ts';

/** What reading from the cache saved against the prompt's price, less what writing to it cost above that. Undefined without either. */
export function cacheSavingPico(charge: Charge): bigint | undefined {
  const prompt = charge.lines.find((line) => line.what === 'prompt');
  const cached = charge.lines.filter((line) => line.what === 'cache-read' || line.what === 'cache-write');
  if (!prompt || cached.length === 0) return undefined;
  let savedPico = 0n;
  for (const line of cached) savedPico += (prompt.unitPico - line.unitPico) * BigInt(line.units);
  return savedPico;
}
