import { z } from 'zod';

/** Shapes of OpenRouter's `/key`, `/keys` and `/credits`. Amounts are USD. */

const NAME_MAX = 256;
const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(NAME_MAX)
  .regex(/^\P{Cc}*$/u, 'must not hold control characters');
const limitReset = z.enum(['daily', 'weekly', 'monthly']).nullable();
/** Its exact digits are read from the body's text; here only its kind is checked. */
const amount = z.number().nonnegative().nullable();

/** Unknown fields are dropped, so that nothing but these can be set. */
export const keyCreation = z.object({
  name,
  limit: amount.optional(),
  limit_reset: limitReset.optional(),
  include_byok_in_limit: z.boolean().optional(),
  expires_at: z.iso.datetime({ message: 'must be a UTC time such as 2027-12-31T23:59:59Z' }).nullable().optional(),
  creator_user_id: z.string().min(1).max(NAME_MAX).nullable().optional(),
  workspace_id: z.guid().optional(),
});

export const keyChange = z.object({
  name: name.optional(),
  disabled: z.boolean().optional(),
  limit: amount.optional(),
  limit_reset: limitReset.optional(),
  include_byok_in_limit: z.boolean().optional(),
});

export const keyListQuery = z.object({
  include_disabled: z
    .enum(['true', 'false', '1', '0'])
    .transform((value) => value === 'true' || value === '1')
    .optional(),
  offset: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .optional(),
  workspace_id: z.guid().optional(),
});

export interface KeySpending {
  readonly usage: number;
  readonly usage_daily: number;
  readonly usage_weekly: number;
  readonly usage_monthly: number;
  readonly byok_usage: number;
  readonly byok_usage_daily: number;
  readonly byok_usage_weekly: number;
  readonly byok_usage_monthly: number;
}

interface KeyLimits {
  readonly label: string;
  readonly limit: number | null;
  readonly limit_remaining: number | null;
  readonly limit_reset: string | null;
  readonly include_byok_in_limit: boolean;
  readonly creator_user_id: string | null;
  readonly expires_at: string | null;
}

export interface KeyListing extends KeySpending, KeyLimits {
  readonly hash: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly created_at: string;
  readonly updated_at: string | null;
  readonly workspace_id: string;
  readonly external_user: string | null;
}

export interface CurrentKey extends KeySpending, KeyLimits {
  readonly workspace_id: string | null;
  readonly organization_id: string | null;
  readonly allowed_data_regions: readonly string[];
  readonly free_model_daily_requests: { readonly limit: number; readonly remaining: number; readonly used: number };
  readonly is_free_tier: boolean;
  readonly is_management_key: boolean;
  readonly is_provisioning_key: boolean;
  readonly rate_limit: { readonly requests: number; readonly interval: string; readonly note: string };
}

export interface Credits {
  readonly total_credits: number;
  readonly total_usage: number;
}
