import type { RouteCandidate } from '../../src/contract/generation-log.ts';
import type { Attempt } from './time-axis.ts';

/** What tests of this folder have in common: a try and a candidate, with the fields changed that a test speaks of. */
export function attemptOf(changes: Partial<Attempt> = {}): Attempt {
  return {
    endpoint: 'meta-llama/llama-4-scout|acme/fp8',
    provider: 'acme',
    provider_name: 'Acme',
    model: 'meta-llama/llama-4-scout',
    upstream_model: 'scout',
    status: 200,
    failure: null,
    failure_message: null,
    class: 'success',
    upstream_id: 'up-1',
    continuation: null,
    started_ms: 4,
    first_content_ms: 60,
    duration_ms: 100,
    ...changes,
  };
}

export function candidateOf(changes: Partial<RouteCandidate> = {}): RouteCandidate {
  return {
    endpoint: 'meta-llama/llama-4-scout|acme/fp8',
    provider: 'acme',
    provider_name: 'Acme',
    model: 'meta-llama/llama-4-scout',
    verdict: 'excluded',
    place: null,
    reason_code: 'not_connected',
    reason: 'has no provider key here',
    inputs: {
      prompt_per_million: '0.08',
      completion_per_million: '0.3',
      expected_cost: '0.0000908',
      first_content_p50_ms: null,
      tokens_per_second_p50: null,
      uptime: null,
      n: 0,
    },
    ...changes,
  };
}
