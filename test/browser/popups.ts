/** Everything that opens over a page or out of it: where it is, what opens it by keys, what then is there. */
import type { Locator, Page } from 'playwright-core';
import type { FilledSite } from './filled-site.ts';

export interface Popup {
  readonly name: string;
  readonly path: string;
  readonly who?: 'stranger';
  readonly isPhone?: true;
  /** What has the focus before, and again after Escape. */
  readonly opener: (page: Page) => Locator;
  /** Enter unless given. */
  readonly key?: string;
  /** What it is once it is open, as a selector. */
  readonly shows: string;
  /** Stands in the page, so that Escape does nothing. */
  readonly isInline?: true;
  /** Has more stops than one wants to walk. */
  readonly isLong?: true;
  /** Keeps Tab within itself. */
  readonly isModal?: true;
}

const DIALOG = { shows: '[role="dialog"]', isModal: true } as const;
const MENU = { shows: '[role="menu"]' } as const;
const button = (name: string | RegExp) => (page: Page) =>
  page.getByRole('button', { name, exact: typeof name === 'string' }).first();
const MODELS = '/models?q=llama-4';

export function popupsOf({ room, generation }: FilledSite): readonly Popup[] {
  const modelRow = (page: Page) => page.locator('[data-row] [data-main]').first();
  const menuOfChart = button(/^Menu of the chart/);
  return [
    { name: 'palette', path: '/', who: 'stranger', opener: button(/^Search models, pages/), ...DIALOG },
    { name: 'shortcuts', path: '/login', who: 'stranger', opener: button('Keyboard shortcuts'), ...DIALOG },
    { name: 'theme menu', path: '/login', who: 'stranger', opener: button('Theme'), ...MENU },
    { name: 'account menu', path: '/console', opener: button(/^Account of/), ...MENU },
    { name: 'site menu', path: '/login', isPhone: true, opener: button('Menu'), shows: '#site-menu' },
    {
      name: 'filters on a phone',
      path: MODELS,
      isPhone: true,
      opener: button('Filters'),
      shows: '#model-filters',
      isInline: true,
    },
    { name: 'columns', path: MODELS, opener: (page) => page.locator('summary').first(), shows: 'details[open]' },
    { name: 'model peek', path: MODELS, opener: modelRow, key: ' ', ...DIALOG },
    {
      ...{ name: 'endpoint sheet', path: '/trunkline/mini' },
      ...{ opener: (page) => page.locator('#providers a[href^="?endpoint"]').first(), ...DIALOG },
    },
    {
      ...{ name: 'endpoint sheet on a phone', path: '/trunkline/mini', isPhone: true },
      ...{ opener: (page) => page.locator('#providers a[href^="?endpoint"]').first(), ...DIALOG },
    },
    { name: 'chart menu', path: '/rankings', opener: menuOfChart, ...MENU },
    { name: 'key form', path: '/keys', opener: button('New key'), ...DIALOG },
    { name: 'change of a key', path: '/keys', opener: button(/^Change/), ...DIALOG },
    { name: 'delete a key', path: '/keys', opener: button(/^Delete/), ...DIALOG },
    { name: 'preset form', path: '/presets', opener: button('New preset'), ...DIALOG },
    { name: 'credit form', path: '/billing', opener: button('Add credit'), ...DIALOG },
    {
      ...{ name: 'generation peek', path: '/generations', key: ' ' },
      ...{ opener: (page) => page.locator('[id^="row-gen-"]').first(), ...DIALOG },
    },
    {
      ...{ name: 'suggestions of the log', path: '/generations', key: 'm' },
      ...{ opener: (page) => page.getByLabel('Filter of the log'), shows: '[role="listbox"]' },
    },
    { name: 'model picker', path: room, opener: button(/^Model$/), isLong: true, ...DIALOG },
    { name: 'settings of a model', path: room, opener: button(/^Settings of/), ...DIALOG },
    { name: 'settings of a room', path: room, opener: button(/^Tools/), ...DIALOG },
    { name: 'curl', path: room, opener: button('The request as curl'), ...DIALOG },
    { name: 'why this provider', path: room, opener: button('Why this provider'), ...DIALOG },
    {
      name: 'rooms on a phone',
      path: room,
      isPhone: true,
      opener: button('Rooms'),
      shows: 'aside[aria-label="Rooms"]',
    },
    {
      name: 'candidates',
      path: generation,
      opener: (page) => page.locator('main details:not([open]) > summary').first(),
      shows: 'details[open]',
      isInline: true,
    },
  ];
}
