import type { KeyUsage } from '../accounts/account-store.ts';
import type { ApiKey } from '../accounts/api-key.ts';
import { usdNumber } from '../base/money.ts';
import type { CurrentKey, KeyListing } from '../contract/api-key.ts';
import { printSpending, remainingPico } from './read-spending.ts';

/** A key as the management API lists it: the secret itself is never known again. */
export function printKey(key: ApiKey, usage: KeyUsage): KeyListing {
  return {
    hash: key.hash,
    name: key.name,
    disabled: key.disabled,
    ...printLimits(key, usage),
    ...printSpending(usage),
    created_at: instantOf(key.createdAtMs),
    updated_at: isoTimeOrNull(key.updatedAtMs),
    workspace_id: key.workspaceId,
    external_user: null,
  };
}

/** The calling key about itself. */
export function printCurrentKey(key: ApiKey, usage: KeyUsage, isFreeTier: boolean): CurrentKey {
  return {
    ...printLimits(key, usage),
    ...printSpending(usage),
    workspace_id: key.workspaceId,
    organization_id: null,
    allowed_data_regions: ['global'],
    // Free models have no daily limit here; -1 says so, as in `rate_limit`.
    free_model_daily_requests: { limit: -1, remaining: -1, used: 0 },
    is_free_tier: isFreeTier,
    is_management_key: key.isManagement,
    is_provisioning_key: key.isManagement,
    rate_limit: { requests: -1, interval: '10s', note: 'Deprecated: there is no fixed limit on requests.' },
  };
}

function printLimits(key: ApiKey, usage: KeyUsage) {
  const remaining = remainingPico(key, usage);
  return {
    label: key.label,
    limit: key.limitPico === undefined ? null : usdNumber(key.limitPico),
    limit_remaining: remaining === undefined ? null : usdNumber(remaining),
    limit_reset: key.limitReset ?? null,
    include_byok_in_limit: key.includeByokInLimit,
    creator_user_id: key.creatorUserId ?? null,
    expires_at: isoTimeOrNull(key.expiresAtMs),
  };
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

function isoTimeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : instantOf(ms);
}
