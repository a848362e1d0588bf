import type { Failure } from '../generation/failure.ts';
import { EndpointRecord } from './endpoint-record.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from './health-numbers.ts';

/** More than any catalogue has in use at once; bounds the memory at about 120 MB in the worst case. */
const ENDPOINTS_MAX = 10_000;

/**
 * The recent record of every endpoint that was called. Time comes in as numbers, so it runs on any clock. Recording is
 * a handful of additions; reading is a copy at most a quarter of a second old, renewed at once by bad news.
 *
 * What counts is written in the failure's own row: `down` lowers uptime, `gate` keeps requests away for a while without
 * counting as a failure, `veto` keeps the endpoint out until someone mends its key and says so.
 */
export class HealthBook {
  readonly #records = new Map<string, EndpointRecord>();
  readonly #underWay = new Map<string, number>();

  /** `latencyMs` is the time to the first content. */
  recordSuccess(
    endpointId: string,
    outcome: { readonly nowMs: number; readonly latencyMs?: number; readonly tokensPerSecond?: number },
  ): void {
    this.#record(endpointId).addSuccess(outcome.latencyMs, outcome.tokensPerSecond, outcome.nowMs);
  }

  recordFailure(endpointId: string, { nowMs, failure }: { readonly nowMs: number; readonly failure: Failure }): void {
    const { health } = failure.policy;
    if (health === 'none') return;
    const record = this.#record(endpointId);
    // A refused key counts against the uptime as well: OpenRouter counts 401 and 402.
    if (health !== 'gate') record.addFailure(nowMs);
    if (health === 'veto') record.isVetoed = true;
    if (health === 'gate' || failure.detail.retryAfterSeconds !== undefined) {
      record.gate(failure.detail.retryAfterSeconds, nowMs);
    }
  }

  callBegan(endpointId: string): void {
    this.#underWay.set(endpointId, this.inFlight(endpointId) + 1);
  }

  callEnded(endpointId: string): void {
    const left = this.inFlight(endpointId) - 1;
    if (left > 0) this.#underWay.set(endpointId, left);
    else this.#underWay.delete(endpointId);
  }

  /** Calls of this process that have begun there and not ended. */
  inFlight(endpointId: string): number {
    return this.#underWay.get(endpointId) ?? 0;
  }

  /** Endpoints with a record. */
  endpointIds(): readonly string[] {
    return [...this.#records.keys()];
  }

  /** Someone mended a key. Takes an endpoint's id, or a provider's for all its endpoints. */
  clearVeto(providerOrEndpointId: string): void {
    for (const [endpointId, record] of this.#records) {
      if (endpointId === providerOrEndpointId || providerIdOf(endpointId) === providerOrEndpointId) {
        record.isVetoed = false;
      }
    }
  }

  /** Endpoints whose key was refused or unpaid, for the operator. */
  vetoed(): readonly string[] {
    return [...this.#records].filter(([, record]) => record.isVetoed).map(([endpointId]) => endpointId);
  }

  health(endpointId: string, nowMs: number): EndpointHealth {
    return this.#records.get(endpointId)?.health(nowMs) ?? UNKNOWN_HEALTH;
  }

  /** In percent; a window is absent with fewer than 10 requests in it. */
  uptime(
    endpointId: string,
    nowMs: number,
  ): { readonly last5m?: number; readonly last30m?: number; readonly last1d?: number } {
    return this.#records.get(endpointId)?.uptime(nowMs) ?? {};
  }

  /** Health of those endpoints that have a record. */
  snapshot(endpointIds: readonly string[], nowMs: number): Readonly<Record<string, EndpointHealth>> {
    const known = endpointIds.filter((endpointId) => this.#records.has(endpointId));
    return Object.fromEntries(known.map((endpointId) => [endpointId, this.health(endpointId, nowMs)]));
  }

  #record(endpointId: string): EndpointRecord {
    const known = this.#records.get(endpointId);
    if (known) return known;
    if (this.#records.size >= ENDPOINTS_MAX) this.#records.delete(this.#records.keys().next().value!);
    const record = new EndpointRecord();
    this.#records.set(endpointId, record);
    return record;
  }
}

/** An endpoint's id ends with its tag, and a tag begins with its provider: `author/model|provider/region`. */
function providerIdOf(endpointId: string): string | undefined {
  return endpointId.slice(endpointId.lastIndexOf('|') + 1).split('/')[0];
}
