import { z } from 'zod';
import { figure, instant, usd } from './figure.ts';
import { routeInputs } from './generation-log.ts';

/** Route preview, simulation and the operator's view of endpoints: `/api/x/route/explain`, `/api/x/simulate`, `/api/x/upstreams`. */

/** Provider preferences as in a request's `provider`; checked by the same reader as requests. */
const provider = z.record(z.string(), z.unknown());

/** Body of `POST /api/x/route/explain`. Spends nothing, calls nobody. */
export const routeQuestion = z.strictObject({
  model: z.string().min(1).max(256),
  /** Fallback models. */
  models: z.array(z.string().min(1).max(256)).max(16).optional(),
  prompt_tokens: z.int().min(0).max(20_000_000).default(1_000),
  max_output: z.int().min(1).max(10_000_000).optional(),
  /** Parameter names that the request would send. */
  parameters: z.array(z.string().max(64)).max(64).optional(),
  input_modalities: z
    .array(z.enum(['text', 'image', 'file', 'audio', 'video']))
    .max(5)
    .optional(),
  output_modalities: z
    .array(z.enum(['text', 'image', 'audio']))
    .max(3)
    .optional(),
  provider: provider.optional(),
  service_tier: z.string().max(32).optional(),
  /** Repeats a draw; chosen by chance unless given. */
  seed: z.int().min(0).max(2_147_483_647).optional(),
});

export const routePreview = z.strictObject({
  policy: z.string(),
  catalogue_version: z.string(),
  seed: z.int(),
  /** In the order in which they would be tried. */
  eligible: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      provider_name: z.string(),
      model: z.string(),
      place: z.int(),
      reason: z.string(),
      /** Of 200 draws, the share in which it came first: 0 to 1. One or none where nothing is drawn. */
      first_share: z.number(),
      inputs: routeInputs,
    }),
  ),
  excluded: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      provider_name: z.string(),
      model: z.string(),
      reason_code: z.string(),
      reason: z.string(),
    }),
  ),
  /** Why nothing is eligible; null when something is. */
  problem: z.string().nullable(),
});
export type RoutePreview = z.infer<typeof routePreview>;

/** Body of `POST /api/x/simulate`: what would have happened to the account's last generations with other preferences. */
export const simulationQuestion = z
  .strictObject({
    /** Merged over what each request asked for. */
    provider: provider.optional(),
    /** Or other defaults, in their place among what request, preset, key and workspace say. */
    defaults: z
      .strictObject({
        /** `workspace`, or the hash of a key, whose generations alone are then looked at. */
        scope: z.string().max(128).default('workspace'),
        provider,
      })
      .optional(),
    limit: z.int().min(1).max(1_000).default(1_000),
    /** Only generations that asked for this model. */
    model: z.string().max(256).optional(),
  })
  .refine((question) => (question.provider === undefined) !== (question.defaults === undefined), {
    message: 'say either provider or defaults',
  });

export const simulation = z.strictObject({
  /** Generations replayed. */
  n: z.int(),
  /** Generations left out, since the facts of their time are not kept or no plan was recorded. */
  left_out: z.int(),
  /** First choice is another provider. */
  changed: z.int(),
  unroutable: z.int(),
  /** List price on the same token counts of first choices, of those routable in both. */
  cost_before: usd,
  cost_after: usd,
  cost_difference: usd,
  /** Most frequent changes, at most 20. */
  moves: z.array(z.strictObject({ from: z.string(), to: z.string(), count: z.int(), cost_difference: usd })),
  /** Why requests become unroutable: code and how many. */
  reasons: z.array(z.strictObject({ reason_code: z.string(), count: z.int() })),
  /** Mean over first choices of how long the first content took there at that time, in ms; null where none was measured. */
  first_content: z.strictObject({ before_ms: z.number(), after_ms: z.number(), n: z.int() }).nullable(),
  /** The latest that move or get lost, at most 20; `to` is null when nothing could serve. */
  samples: z.array(
    z.strictObject({
      id: z.string(),
      model: z.string(),
      at: instant,
      from: z.string(),
      to: z.string().nullable(),
      reason_codes: z.array(z.string()),
    }),
  ),
  oldest: instant.nullable(),
});
export type Simulation = z.infer<typeof simulation>;

export const upstream = z.strictObject({
  endpoint: z.string(),
  provider: z.string(),
  provider_name: z.string(),
  model: z.string(),
  connected: z.boolean(),
  /** `open`: kept out or put last for a while; `half`: degraded; `refused`: its key was refused; `off`: by the kill switch. */
  breaker: z.enum(['closed', 'half', 'open', 'refused', 'off']),
  /** Until when it asked to be left alone. */
  gated_until: instant.nullable(),
  /** Last 5 minutes. */
  first_content_ms: figure,
  tokens_per_second: figure,
  /** Percent over the window; null below 10 requests. */
  uptime: z.strictObject({
    last_5m: z.number().nullable(),
    last_30m: z.number().nullable(),
    last_1d: z.number().nullable(),
  }),
  /** Calls under way from this process. */
  in_flight: z.int(),
  /** When the kill switch was used; null when it is on. */
  switched_off: z.strictObject({ at: instant, by: z.string(), note: z.string() }).nullable(),
});
export type Upstream = z.infer<typeof upstream>;

/** `GET /api/x/upstreams`: endpoints that are connected, or were called, or are switched off. */
export const upstreams = z.strictObject({
  data: z.array(upstream),
  /** Providers switched off as a whole, by id. */
  providers_off: z.array(z.strictObject({ provider: z.string(), at: instant, by: z.string(), note: z.string() })),
});
export type Upstreams = z.infer<typeof upstreams>;

/** Body of `POST /api/x/upstreams/:id/disable`; `:id` is an endpoint's or a provider's, percent-encoded. */
export const switchNote = z.strictObject({ note: z.string().max(200).optional() });
