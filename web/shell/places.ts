import type { Role } from '../../src/contract/session.ts';

/** Where one can go: the bar on top, the console's list, the palette and the keys after `g` all read this one list. */
export interface Place {
  readonly name: string;
  readonly to: string;
  /** The letter after `g`. */
  readonly key?: string;
  readonly needs?: Role;
  /** `bar`: on top of every page. Others are the groups of the console. */
  readonly group: 'bar' | 'more' | 'console' | 'settings' | 'admin';
}

export const PLACES: readonly Place[] = [
  { name: 'Models', to: '/models', key: 'm', group: 'bar' },
  { name: 'Chat', to: '/chat', key: 'c', group: 'bar' },
  { name: 'Rankings', to: '/rankings', key: 'r', group: 'bar' },
  { name: 'Providers', to: '/providers', key: 'p', group: 'bar' },
  { name: 'Docs', to: '/docs', key: 'd', group: 'bar' },
  { name: 'Apps', to: '/apps', group: 'more' },
  { name: 'Status', to: '/status', group: 'more' },
  { name: 'Compare', to: '/compare', group: 'more' },
  { name: 'API reference', to: '/docs/api', group: 'more' },
  { name: 'Overview', to: '/console', key: 'o', needs: 'viewer', group: 'console' },
  { name: 'Activity', to: '/activity', key: 'a', needs: 'viewer', group: 'console' },
  { name: 'Log', to: '/generations', key: 'l', needs: 'viewer', group: 'console' },
  { name: 'Keys', to: '/keys', key: 'k', needs: 'viewer', group: 'console' },
  { name: 'Credits and budgets', to: '/billing', key: 'b', needs: 'viewer', group: 'console' },
  { name: 'Presets', to: '/presets', needs: 'viewer', group: 'settings' },
  { name: 'Routing defaults', to: '/settings/routing', key: 's', needs: 'viewer', group: 'settings' },
  { name: 'Provider keys', to: '/settings/providers', needs: 'admin', group: 'settings' },
  { name: 'Privacy', to: '/settings/privacy', needs: 'viewer', group: 'settings' },
  { name: 'Account', to: '/settings/account', needs: 'viewer', group: 'settings' },
  { name: 'Catalogue', to: '/admin/catalogue', needs: 'admin', group: 'admin' },
  { name: 'Upstreams', to: '/admin/upstreams', needs: 'admin', group: 'admin' },
  { name: 'Users', to: '/admin/users', needs: 'admin', group: 'admin' },
  { name: 'Audit log', to: '/admin/audit', needs: 'admin', group: 'admin' },
  { name: 'System', to: '/admin/system', needs: 'admin', group: 'admin' },
];
