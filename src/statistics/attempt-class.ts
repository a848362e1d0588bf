import type { Attempt, GenerationRecord } from '../billing/generation-record.ts';
import { FAILURES } from '../generation/failure.ts';

/** How a try at a provider ended, for people. `none`: nothing that says anything of the provider, such as a caller who left. */
export type AttemptClass =
  | 'success'
  | 'rate-limited'
  | 'server'
  | 'timeout'
  | 'cut'
  | 'content-filter'
  | 'bad-request'
  | 'configuration'
  | 'none';

/** Read from the failure's row in the table: a new kind of failure needs no line here. */
export function classOfAttempt({ failure, firstContentMs }: Pick<Attempt, 'failure' | 'firstContentMs'>): AttemptClass {
  if (failure === undefined) return 'success';
  const { status, errorType, health } = FAILURES[failure];
  if (status === 429) return 'rate-limited';
  if (errorType === 'timeout') return 'timeout';
  if (health === 'veto' || errorType === 'not_found') return 'configuration';
  if (errorType === 'content_policy_violation' || errorType === 'permission_denied') return 'content-filter';
  if (status === 499) return 'none';
  if (status < 500) return 'bad-request';
  // A bug of ours, or an engine that is still waking up.
  if (health === 'none') return 'none';
  return firstContentMs === undefined ? 'server' : 'cut';
}

/** Whether it lowers the provider's uptime: what lowers an endpoint's health does. */
export function isDown({ failure }: Pick<Attempt, 'failure'>): boolean {
  if (failure === undefined) return false;
  const { health } = FAILURES[failure];
  return health === 'down' || health === 'veto';
}

/** How a generation ended for its caller, after all fallbacks. */
export type OutcomeClass = 'success' | 'error' | 'rate-limited' | 'caller-error' | 'cancelled';

export function classOfOutcome({ failure, cancelled }: Pick<GenerationRecord, 'failure' | 'cancelled'>): OutcomeClass {
  if (cancelled) return 'cancelled';
  if (failure === undefined) return 'success';
  const { status } = FAILURES[failure];
  if (status === 429) return 'rate-limited';
  return status >= 500 ? 'error' : 'caller-error';
}

/** For the log's filter. */
export function statusOfRecord(
  record: Pick<GenerationRecord, 'failure' | 'cancelled'>,
): 'success' | 'error' | 'cancelled' {
  if (record.cancelled) return 'cancelled';
  return record.failure === undefined ? 'success' : 'error';
}
