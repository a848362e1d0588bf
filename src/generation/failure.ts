import type { Json } from '../base/json.ts';

/** OpenRouter's stable machine codes (reference/openrouter.md a.5). */
export type ErrorType =
  | 'context_length_exceeded'
  | 'max_tokens_exceeded'
  | 'invalid_request'
  | 'image_download_failed'
  | 'content_policy_violation'
  | 'authentication'
  | 'payment_required'
  | 'permission_denied'
  | 'not_found'
  | 'payload_too_large'
  | 'unprocessable'
  | 'rate_limit_exceeded'
  | 'server'
  | 'provider_unavailable'
  | 'provider_overloaded'
  | 'timeout'
  | 'precondition_failed'
  | 'unmapped';

export interface FailurePolicy {
  /** HTTP status and `error.code`. */
  readonly status: number;
  readonly errorType: ErrorType;
  /**
   * What may still serve the caller: `endpoint`, the plan's next step; `once`, one other endpoint of this model and then the
   * next model (a refusal that may be one provider's peculiarity); `model`, only another model; `none`, nothing.
   */
  readonly fallback: 'endpoint' | 'once' | 'model' | 'none';
  /** `down` lowers the endpoint's uptime; `gate` only keeps requests away for a while; `veto` until someone mends it. */
  readonly health: 'none' | 'down' | 'gate' | 'veto';
  /** May the caller succeed by sending the same request again? */
  readonly retryable: boolean;
}

const caller = (status: number, errorType: ErrorType, retryable = false): FailurePolicy => ({
  status,
  errorType,
  fallback: 'none',
  health: 'none',
  retryable,
});
const provider = (
  status: number,
  errorType: ErrorType,
  health: FailurePolicy['health'] = 'down',
  fallback: FailurePolicy['fallback'] = 'endpoint',
): FailurePolicy => ({ status, errorType, fallback, health, retryable: fallback === 'endpoint' });

/** The one table that says what a failure means. Nobody branches on a kind; they read its row. */
export const FAILURES = {
  'invalid-request': caller(400, 'invalid_request'),
  'invalid-json': caller(400, 'invalid_request'),
  'unknown-model': caller(400, 'invalid_request'),
  'wrong-endpoint': caller(400, 'invalid_request'),
  'context-too-long': caller(400, 'context_length_exceeded'),
  'media-unavailable': caller(400, 'image_download_failed'),
  unauthenticated: caller(401, 'authentication'),
  'payment-required': caller(402, 'payment_required'),
  'permission-denied': caller(403, 'permission_denied'),
  'no-endpoint': caller(404, 'not_found'),
  'not-found': caller(404, 'not_found'),
  'method-not-allowed': caller(405, 'invalid_request'),
  'request-timeout': caller(408, 'timeout', true),
  conflict: caller(409, 'precondition_failed'),
  gone: caller(410, 'not_found'),
  'payload-too-large': caller(413, 'payload_too_large'),
  'unsupported-media-type': caller(415, 'invalid_request'),
  unprocessable: caller(422, 'unprocessable'),
  'rate-limited': caller(429, 'rate_limit_exceeded', true),
  'caller-left': caller(499, 'invalid_request'),
  internal: caller(500, 'server', true),
  'shutting-down': caller(503, 'provider_overloaded', true),
  'plugin-failed': caller(502, 'provider_unavailable', true),
  'plugin-timeout': caller(504, 'timeout', true),
  'storage-away': caller(503, 'provider_overloaded', true),

  'provider-unreachable': provider(502, 'provider_unavailable'),
  'provider-error': provider(502, 'provider_unavailable'),
  'provider-garbled': provider(502, 'provider_unavailable'),
  'provider-cut-off': provider(502, 'provider_unavailable'),
  'provider-empty': provider(502, 'provider_unavailable'),
  'provider-connect-timeout': provider(504, 'timeout'),
  'provider-first-content-timeout': provider(504, 'timeout'),
  'provider-silent': provider(504, 'timeout'),
  'provider-too-slow': provider(504, 'timeout'),
  'provider-total-timeout': provider(504, 'timeout', 'none'),
  'provider-overloaded': provider(503, 'provider_overloaded'),
  // An engine of our own that is not awake yet: nothing is wrong with it.
  'provider-loading': provider(503, 'provider_overloaded', 'none'),
  'provider-rate-limited': provider(429, 'rate_limit_exceeded', 'gate'),
  'provider-unauthorised': provider(502, 'provider_unavailable', 'veto'),
  'provider-unpaid': provider(502, 'provider_unavailable', 'veto'),
  'provider-model-missing': provider(404, 'not_found', 'down'),
  'provider-context-too-long': provider(400, 'context_length_exceeded', 'none'),
  'provider-payload-too-large': provider(413, 'payload_too_large', 'none'),
  'provider-rejected': provider(400, 'invalid_request', 'none', 'once'),
  'provider-unprocessable': provider(422, 'unprocessable', 'none', 'once'),
  // Nothing is wrong with it: it speaks another format, and a strict caller wants nothing lost on the way.
  'provider-lossy': provider(422, 'unprocessable', 'none'),
  'provider-forbidden': provider(403, 'permission_denied', 'none'),
  'provider-moderated': provider(403, 'content_policy_violation', 'none', 'model'),
} as const satisfies Record<string, FailurePolicy>;

export type FailureKind = keyof typeof FAILURES;

/** Why no endpoint could serve (reference/openrouter.md a.5, `error.availability`). */
export interface Availability {
  readonly code:
    | 'model_not_found'
    | 'wrong_endpoint'
    | 'no_endpoints'
    | 'model_deprecated'
    | 'model_unavailable_upstream'
    | 'capacity_exhausted'
    | 'temporarily_unavailable'
    | 'region_restricted'
    | 'privacy_restricted'
    | 'constraint_filtered'
    | 'free_variant_ended';
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number;
  readonly requestedModels: readonly string[];
  readonly affectedProviders: readonly string[];
  /** Filters that emptied the list, such as `max_price` or `data_policy:zdr`. */
  readonly excludedBy: readonly string[];
  readonly fallbackModels: readonly string[];
  readonly constraint?: { readonly field: string; readonly detail: string };
}

export interface FailureDetail {
  /** For the caller: no secrets, no internal addresses. */
  readonly message: string;
  /** For us only: goes to the log. */
  readonly cause?: unknown;
  /** A number from the provider or our own limit; printed as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** The provider's own error code, such as `rate_limit_exceeded`. */
  readonly providerCode?: string;
  readonly providerName?: string;
  /** The provider's own words, redacted and at most 2,000 characters. */
  readonly providerMessage?: string;
  readonly availability?: Availability;
  readonly metadata?: Readonly<Record<string, Json>>;
}

/** Every failure a caller can see is thrown as one of these; anything else is a bug and becomes `internal`. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly detail: FailureDetail;

  constructor(kind: FailureKind, detail: FailureDetail) {
    super(detail.message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.detail = detail;
  }

  get policy(): FailurePolicy {
    return FAILURES[this.kind];
  }
}

/** Anything thrown, as a `Failure`. A stranger is a bug of ours: masked for the caller, kept as the cause for the log. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure('internal', { message: 'Internal error', cause: thrown });
}
