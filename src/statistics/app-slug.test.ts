import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { appNumber, appSlug, appTitle } from './app-slug.ts';

test('the address makes the app, the title only names it', () => {
  const slug = appSlug({ url: 'https://www.cline.bot/app', title: 'Cline' });
  expect(slug).toMatch(/^cline-bot-app-[0-9a-f]{10}$/);
  expect(appSlug({ url: 'https://www.cline.bot/app', title: 'Renamed' })).toBe(slug);
  expect(appSlug({ url: 'https://cline.bot/other' })).not.toBe(slug);
  expect(appSlug({ title: 'Cline' })).toMatch(/^cline-[0-9a-f]{10}$/);
  expect(appSlug({})).toBe('');
});

test('whatever callers say, slugs fit into an address and titles are bounded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.boolean(), (said, isUrl) => {
      const app = isUrl ? { url: said } : { title: said };
      expect(appSlug(app)).toMatch(/^[a-z0-9-]{1,72}$/);
      expect(appTitle(app).length).toBeLessThanOrEqual(100);
      expect(Number.isSafeInteger(appNumber(appSlug(app)))).toBe(true);
    }),
  );
});

test('names that read alike stay apart', () => {
  expect(appSlug({ url: 'https://a.b-c.com' })).not.toBe(appSlug({ url: 'https://a-b.c.com' }));
  expect(appSlug({ title: '日本' })).not.toBe(appSlug({ title: '中国' }));
});
