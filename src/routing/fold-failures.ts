import type { Json } from '../base/json.ts';
import { type Availability, Failure, type FailureKind, type FailurePolicy } from '../generation/failure.ts';
import { clampRetryAfter } from './retry-after.ts';

/** One failed try of a plan's step. */
export interface FailedAttempt {
  readonly failure: Failure;
  readonly providerName: string;
}

/**
 * What the caller is told when every attempt failed. All refused for capacity, all broken, or all without the model: one
 * answer that says so, with the shortest wait any of them asked for. Otherwise the last failure speaks for itself.
 */
export function foldFailures(attempts: readonly FailedAttempt[], requestedModels: readonly string[]): Failure {
  const last = attempts.at(-1);
  if (last === undefined) throw new RangeError('a plan without attempts has no failure to fold');
  const all = SHARED_FATES.find(({ isFate }) => attempts.every(({ failure }) => isFate(failure.policy)));
  const metadata = { ...last.failure.detail.metadata, previous_errors: attempts.map(describe) };
  if (all === undefined) {
    return new Failure(last.failure.kind, { providerName: last.providerName, ...last.failure.detail, metadata });
  }
  const retryAfterSeconds = all.retryable ? shortestWait(attempts) : undefined;
  const { providerCode, providerMessage } = last.failure.detail;
  return new Failure(all.kind, {
    message: attempts.length === 1 ? last.failure.message : `${all.message} ${last.failure.message}`,
    cause: last.failure,
    providerName: last.providerName,
    ...(providerCode !== undefined && { providerCode }),
    ...(providerMessage !== undefined && { providerMessage }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    metadata,
    availability: {
      code: all.code,
      retryable: all.retryable,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      requestedModels,
      affectedProviders: [...new Set(attempts.map(({ providerName }) => providerName))],
      excludedBy: [],
      fallbackModels: [],
    },
  });
}

/** Ends that all attempts can share, by HTTP status (reference/openrouter.md a.5). */
const SHARED_FATES: readonly {
  isFate(policy: FailurePolicy): boolean;
  readonly kind: FailureKind;
  readonly code: Availability['code'];
  readonly retryable: boolean;
  readonly message: string;
}[] = [
  {
    isFate: ({ status }) => status === 429,
    kind: 'provider-rate-limited',
    code: 'capacity_exhausted',
    retryable: true,
    message: 'Every endpoint is rate limited.',
  },
  {
    // A bug of ours is nobody's outage.
    isFate: ({ status, errorType }) => status >= 500 && errorType !== 'server',
    kind: 'provider-overloaded',
    code: 'temporarily_unavailable',
    retryable: true,
    message: 'Every endpoint failed.',
  },
  {
    isFate: ({ status }) => status === 404,
    kind: 'provider-model-missing',
    code: 'model_unavailable_upstream',
    retryable: false,
    message: 'No endpoint knows the model any more.',
  },
];

function describe({ failure, providerName }: FailedAttempt): { readonly [key: string]: Json } {
  const { status, errorType } = failure.policy;
  return { provider: providerName, code: failure.detail.providerCode ?? errorType, status };
}

function shortestWait(attempts: readonly FailedAttempt[]): number | undefined {
  const waits = attempts.flatMap(({ failure }) => clampRetryAfter(failure.detail.retryAfterSeconds) ?? []);
  return waits.length === 0 ? undefined : Math.min(...waits);
}
