import { z } from 'zod';
import { instant } from './figure.ts';

/** Presets: OpenRouter's `/api/v1/presets`, and ours to write them, `/api/x/presets`. */

export const presetSlug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'lower-case letters, digits, - and _, at most 64, a letter or digit first');

export const presetPath = z.object({ slug: presetSlug });

export const presetListQuery = z.object({
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const presetVersion = z.strictObject({
  id: z.string(),
  preset_id: z.string(),
  creator_id: z.string(),
  version: z.int(),
  system_prompt: z.string().nullable(),
  config: z.record(z.string(), z.unknown()),
  created_at: instant,
  updated_at: instant,
});
export type PresetVersionView = z.infer<typeof presetVersion>;

export const preset = z.strictObject({
  id: z.string(),
  creator_user_id: z.string().nullable(),
  workspace_id: z.string().nullable(),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  status: z.enum(['active', 'disabled', 'archived']),
  designated_version_id: z.string().nullable(),
  created_at: instant,
  updated_at: instant,
  status_updated_at: instant.nullable(),
});

export const presetWithVersion = preset.extend({ designated_version: presetVersion });
export const presetAnswer = z.strictObject({ data: presetWithVersion });
export const presetList = z.strictObject({ data: z.array(preset), total_count: z.int() });
export const presetVersionAnswer = z.strictObject({ data: presetVersion });
export const presetVersionList = z.strictObject({ data: z.array(presetVersion), total_count: z.int() });

/** `GET /api/x/presets`: all of them with the version that counts. */
export const presetOverview = z.strictObject({
  data: z.array(
    presetWithVersion.extend({
      /** How many versions there are; the newest has this number. */
      versions: z.int(),
    }),
  ),
});
export type PresetOverview = z.infer<typeof presetOverview>;
export type PresetView = PresetOverview['data'][number];

/** Body of `PUT /api/x/presets/:slug`: a new version, and the preset with it where there is none. */
export const presetDraft = z.strictObject({
  name: z.string().trim().min(1).max(100).optional(),
  description: z.string().max(500).optional(),
  system_prompt: z.string().max(100_000).nullish(),
  /** Fields of a request, as chat completions have them. */
  config: z.record(z.string(), z.unknown()),
  /** The newest version that was seen; 0 for a new preset. */
  version: z.int().min(0).max(1_000_000),
});
export type PresetDraftBody = z.input<typeof presetDraft>;

/** Body of `PATCH /api/x/presets/:slug`. */
export const presetChange = z
  .strictObject({
    name: z.string().trim().min(1).max(100).optional(),
    description: z.string().max(500).optional(),
    status: z.enum(['active', 'disabled', 'archived']).optional(),
    /** Number of the version that is to count. */
    designated_version: z.int().min(1).max(1_000_000).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, { message: 'say what to change' });
