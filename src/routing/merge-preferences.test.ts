import { describe, expect, test } from 'bun:test';
import type { PreferenceLayer, RoutingPreferences } from '../generation/preferences.ts';
import { DEFAULT_PREFERENCES } from '../generation/preferences.ts';
import { layersOf, mergePreferences } from './merge-preferences.ts';

type Said = Partial<RoutingPreferences>;

/** What each of them says, nearest first. */
function merge(request: Said, workspace: Said, model = 'demo/talker', key: Said = {}): RoutingPreferences {
  const layers: PreferenceLayer[] = [
    { from: 'request', preferences: request },
    { from: 'key', version: 1, preferences: key },
    { from: 'workspace', version: 1, preferences: workspace },
  ];
  return mergePreferences(layers, [model]);
}

describe('a wish', () => {
  test('is the nearest one of those who say it', () => {
    const merged = merge({ allowFallbacks: true }, { allowFallbacks: false, quantizations: ['fp8'] });
    expect(merged).toEqual({ ...DEFAULT_PREFERENCES, quantizations: ['fp8'] });
    expect(merge({}, { maxPricePico: { prompt: 1n } }, 'demo/talker', { maxPricePico: { completion: 2n } })).toEqual({
      ...DEFAULT_PREFERENCES,
      maxPricePico: { completion: 2n },
    });
  });

  test('for who goes first is one, whether as an order or as a sort', () => {
    const merged = merge({ sort: { by: 'price', partition: 'model' } }, { order: ['alpha'] });
    expect(merged.order).toBeUndefined();
    expect(merged.sort?.by).toBe('price');
    expect(merge({}, { order: ['alpha'] }).order).toEqual(['alpha']);
  });

  test('in the name of the model stands against all who are farther away', () => {
    const workspace: Said = { sort: { by: 'latency', partition: 'model' } };
    expect(merge({}, workspace, 'demo/talker:floor').sort).toBeUndefined();
    expect(merge({}, workspace, 'demo/talker:free').sort?.by).toBe('latency');
    expect(merge({ order: ['beta'] }, workspace, 'demo/talker:floor').order).toEqual(['beta']);
  });
});

describe('a bound', () => {
  test('that somebody sets can only be narrowed', () => {
    const workspace: Said = { dataCollection: 'deny', zdr: true, ignore: ['evil'], only: ['alpha', 'beta'] };
    const merged = merge({ dataCollection: 'allow', zdr: false, ignore: ['dear'], only: ['beta', 'gamma'] }, workspace);
    expect(merged).toMatchObject({ dataCollection: 'deny', zdr: true, ignore: ['dear', 'evil'] });
    expect(merged.only).toEqual(['beta', 'gamma']);
    expect(merged.within).toEqual([['alpha', 'beta']]);
  });

  test('said twice is one', () => {
    const merged = merge({ only: ['alpha'] }, { only: ['alpha'] });
    expect([merged.only, merged.within]).toEqual([['alpha'], undefined]);
  });
});

test('a request from before layers were kept said what is not the default', () => {
  expect(layersOf({ preferences: DEFAULT_PREFERENCES })).toEqual([]);
  expect(layersOf({ preferences: { ...DEFAULT_PREFERENCES, zdr: true } })).toEqual([
    { from: 'request', preferences: { zdr: true } },
  ]);
});
