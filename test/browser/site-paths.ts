/** Every page that can be opened by its address alone, for axe, for widths and for screenshots. */

export const PUBLIC_PATHS = [
  '/',
  '/models',
  '/models?view=cards',
  '/models?view=scatter',
  '/meta-llama/llama-4-scout',
  '/trunkline/mini',
  '/meta-llama',
  '/compare?m=meta-llama/llama-4-scout&m=meta-llama/llama-4-maverick',
  '/providers',
  '/providers/deepinfra',
  '/rankings',
  '/apps',
  '/status',
  '/docs',
  '/docs/api',
  '/login',
  '/nothing/here',
] as const;

export const SIGNED_PATHS = [
  '/setup',
  '/chat',
  '/console',
  '/activity',
  '/generations',
  '/keys',
  '/billing',
  '/presets',
  '/presets?new=1',
  '/settings/routing',
  '/settings/providers',
  '/settings/privacy',
  '/settings/account',
  '/admin/catalogue',
  '/admin/upstreams',
  '/admin/users',
  '/admin/audit',
  '/admin/system',
] as const;

/** A file name of a path. */
export function nameOf(path: string): string {
  return (
    path
      .replace(/^\//, '')
      .replace(/[^\w-]+/g, '_')
      .replace(/_+$/, '') || 'home'
  );
}
