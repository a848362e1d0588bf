import { z } from 'zod';
import { figure, instant, usd } from './figure.ts';
import { contentState } from './stored-content.ts';

/** The caller's own generations: `GET /api/x/generations`, `/api/x/generations/:id` and the events of `/api/x/events`. */

const text = z.string().min(1).max(256).optional();
const amount = z
  .string()
  .regex(/^\d{1,7}(?:\.\d{1,12})?$/, 'must be a decimal amount in USD')
  .optional();

const httpStatus = z.coerce.number().int().min(100).max(599).optional();

export const generationLogQuery = z.object({
  /** A slug; without a slash, any part of one. */
  model: text,
  provider: text,
  session: text,
  /** App slug; `none` for requests that named none. */
  app: text,
  /** Key hash. */
  key: text,
  /** How it ended for the caller. */
  status: z.enum(['success', 'error', 'cancelled']).optional(),
  /** HTTP status that the caller saw, inclusive: 200 when it went well, 499 when the caller left. */
  http_min: httpStatus,
  http_max: httpStatus,
  outcome: z.enum(['settled', 'voided', 'estimated']).optional(),
  /** Finish reason, such as `stop` or `length`. */
  finish: text,
  cost_min: amount,
  cost_max: amount,
  /** ISO 8601, inclusive. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** ISO 8601, exclusive. */
  to: z.iso.datetime({ offset: true }).optional(),
  /** Finds ids that contain it. */
  q: z.string().min(1).max(100).optional(),
  demo: z.enum(['include', 'exclude', 'only']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `next_cursor` of the page before. */
  cursor: z.string().max(200).optional(),
});

/** One row of the log; also the data of a `generation` event. */
export const generationRow = z.strictObject({
  id: z.string(),
  created_at: instant,
  requested_model: z.string(),
  /** Null when none ran. */
  model: z.string().nullable(),
  provider: z.string().nullable(),
  provider_name: z.string().nullable(),
  endpoint: z.string().nullable(),
  app: z.strictObject({ slug: z.string(), title: z.string() }).nullable(),
  /** Key hash, for filters and links. */
  key: z.string(),
  /** The key's name now; null when it was deleted. */
  key_name: z.string().nullable(),
  external_user: z.string().nullable(),
  session: z.string().nullable(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost: usd,
  /** From the request to the first content, milliseconds. */
  first_content_ms: z.number().nullable(),
  /** From the call that answered to its end, milliseconds. */
  generation_ms: z.number().nullable(),
  tokens_per_second: z.number().nullable(),
  status: z.enum(['success', 'error', 'cancelled']),
  outcome: z.enum(['settled', 'voided', 'estimated']),
  finish_reason: z.string().nullable(),
  /** Kind of failure, such as `provider-rate-limited`; null when it went well. */
  failure: z.string().nullable(),
  /** Tries at providers. */
  attempts: z.int(),
  streamed: z.boolean(),
  is_demo: z.boolean(),
});
export type GenerationRow = z.infer<typeof generationRow>;

/** Newest first. */
export const generationLog = z.strictObject({
  data: z.array(generationRow),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
});
export type GenerationLog = z.infer<typeof generationLog>;

const tokenCounts = z.strictObject({
  prompt: z.int(),
  completion: z.int(),
  cached: z.int(),
  cache_write: z.int(),
  reasoning: z.int(),
  image: z.int(),
  audio_prompt: z.int(),
  audio_completion: z.int(),
});

/** What routing knew of an endpoint when it decided: its price then, and its health of the 5 minutes before. */
export const routeInputs = z.strictObject({
  /** US dollars per million tokens, at this prompt's length and time. */
  prompt_per_million: usd.nullable(),
  completion_per_million: usd.nullable(),
  /** Expected price of this request as routing weighed it. */
  expected_cost: usd.nullable(),
  first_content_p50_ms: z.number().nullable(),
  tokens_per_second_p50: z.number().nullable(),
  /** Percent; null below 100 requests. */
  uptime: z.number().nullable(),
  /** Requests of the last 5 minutes that these are from. */
  n: z.int(),
});
export type RouteInputsListing = z.infer<typeof routeInputs>;

export const routeCandidate = z.strictObject({
  endpoint: z.string(),
  provider: z.string(),
  provider_name: z.string().nullable(),
  model: z.string(),
  verdict: z.enum(['chosen', 'tried_and_failed', 'eligible', 'excluded']),
  /** Place in the plan from 1; null when excluded. */
  place: z.int().nullable(),
  /** A stable code when excluded, such as `max_price`. */
  reason_code: z.string().nullable(),
  /** In words: `is not in provider.only`, or `drawn by price with 64 %`. */
  reason: z.string(),
  inputs: routeInputs,
});
export type RouteCandidate = z.infer<typeof routeCandidate>;

export const attemptListing = z.strictObject({
  endpoint: z.string(),
  provider: z.string(),
  provider_name: z.string(),
  model: z.string(),
  upstream_model: z.string(),
  /** HTTP status; null when it never answered. */
  status: z.int().nullable(),
  failure: z.string().nullable(),
  /** Provider's or our words: text to be shown, never to be run. */
  failure_message: z.string().nullable(),
  /** As in `errorClasses`; `success`, or null when the caller left. */
  class: z.string().nullable(),
  upstream_id: z.string().nullable(),
  continuation: z.strictObject({ mode: z.string(), at_character: z.int() }).nullable(),
  /** On the generation's own axis, milliseconds from its start. */
  started_ms: z.number(),
  /** From the attempt's start. */
  first_content_ms: z.number().nullable(),
  duration_ms: z.number(),
});

export const chargeLine = z.strictObject({
  what: z.string(),
  units: z.int(),
  /** US dollars per unit. */
  unit_price: usd,
  total: usd,
  /** `reported` by the provider, `counted` by us, or `estimated` from the text's length. */
  provenance: z.enum(['reported', 'counted', 'estimated']),
});

export const generationDetail = z.strictObject({
  ...generationRow.shape,
  request_id: z.string(),
  upstream_id: z.string().nullable(),
  wire_format: z.string(),
  api_type: z.string(),
  native_finish_reason: z.string().nullable(),
  user_agent: z.string().nullable(),
  service_tier: z.string().nullable(),
  /** Provider's own counts, and those that the price was made from. They agree: no counts are converted. */
  tokens: z.strictObject({ native: tokenCounts, normalised: tokenCounts, provenance: z.string() }),
  charge: z.strictObject({
    lines: z.array(chargeLine),
    /** Price row that billed it; links to the price history. */
    price_id: z.string(),
    list: usd,
    charged: usd,
    /** Credit that was set aside before the request left. */
    held: usd,
    /** Saved by reading from the provider's cache, less what writing to it cost more. */
    cache_saving: usd,
    is_byok: z.boolean(),
  }),
  /**
   * What the gateway did before the first try, on the same axis as `attempts`: `read` (the body; before the start, so negative),
   * `plugins`, `plan`, `hold`. Empty for generations from before stages were timed.
   */
  stages: z.array(z.strictObject({ name: z.string(), start_ms: z.number(), duration_ms: z.number() })),
  /** Whether its request and answer are stored. */
  content: contentState,
  attempts: z.array(attemptListing),
  losses: z.array(z.record(z.string(), z.unknown())),
  plugins: z.array(z.record(z.string(), z.unknown())),
  /** Null when no plan was recorded. */
  route: z
    .strictObject({
      policy: z.string(),
      catalogue_version: z.string(),
      seed: z.int(),
      decided_at: instant,
      models: z.array(z.string()),
      prompt_tokens_estimate: z.int(),
      output_tokens_max: z.int().nullable(),
      parameters: z.array(z.string()),
      preferences: z.record(z.string(), z.unknown()),
      /** Who said something of them, nearest first: the request, its preset, key and workspace. */
      said_by: z.array(
        z.strictObject({
          from: z.enum(['request', 'preset', 'key', 'workspace']),
          version: z.int().nullable(),
          fields: z.array(z.string()),
        }),
      ),
      /** What filled the request up; null for none. */
      preset: z.strictObject({ slug: z.string(), version: z.int() }).nullable(),
      /** Every endpoint that was looked at: the plan in order, then those left out. */
      candidates: z.array(routeCandidate),
      /** One sentence: who was chosen, why, what failed before. */
      why: z.string(),
      /** The facts of that time are still kept, so that prices are those of that time. */
      has_facts: z.boolean(),
    })
    .nullable(),
  /** Each other eligible endpoint on the same token counts. */
  what_if: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      provider_name: z.string(),
      /** Exact at the prices of that time. */
      cost: usd,
      /** Against what this one cost at list price; negative is cheaper. */
      cost_difference: usd,
      /** p50 of that hour, or of that day where the hour has too few samples; milliseconds. */
      first_content_ms: figure,
      /** The same output at the p50 speed of that hour or day, milliseconds. */
      total_ms: figure,
    }),
  ),
});
export type GenerationDetail = z.infer<typeof generationDetail>;

/** Events of `GET /api/x/events?topics=generations,health`. Each has an `id:`; send it back as `Last-Event-ID` after a break. */
export const eventsQuery = z.object({ topics: z.string().max(100).default('generations,health') });

/** `event: health` */
export const healthEvent = z.strictObject({
  endpoint: z.string(),
  provider: z.string(),
  /** `open`: kept out for a while; `half`: degraded; `closed`: well; `off`: switched off by an operator; `refused`: key refused. */
  breaker: z.enum(['closed', 'half', 'open', 'refused', 'off']),
  at: instant,
});
export type HealthEvent = z.infer<typeof healthEvent>;

/** `event: missed`: so many events were lost since the id that was sent; read the log again. */
export const missedEvent = z.strictObject({ reason: z.enum(['too-old', 'restarted']) });
