// STAND-IN, uncommitted: overwrite me with the real file.
import type { Catalog } from './catalog.ts';
export async function loadCatalog(): Promise<Catalog> {
  return {
    version: 'v0',
    builtAt: '2026-11-01',
    models: [],
    find: () => undefined,
    endpoints: () => [],
    near: () => [],
  };
}
