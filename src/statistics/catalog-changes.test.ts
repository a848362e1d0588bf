import { expect, test } from 'bun:test';
import { type CatalogFact, findChanges } from './catalog-changes.ts';

const fact = (providerId: string, change: Partial<CatalogFact> & { readonly prompt?: bigint } = {}): CatalogFact => {
  const { prompt = 10n, ...fields } = change;
  const price = { id: `${providerId}@1`, prompt, completion: 20n, source: 'test', seenAt: '2026-11-01' };
  return {
    endpointId: `demo/talker|${providerId}`,
    modelId: 'demo/talker',
    providerId,
    isActive: true,
    price,
    ...fields,
  };
};
const what = (before: readonly CatalogFact[], after: readonly CatalogFact[]) =>
  findChanges(before, after, 5).map((change) => [
    change.what,
    change.providerId,
    change.before?.prompt,
    change.after?.prompt,
  ]);

test('another price is a change, another date or source of the same price is none', () => {
  expect(what([fact('acme')], [fact('acme', { prompt: 11n })])).toEqual([['price', 'acme', 10n, 11n]]);
  const { price } = fact('acme');
  const reread = fact('acme', { price: { ...price, id: 'acme@2', source: 'other', seenAt: '2026-11-02' } });
  expect(what([fact('acme')], [reread])).toEqual([]);
});

test('a price that appears or goes away is a change', () => {
  const { price } = fact('acme');
  expect(what([fact('acme')], [fact('acme', { price: { ...price, cacheRead: 1n } })])).toHaveLength(1);
});

test('offers come, retire and return', () => {
  const other = { endpointId: 'demo/other|acme', modelId: 'demo/other' };
  expect(what([fact('acme')], [fact('acme'), fact('acme', other)])).toEqual([['added', 'acme', undefined, 10n]]);
  expect(what([fact('acme'), fact('acme', other)], [fact('acme')])).toEqual([['retired', 'acme', 10n, undefined]]);
  expect(what([fact('acme')], [fact('acme', { isActive: false })])).toEqual([['retired', 'acme', 10n, undefined]]);
  expect(what([fact('acme', { isActive: false })], [fact('acme')])).toEqual([['returned', 'acme', 10n, 10n]]);
});

test('a provider that is connected or disconnected as a whole is no news', () => {
  expect(what([fact('acme')], [fact('acme'), fact('router')])).toEqual([]);
  expect(what([fact('acme'), fact('router')], [fact('acme')])).toEqual([]);
});
