import type { JsonObject } from '../base/json.ts';

/** Whose defaults: every key's of a workspace, or one key's. */
export type PolicyScope =
  | { readonly kind: 'workspace'; readonly id: string }
  | { readonly kind: 'key'; readonly id: string };

/** What a workspace or a key says of routing where requests say nothing, in the words of a request's `provider`. */
export interface RoutingDefault {
  readonly scope: PolicyScope;
  /** 1, 2, 3, … The newest counts; earlier ones stay for those who look back. */
  readonly version: number;
  readonly provider: JsonObject;
  /** Who saved it, by name. */
  readonly by: string;
  readonly atMs: number;
}

export type PresetStatus = 'active' | 'disabled' | 'archived';

/** Settings for requests under a name of their own. */
export interface Preset {
  /** A UUID. */
  readonly id: string;
  readonly workspaceId: string;
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
  readonly status: PresetStatus;
  readonly statusAtMs?: number;
  readonly creator: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Versions there are: the newest has this number. */
  readonly versions: number;
  /** The version that counts. */
  readonly designated: PresetVersion;
}

export interface PresetVersion {
  readonly id: string;
  readonly presetId: string;
  readonly version: number;
  readonly systemPrompt?: string;
  /** Fields of a request, by OpenRouter's chat names. */
  readonly config: JsonObject;
  readonly creator: string;
  readonly createdAtMs: number;
}

/** A new version, and what is said of the preset beside it: absent facts stay, or begin as the slug and nothing. */
export interface PresetDraft {
  readonly workspaceId: string;
  readonly slug: string;
  readonly name?: string;
  readonly description?: string;
  readonly systemPrompt?: string;
  readonly config: JsonObject;
  readonly creator: string;
  /** Ids for a preset that is new, and for the version. */
  readonly presetId: string;
  readonly versionId: string;
  /** The newest version that its author saw; 0 for a new preset. Absent: whatever there is. */
  readonly base?: number;
  readonly nowMs: number;
}

export interface PresetChange {
  readonly name?: string;
  readonly description?: string;
  readonly status?: PresetStatus;
  /** The version that is to count. */
  readonly designated?: number;
}

export interface PolicyStore {
  /** The newest of each scope. */
  routingDefaults(): Promise<readonly RoutingDefault[]>;
  /** Newest first. */
  routingDefaultVersions(scope: PolicyScope, limit: number): Promise<readonly RoutingDefault[]>;
  /** `base` is the version that its author saw, 0 for none; `changed` when it is not the newest. */
  saveRoutingDefault(draft: Omit<RoutingDefault, 'version'>, base: number): Promise<RoutingDefault | 'changed'>;
  /** Last changed first. */
  presets(): Promise<readonly Preset[]>;
  /** Oldest first. */
  presetVersions(presetId: string, page: { offset: number; limit: number }): Promise<readonly PresetVersion[]>;
  findPresetVersion(presetId: string, version: number): Promise<PresetVersion | undefined>;
  /** The new version counts from now on. */
  savePreset(draft: PresetDraft): Promise<'saved' | 'changed'>;
  /** False when there is no such preset or version. */
  changePreset(presetId: string, change: PresetChange, nowMs: number): Promise<boolean>;
  deletePreset(presetId: string): Promise<boolean>;
}
