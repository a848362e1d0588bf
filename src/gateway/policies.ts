import type { ApiKey } from '../accounts/api-key.ts';
import type { Preset } from '../accounts/policy-store.ts';
import type { PreferenceLayer, RoutingPreferences } from '../generation/preferences.ts';
import type { GenerationRequest, PresetMark } from '../generation/request.ts';
import { mergePreferences } from '../routing/merge-preferences.ts';

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
  if (farther.length === 0) return request;
  const { features } = request;
  return { ...request, features: { ...features, ...mergedWith(features, farther) } };
}

/** The same for a request that a preset filled up. */
export function withPreset(request: GenerationRequest, mark: PresetMark, ready: ReadyPreset): GenerationRequest {
  const { features } = request;
  const layer = { from: 'preset', version: mark.version, preferences: ready.preferences } as const;
  const isSilent = Object.keys(ready.preferences).length === 0;
  return {
    ...request,
    features: { ...features, preset: mark, ...(!isSilent && mergedWith(features, [layer])) },
  };
}

function mergedWith(
  { layers = [], models }: GenerationRequest['features'],
  farther: readonly PreferenceLayer[],
): Pick<GenerationRequest['features'], 'layers' | 'preferences'> {
  const all = [...layers, ...farther];
  return { layers: all, preferences: mergePreferences(all, models) };
}
