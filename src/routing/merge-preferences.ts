import { parseSlug } from '../catalog/parse-slug.ts';
import { DEFAULT_PREFERENCES, type PreferenceLayer, type RoutingPreferences } from '../generation/preferences.ts';

type Said = Partial<RoutingPreferences>;

/**
 * One set of preferences from what request, preset, key and workspace say, nearest first.
 *
 * A wish is the nearest one's alone: `allow_fallbacks`, `require_parameters`, `quantizations`, `max_price`, the `preferred_`
 * cut-offs, `allow_continuation`. So is who goes first: `order` and `sort` are one wish, and a model's `:nitro`, `:floor` or
 * `:exacto` is the request's own. A bound only ever narrows: `only` lists must all name a provider, `ignore` lists add up,
 * and `data_collection: deny`, `zdr` and `enforce_distillable_text` hold as soon as one says so.
 */
export function mergePreferences(layers: readonly PreferenceLayer[], models: readonly string[]): RoutingPreferences {
  const said = layers.map(({ preferences }) => preferences);
  const [only, ...within] = distinctLists(said.flatMap((layer) => (layer.only?.length ? [layer.only] : [])));
  const ignore = [...new Set(said.flatMap((layer) => layer.ignore ?? []))];
  return {
    ...DEFAULT_PREFERENCES,
    ...firstOf(said, WISHES),
    ...whoGoesFirst(layers, models),
    ...(only && { only }),
    ...(within.length > 0 && { within }),
    ...(ignore.length > 0 && { ignore }),
    dataCollection: said.some((layer) => layer.dataCollection === 'deny') ? 'deny' : 'allow',
    zdr: said.some((layer) => layer.zdr === true),
    enforceDistillableText: said.some((layer) => layer.enforceDistillableText === true),
  };
}

const WISHES = [
  'allowFallbacks',
  'requireParameters',
  'quantizations',
  'maxPricePico',
  'minThroughput',
  'maxLatencySeconds',
  'allowContinuation',
] as const satisfies readonly (keyof RoutingPreferences)[];

function firstOf(said: readonly Said[], names: readonly (keyof RoutingPreferences)[]): Said {
  const found = names.flatMap((name) => {
    const layer = said.find((one) => one[name] !== undefined);
    return layer ? [[name, layer[name]] as const] : [];
  });
  return Object.fromEntries(found) as Said;
}

function whoGoesFirst(layers: readonly PreferenceLayer[], models: readonly string[]): Said {
  const asked = sortsByName(models[0]) ? layers.filter(({ from }) => from === 'request') : layers;
  const { order, sort } =
    asked.find(({ preferences }) => preferences.order !== undefined || preferences.sort !== undefined)?.preferences ??
    {};
  return { ...(order && { order }), ...(sort && { sort }) };
}

function sortsByName(slug: string | undefined): boolean {
  if (slug?.includes(':') !== true) return false;
  return parseSlug(slug)?.variants.some((variant) => variant !== 'online') === true;
}

function distinctLists(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const seen = new Set<string>();
  return lists.filter((list) => {
    const name = JSON.stringify(list);
    return !seen.has(name) && seen.add(name);
  });
}

/** What a request itself must have said, of one that was recorded before that was kept. What equals the default says nothing. */
export function layersOf(features: {
  readonly preferences: RoutingPreferences;
  readonly layers?: readonly PreferenceLayer[];
}): readonly PreferenceLayer[] {
  if (features.layers) return features.layers;
  const said = Object.entries(features.preferences).filter(
    ([name, value]) => value !== DEFAULT_PREFERENCES[name as keyof RoutingPreferences],
  );
  return said.length > 0 ? [{ from: 'request', preferences: Object.fromEntries(said) as Said }] : [];
}
