import { z } from 'zod';

/** Shapes of `/api/x/presets`, `/api/x/routing-defaults` and OpenRouter's `/api/v1/presets`. */

export const presetSlug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes');

/** Fields of a chat request by OpenRouter's names; a request's own fields win over them. */
export const presetConfig = z.record(z.string().max(64), z.unknown());
export type PresetConfig = z.infer<typeof presetConfig>;

const words = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'must not hold control characters');

/** Makes the preset when there is none; always makes a version, which is the one in use from then on. */
export const presetVersionCreation = z.object({
  name: words(100).optional(),
  description: words(1_000).nullable().optional(),
  system_prompt: z.string().max(32_768).nullable().optional(),
  config: presetConfig.default({}),
});
export type PresetVersionCreation = z.infer<typeof presetVersionCreation>;

/** Roll back: the version in use, or whether the preset may be used at all. */
export const presetChange = z.object({
  version: z.number().int().min(1).optional(),
  status: z.enum(['active', 'disabled', 'archived']).optional(),
});
export type PresetChange = z.infer<typeof presetChange>;

export interface PresetVersionListing {
  readonly version: number;
  readonly id: string;
  readonly system_prompt: string | null;
  readonly config: PresetConfig;
  readonly created_at: string;
  readonly creator_user_id: string | null;
}

export interface PresetListing {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  readonly status: 'active' | 'disabled' | 'archived';
  /** The version in use. */
  readonly version: number;
  readonly versions: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** `GET /api/x/presets/:slug`: newest version first. */
export interface PresetDetail extends PresetListing {
  readonly history: readonly PresetVersionListing[];
}

/** The `provider` object of all requests of the account that say nothing else. Versioned like a preset. */
export const routingDefaultsChange = z.object({
  provider: z.record(z.string().max(64), z.unknown()),
  /** The version it was made from: a change by somebody else in between is a conflict. */
  version: z.number().int().min(0),
});
export type RoutingDefaultsChange = z.infer<typeof routingDefaultsChange>;

export interface RoutingDefaults {
  /** 0: never set. */
  readonly version: number;
  readonly provider: Readonly<Record<string, unknown>>;
  readonly updated_at: string | null;
}

/** `GET /api/x/presets` */
export interface Presets {
  readonly presets: readonly PresetListing[];
}
