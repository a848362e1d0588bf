import { z } from 'zod';

/** OpenRouter's `GET /activity` and `POST /analytics/query`. Amounts are USD. */

export const activityListQuery = z.object({
  date: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be YYYY-MM-DD')
    .optional(),
  api_key_hash: z.string().max(128).optional(),
  user_id: z.string().max(256).optional(),
  group_by: z.enum(['workspace']).optional(),
  workspace_id: z.string().max(128).optional(),
});

export interface ActivityItem {
  readonly date: string;
  readonly model: string;
  readonly model_permaslug: string;
  readonly endpoint_id: string;
  readonly provider_name: string;
  readonly usage: number;
  readonly byok_usage_inference: number;
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly reasoning_tokens: number;
  readonly workspace_id?: string;
}

const scalar = z.union([z.string().max(400), z.number()]);

export const analyticsQuery = z.object({
  metrics: z.array(z.string().max(64)).min(1).max(20),
  dimensions: z.array(z.string().max(64)).max(2).optional(),
  filters: z
    .array(
      z.object({
        field: z.string().max(64),
        operator: z.enum(['eq', 'neq', 'in', 'not_in', 'gt', 'gte', 'lt', 'lte']),
        value: z.union([scalar, z.array(scalar).max(200)]),
        include_unset: z.boolean().optional(),
      }),
    )
    .max(20)
    .optional(),
  granularity: z.enum(['minute', 'hour', 'day', 'week', 'month']).optional(),
  time_range: z.object({ start: z.iso.datetime({ offset: true }), end: z.iso.datetime({ offset: true }) }).optional(),
  order_by: z.object({ field: z.string().max(64), direction: z.enum(['asc', 'desc']) }).optional(),
  limit: z.int().min(1).max(10_000).optional(),
  group_limit: z.int().min(1).max(10_000).optional(),
  classifier_dimensions: z.unknown().optional(),
  classifier_filters: z.unknown().optional(),
});
export type AnalyticsQuery = z.infer<typeof analyticsQuery>;
