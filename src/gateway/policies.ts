import type { ApiKey } from '../accounts/api-key.ts';
import type { Preset } from '../accounts/policy-store.ts';
import type { PreferenceLayer, RoutingPreferences } from '../generation/preferences.ts';
import type { GenerationRequest, PresetMark, RequestFeatures } from '../generation/request.ts';
import { layersOf, mergePreferences } from '../routing/merge-preferences.ts';

/** What was decided for requests before they came, from memory. */
export interface Policies {
  /** What the key and its workspace say of routing, nearest first; the same empty list where they say nothing. */
  layersOf(key: ApiKey): readonly PreferenceLayer[];
  findPreset(workspaceId: string, slug: string): ReadyPreset | undefined;
}

/** A preset with its provider preferences read. */
export interface ReadyPreset {
  readonly preset: Preset;
  readonly preferences: Partial<RoutingPreferences>;
}

/** The request with the preferences of all who have a say. Nobody but itself: the same request. */
export function withDefaults(request: GenerationRequest, key: ApiKey, policies: Policies): GenerationRequest {
  const farther = policies.layersOf(key);
  return farther.length === 0 ? request : { ...request, features: withLayers(request.features, farther) };
}

/** What stands farther from the request than what has spoken so far. */
export function withLayers(features: RequestFeatures, farther: readonly PreferenceLayer[]): RequestFeatures {
  if (farther.length === 0) return features;
  const layers = [...layersOf(features), ...farther];
  return { ...features, layers, preferences: mergePreferences(layers, features.models) };
}

/** The same for a request that a preset filled up. */
export function withPreset(request: GenerationRequest, mark: PresetMark, ready: ReadyPreset): GenerationRequest {
  const layer = { from: 'preset', version: mark.version, preferences: ready.preferences } as const;
  const isSilent = Object.keys(ready.preferences).length === 0;
  return { ...request, features: { ...withLayers(request.features, isSilent ? [] : [layer]), preset: mark } };
}
