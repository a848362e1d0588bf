import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import { ROUTING_VARIANTS } from '../catalog/catalog.ts';
import type { RoutingPreferences } from '../generation/preferences.ts';
import { REJECTION_WORDS } from './rejection-words.ts';
import type { RejectionCode, RouteDecision } from './route-plan.ts';

/** A decision as plain JSON, for the API and the command line: the only bigints, the `maxPricePico`, become strings. */
export function decisionToJson(decision: RouteDecision): JsonObject {
  return JSON.parse(JSON.stringify(decision, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));
}

/** Throws a `ZodError` on anything that `decisionToJson` doesn't write. */
export function decisionFromJson(json: unknown): RouteDecision {
  return decisionSchema.parse(json);
}

const REJECTION_CODES = Object.keys(REJECTION_WORDS) as [RejectionCode, ...RejectionCode[]];
const texts = z.array(z.string());
const optionalTexts = texts.exactOptional();
const pico = z
  .string()
  .regex(/^\d{1,30}$/)
  .transform(BigInt)
  .exactOptional();
const share = z.number().exactOptional();
const cutoffs = z.object({ p50: share, p75: share, p90: share, p99: share }).exactOptional();
const percentiles = z.object({ p50: z.number(), p75: z.number(), p90: z.number(), p99: z.number() }).exactOptional();

const TIERS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

const preferencesSchema = z.object({
  order: optionalTexts,
  only: optionalTexts,
  within: z.array(texts).exactOptional(),
  ignore: optionalTexts,
  allowFallbacks: z.boolean(),
  requireParameters: z.boolean(),
  dataCollection: z.enum(['allow', 'deny']),
  zdr: z.boolean(),
  enforceDistillableText: z.boolean(),
  quantizations: z
    .array(
      z.enum([
        ...(['int4', 'int8', 'fp4', 'mxfp4', 'nvfp4', 'fp6', 'fp8', 'mxfp8'] as const),
        ...(['fp16', 'bf16', 'fp32', 'unknown'] as const),
      ]),
    )
    .exactOptional(),
  sort: z
    .object({ by: z.enum(['price', 'throughput', 'latency', 'exacto']), partition: z.enum(['model', 'none']) })
    .exactOptional(),
  maxPricePico: z.object({ prompt: pico, completion: pico, request: pico, image: pico, audio: pico }).exactOptional(),
  minThroughput: cutoffs,
  maxLatencySeconds: cutoffs,
  allowContinuation: z.boolean(),
});

const layerSchema = z.object({
  from: z.enum(['request', 'preset', 'key', 'workspace']),
  version: z.number().exactOptional(),
  // What JSON lacks is absent, never undefined: the type of `partial` cannot say so.
  preferences: preferencesSchema.partial() as unknown as z.ZodType<Partial<RoutingPreferences>>,
});

const featuresSchema = z.object({
  models: texts,
  preferences: preferencesSchema,
  layers: z.array(layerSchema).exactOptional(),
  preset: z.object({ id: z.string(), slug: z.string(), version: z.number() }).exactOptional(),
  parameters: texts,
  inputModalities: z.array(z.enum(['text', 'image', 'file', 'audio', 'video'])),
  outputModalities: texts,
  hasTools: z.boolean(),
  promptTokensEstimate: z.number(),
  promptTokensMax: z.number(),
  outputTokensMax: z.number().exactOptional(),
  serviceTier: z.string().exactOptional(),
  sessionId: z.string().exactOptional(),
  isStrict: z.boolean().exactOptional(),
  stream: z.boolean(),
  isDemo: z.boolean().exactOptional(),
  task: z.enum(['embeddings', 'rerank']).exactOptional(),
  adapts: z
    .object({
      modalities: z.array(z.enum(['text', 'image', 'file', 'audio', 'video'])).exactOptional(),
      contextShare: z.number().exactOptional(),
    })
    .exactOptional(),
  auto: z
    .object({
      slugs: texts,
      allowed: optionalTexts,
      excluded: optionalTexts,
      costTier: z.enum(TIERS).exactOptional(),
      costCeiling: z.number().exactOptional(),
      pinned: z.string().exactOptional(),
    })
    .exactOptional(),
});

const healthSchema = z.object({
  uptime: share,
  recentOutage: z.boolean(),
  gatedUntilMs: z.number().exactOptional(),
  vetoed: z.boolean(),
  latencyMs: percentiles,
  throughput: percentiles,
  samples: z.number(),
});

const engineSchema = z.object({
  running: z.number(),
  waiting: z.number(),
  parallel: z.number(),
  backlogTokens: z.number(),
  kvUse: share,
  cached: z.number(),
  hasSession: z.boolean(),
  isCold: z.boolean(),
  isUnread: z.literal(true).exactOptional(),
});

const decisionSchema: z.ZodType<RouteDecision> = z.object({
  policy: z.string(),
  catalogVersion: z.string(),
  seed: z.number(),
  nowMs: z.number(),
  features: featuresSchema,
  models: z.array(
    z.object({
      modelId: z.string(),
      isBundled: z.boolean(),
      isDistillable: z.boolean(),
      variants: z.array(z.enum(ROUTING_VARIANTS)),
      factsKey: z.string(),
    }),
  ),
  auto: z
    .object({
      method: z.string(),
      tier: z.enum(TIERS),
      seed: z.number(),
      chosen: texts,
      eligible: z.number(),
      candidates: z.array(
        z.object({
          modelId: z.string(),
          percentile: z.number(),
          cost: z.number(),
          releasedDay: z.number(),
          isUnwell: z.boolean(),
        }),
      ),
    })
    .exactOptional(),
  connected: texts,
  off: texts.exactOptional(),
  health: z.record(z.string(), healthSchema),
  engines: z.record(z.string(), engineSchema).exactOptional(),
  steps: z.array(z.object({ endpointId: z.string(), reason: z.string() })),
  rejected: z.array(z.object({ endpointId: z.string(), reason: z.enum(REJECTION_CODES) })),
});
