import type { EndpointHealth } from './health-numbers.ts';
import { clampRetryAfter, RETRY_AFTER_MS_MAX } from './retry-after.ts';
import { SlidingCounts } from './sliding-counts.ts';
import { SlidingHistogram } from './sliding-histogram.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** OpenRouter uses an uptime for routing from this many requests on. */
const UPTIME_SAMPLES_MIN = 100;
/** A displayed uptime needs fewer: a small installation should see something. */
const SHOWN_SAMPLES_MIN = 10;

/** An outage is two failures or more that make up half of the last 30 seconds, or two in a row, the last one in that time. */
const OUTAGE_MS = 30 * SECOND;
const OUTAGE_FAILURES = 2;
const OUTAGE_SHARE = 0.5;

/** A 429 without `Retry-After` keeps requests away for 2 s, then 4 s and so on, until something succeeds. */
const GATE_MS = 2 * SECOND;
const GATE_MS_MAX = MINUTE;
/** Figures may be this old: reading percentiles costs more than planning, and planning happens on every request. */
const FRESH_MS = 250;

/** Everything remembered of one endpoint: about 12 kB once both histograms are in use, whatever its traffic. */
export class EndpointRecord {
  readonly #last30s = new SlidingCounts(OUTAGE_MS, 30);
  readonly #last5m = new SlidingCounts(5 * MINUTE, 30);
  readonly #last30m = new SlidingCounts(30 * MINUTE, 30);
  readonly #last1d = new SlidingCounts(1440 * MINUTE, 96);
  #latency: SlidingHistogram | undefined;
  #throughput: SlidingHistogram | undefined;
  #failuresInARow = 0;
  #failedLastMs = Number.NEGATIVE_INFINITY;
  #gatesInARow = 0;
  #gatedUntilMs: number | undefined;
  #isVetoed = false;
  #health: EndpointHealth | undefined;
  #healthFromMs = 0;

  addSuccess(latencyMs: number | undefined, tokensPerSecond: number | undefined, nowMs: number): void {
    this.#count(true, nowMs);
    // Health read during an outage or a gate must not outlive its end by the age of a copy.
    if (this.#failuresInARow > 0 || this.#gatesInARow > 0) this.#health = undefined;
    this.#failuresInARow = 0;
    this.#gatesInARow = 0;
    if (latencyMs !== undefined) {
      this.#latency ??= new SlidingHistogram(5 * MINUTE, 10);
      this.#latency.record(latencyMs, nowMs);
    }
    if (tokensPerSecond !== undefined && tokensPerSecond > 0) {
      this.#throughput ??= new SlidingHistogram(5 * MINUTE, 10);
      this.#throughput.record(tokensPerSecond, nowMs);
    }
  }

  addFailure(nowMs: number): void {
    this.#count(false, nowMs);
    this.#failuresInARow += 1;
    this.#failedLastMs = nowMs;
    this.#health = undefined;
  }

  /** `retryAfterSeconds` is the provider's own word; without it the wait doubles from gate to gate. */
  gate(retryAfterSeconds: number | undefined, nowMs: number): void {
    const gatedUntilMs = this.#gateAt(nowMs);
    const askedSeconds = clampRetryAfter(retryAfterSeconds);
    const waitMs =
      askedSeconds === undefined
        ? Math.min(GATE_MS_MAX, GATE_MS * 2 ** this.#gatesInARow)
        : Math.ceil(askedSeconds * SECOND);
    // Requests that were under way when the gate fell come back with the same news: they don't lengthen it step by step.
    if (gatedUntilMs === undefined) this.#gatesInARow = Math.min(this.#gatesInARow + 1, 16);
    this.#gatedUntilMs = Math.max(gatedUntilMs ?? 0, nowMs + waitMs);
    this.#health = undefined;
  }

  set isVetoed(isVetoed: boolean) {
    this.#isVetoed = isVetoed;
    this.#health = undefined;
  }

  get isVetoed(): boolean {
    return this.#isVetoed;
  }

  health(nowMs: number): EndpointHealth {
    const ageMs = nowMs - this.#healthFromMs;
    if (this.#health !== undefined && ageMs >= 0 && ageMs < FRESH_MS) return this.#health;
    this.#health = this.#readHealth(nowMs);
    this.#healthFromMs = nowMs;
    return this.#health;
  }

  uptime(nowMs: number): { readonly last5m?: number; readonly last30m?: number; readonly last1d?: number } {
    const last5m = shareOf(this.#last5m.count(nowMs), SHOWN_SAMPLES_MIN);
    const last30m = shareOf(this.#last30m.count(nowMs), SHOWN_SAMPLES_MIN);
    const last1d = shareOf(this.#last1d.count(nowMs), SHOWN_SAMPLES_MIN);
    return {
      ...(last5m !== undefined && { last5m: toPercent(last5m) }),
      ...(last30m !== undefined && { last30m: toPercent(last30m) }),
      ...(last1d !== undefined && { last1d: toPercent(last1d) }),
    };
  }

  #count(isGood: boolean, nowMs: number): void {
    this.#last30s.record(isGood, nowMs);
    this.#last5m.record(isGood, nowMs);
    this.#last30m.record(isGood, nowMs);
    this.#last1d.record(isGood, nowMs);
  }

  #readHealth(nowMs: number): EndpointHealth {
    const recent = this.#last5m.count(nowMs);
    // Not the whole day: a bad morning would keep an endpoint from the traffic that could clear its name.
    const uptime = shareOf(recent, UPTIME_SAMPLES_MIN) ?? shareOf(this.#last30m.count(nowMs), UPTIME_SAMPLES_MIN);
    const latencyMs = this.#latency?.percentiles(nowMs);
    const throughput = this.#throughput?.percentiles(nowMs);
    const gatedUntilMs = this.#gateAt(nowMs);
    return {
      ...(uptime !== undefined && { uptime }),
      recentOutage: this.#isInOutage(nowMs),
      ...(gatedUntilMs !== undefined && { gatedUntilMs }),
      vetoed: this.#isVetoed,
      ...(latencyMs && { latencyMs }),
      ...(throughput && { throughput }),
      samples: recent.good + recent.bad,
    };
  }

  /** A gate further away than any provider may ask for was made before the clock was set back: it is void. */
  #gateAt(nowMs: number): number | undefined {
    const untilMs = this.#gatedUntilMs;
    return untilMs !== undefined && untilMs > nowMs && untilMs - nowMs <= RETRY_AFTER_MS_MAX ? untilMs : undefined;
  }

  #isInOutage(nowMs: number): boolean {
    // A quiet endpoint fails once a minute or so: two in a row then say as much as half of many.
    if (this.#failuresInARow >= OUTAGE_FAILURES && Math.abs(nowMs - this.#failedLastMs) < OUTAGE_MS) return true;
    const { good, bad } = this.#last30s.count(nowMs);
    return bad >= OUTAGE_FAILURES && bad / (good + bad) >= OUTAGE_SHARE;
  }
}

function shareOf(
  { good, bad }: { readonly good: number; readonly bad: number },
  samplesMin: number,
): number | undefined {
  return good + bad < samplesMin ? undefined : good / (good + bad);
}

function toPercent(share: number): number {
  return Math.round(share * 100_000) / 1000;
}
