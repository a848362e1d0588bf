/** What is asked of every candidate. */
import type { BodySize } from './requests.ts';

export interface Scenario {
  readonly id: string;
  readonly about: string;
  readonly size: BodySize;
  readonly stream: boolean;
  /** `closed`: every caller asks again at once, for CPU. `rate`: fixed times, for latency. */
  readonly mode: 'closed' | 'rate';
  readonly words: readonly number[];
  /** Between two events of a stream. */
  readonly intervalUs: number;
}

const MAX_MS = 1_000;
const RATE_SECONDS = 2;

function closed(
  id: string,
  about: string,
  size: BodySize,
  stream: boolean,
  callers: number,
  requests: number,
  us = 0,
): Scenario {
  return { id, about, size, stream, mode: 'closed', words: [callers, requests, MAX_MS], intervalUs: us };
}

function rate(id: string, about: string, size: BodySize, stream: boolean, perSecond: number): Scenario {
  return { id, about, size, stream, mode: 'rate', words: [perSecond, RATE_SECONDS], intervalUs: 0 };
}

export const EVENTS_PER_STREAM = 64;

export const scenarios: readonly Scenario[] = [
  closed('json2k', '2 KB in, 1.1 KB of JSON out, 32 callers', '2k', false, 32, 10_000),
  closed('json200k', '200 KB chat history in, JSON out, 8 callers', '200k', false, 8, 1_500),
  closed('sse2k', '2 KB in, 64 events back to back out, 32 callers', '2k', true, 32, 4_000),
  closed('sse200k', '200 KB in, 64 events out, 8 callers', '200k', true, 8, 1_000),
  closed('paced', '2 KB in, 64 events 5 ms apart out, 48 callers', '2k', true, 48, 192, 5_000),
  rate('rate2k', 'JSON, 250 requests a second', '2k', false, 250),
  rate('rate200k', '200 KB, JSON, 50 requests a second', '200k', false, 50),
  rate('rateSse', '64-event streams, 100 a second', '2k', true, 100),
];

/**
 * Before a candidate is measured. A just-in-time compiler needs seconds of load before a gateway costs what it costs from then
 * on, and its threads share the candidate's core; nginx has none and needs its connections only.
 */
export function warmUps(compilesWhileRunning: boolean): readonly Scenario[] {
  const [json2k, json200k, sse2k] = [scenarios[0]!, scenarios[1]!, scenarios[2]!];
  const seconds = compilesWhileRunning ? [3, 1, 1.5] : [0.2, 0.2, 0.2];
  return [json2k, json200k, sse2k].map((scenario, index) => ({
    ...scenario,
    words: [scenario.words[0]!, 1_000_000, seconds[index]! * 1_000],
  }));
}
