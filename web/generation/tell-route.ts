import type { GenerationDetail, RouteCandidate } from '../../src/contract/generation-log.ts';
import { dollars, duration, percent } from '../text/numbers.ts';
import type { Attempt } from './time-axis.ts';

export const VERDICTS: Readonly<Record<RouteCandidate['verdict'], { readonly mark: string; readonly word: string }>> = {
  chosen: { mark: '●', word: 'chosen' },
  tried_and_failed: { mark: '✕', word: 'tried and failed' },
  eligible: { mark: '○', word: 'eligible, not needed' },
  excluded: { mark: '–', word: 'left out' },
};

/** `deepinfra/fp8`: an endpoint's own part of its id. */
export function tagOf(endpoint: string): string {
  return endpoint.slice(endpoint.lastIndexOf('|') + 1);
}

/** What happened in one try, in a sentence without its subject. */
export function tellAttempt(attempt: Attempt): string {
  const { first_content_ms: firstMs, duration_ms: durationMs, failure, status, continuation } = attempt;
  const parts: string[] = [];
  if (continuation) parts.push(`went on at character ${continuation.at_character}`);
  if (firstMs !== null) parts.push(`first content after ${duration(firstMs)}`);
  if (firstMs !== null && durationMs > firstMs) parts.push(`then ${duration(durationMs - firstMs)} of answer`);
  if (firstMs === null && failure === null) parts.push(`answered after ${duration(durationMs)}`);
  if (failure !== null) {
    const code = status === null || status < 400 ? '' : ` with status ${status}`;
    parts.push(`failed${code} after ${duration(durationMs)}: ${attempt.failure_message ?? failure}`);
  }
  return parts.join(', ');
}

/** What routing knew of a candidate when it decided. Figures that it did not have are left out. */
export function tellInputs({ inputs }: RouteCandidate): string {
  const { prompt_per_million: prompt, completion_per_million: completion, n } = inputs;
  const parts: string[] = [];
  if (prompt !== null && completion !== null) parts.push(`${dollars(prompt)} in, ${dollars(completion)} out per 1M`);
  if (inputs.expected_cost !== null) parts.push(`expected ${dollars(inputs.expected_cost)}`);
  if (inputs.first_content_p50_ms !== null) parts.push(`first content ${duration(inputs.first_content_p50_ms)}`);
  if (inputs.tokens_per_second_p50 !== null) parts.push(`${inputs.tokens_per_second_p50} tok/s`);
  if (inputs.uptime !== null) parts.push(`uptime ${percent(inputs.uptime / 100)}`);
  parts.push(`n = ${n}`);
  return parts.join(' · ');
}

const STAGE_WORDS: Readonly<Record<string, string>> = {
  read: 'read and checked the request',
  plugins: 'ran plugins',
  plan: 'planned the route',
  hold: 'set credit aside',
};

/** Everything in the order in which it happened, one sentence each: the twin of the picture. */
export function tellInOrder({ stages, attempts }: Pick<GenerationDetail, 'stages' | 'attempts'>): readonly string[] {
  const told = [
    ...stages.map(({ name, start_ms, duration_ms }) => ({
      atMs: start_ms,
      text: `the gateway ${STAGE_WORDS[name] ?? name}, which took ${duration(duration_ms)}`,
    })),
    ...attempts.map((attempt) => ({
      atMs: attempt.started_ms,
      text: `${attempt.provider_name} was called as ${tagOf(attempt.endpoint)}: ${tellAttempt(attempt)}`,
    })),
  ];
  return [...told].sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `At ${roundMs(atMs)} ms ${text}`);
}

function roundMs(ms: number): string {
  return ms.toFixed(Math.abs(ms) < 10 ? 1 : 0).replace(/\.0$/, '');
}

/** Those left out, by their reason, the most frequent first. */
export function groupExcluded(
  candidates: readonly RouteCandidate[],
): readonly { readonly reason: string; readonly candidates: readonly RouteCandidate[] }[] {
  const groups = new Map<string, RouteCandidate[]>();
  for (const candidate of candidates) {
    if (candidate.verdict !== 'excluded') continue;
    groups.set(candidate.reason, [...(groups.get(candidate.reason) ?? []), candidate]);
  }
  return [...groups]
    .map(([reason, members]) => ({ reason, candidates: members }))
    .sort((a, b) => b.candidates.length - a.candidates.length);
}
