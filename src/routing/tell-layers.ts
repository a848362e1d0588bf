import type { PreferenceLayer } from '../generation/preferences.ts';
import type { RequestFeatures } from '../generation/request.ts';

/** Names of preferences as requests and pages write them. */
const NAMES: Readonly<Partial<Record<keyof PreferenceLayer['preferences'], string>>> = {
  allowFallbacks: 'allow_fallbacks',
  requireParameters: 'require_parameters',
  dataCollection: 'data_collection',
  enforceDistillableText: 'enforce_distillable_text',
  maxPricePico: 'max_price',
  minThroughput: 'preferred_min_throughput',
  maxLatencySeconds: 'preferred_max_latency',
  allowContinuation: 'allow_continuation',
};

export function fieldsOf({ preferences }: PreferenceLayer): readonly string[] {
  return Object.keys(preferences).map((name) => NAMES[name as keyof typeof NAMES] ?? name);
}

/** Who beside the request had a say, such as `workspace, version 3 (sort, only)`. */
export function tellLayers({ layers = [], preset }: RequestFeatures): readonly string[] {
  return layers
    .filter(({ from }) => from !== 'request')
    .map((layer) => {
      const who = layer.from === 'preset' && preset ? `preset ${preset.slug}` : layer.from;
      return `${who}, version ${layer.version} (${fieldsOf(layer).join(', ')})`;
    });
}
