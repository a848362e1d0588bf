import { formatUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { meter } from '../billing/meter.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { type Simulation, simulationQuestion } from '../contract/routing.ts';
import type { RoutingPreferences } from '../generation/preferences.ts';
import { replay } from '../routing/route-decision.ts';
import type { RejectionCode, RouteDecision, RoutePlan } from '../routing/route-plan.ts';
import type { LogQuery } from '../statistics/statistics-store.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Route, RouteCall } from './route.ts';
import { readProvider } from './route-preview.ts';

export const simulateRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/x/simulate', audience: 'caller', isReading: true, answer: simulate },
];

const PAGE = 100;
const MOVES_MAX = 20;

/** The account's last generations planned again, from the facts of their time, with other preferences. Prompts are not needed. */
async function simulate({ request, caller, exchange }: RouteCall): Promise<Response> {
  const { fields } = await readJsonBody(request, simulationQuestion);
  const change = readChange(fields.provider);
  const facts = new FactsReader(exchange);
  const tally = new Tally();
  let after: LogQuery['after'];
  let left = fields.limit;
  while (left > 0) {
    const query = { accountId: caller!.key.accountId, demo: 'include', limit: Math.min(PAGE, left) } as const;
    const records = await exchange.statistics.listGenerations(after ? { ...query, after } : query);
    for (const record of records) {
      if (fields.model !== undefined && record.requestedModel !== fields.model) continue;
      tally.add(record, await replayBoth(record, change, facts));
    }
    left -= records.length;
    after = records.at(-1);
    if (records.length < query.limit) break;
    // A thousand plans are a tenth of a second: others have their turn in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return answerPrivate(tally.print());
}

/** Only what was given: what a request itself asked for stays where the change says nothing. */
function readChange(provider: Readonly<Record<string, unknown>>): Partial<RoutingPreferences> {
  const read = readProvider(provider);
  const given = Object.keys(provider).flatMap((name) => FIELDS[name] ?? []);
  return Object.fromEntries(given.map((field) => [field, read[field]])) as Partial<RoutingPreferences>;
}

const FIELDS: Readonly<Record<string, keyof RoutingPreferences>> = {
  order: 'order',
  only: 'only',
  ignore: 'ignore',
  allow_fallbacks: 'allowFallbacks',
  require_parameters: 'requireParameters',
  data_collection: 'dataCollection',
  zdr: 'zdr',
  enforce_distillable_text: 'enforceDistillableText',
  quantizations: 'quantizations',
  sort: 'sort',
  max_price: 'maxPricePico',
  preferred_min_throughput: 'minThroughput',
  preferred_max_latency: 'maxLatencySeconds',
  allow_continuation: 'allowContinuation',
};

interface Replays {
  readonly before: RoutePlan;
  readonly after: RoutePlan;
}

/** Undefined without a plan, or without the facts of its time. */
async function replayBoth(
  { route }: GenerationRecord,
  change: Partial<RoutingPreferences>,
  facts: FactsReader,
): Promise<Replays | undefined> {
  if (!route || !(await facts.read(route))) return undefined;
  const endpointsOf = (key: string) => facts.get(key);
  const entries = Object.entries({ ...route.features.preferences, ...change }).filter(
    ([, value]) => value !== undefined,
  );
  const preferences = Object.fromEntries(entries) as unknown as RoutingPreferences;
  const changed: RouteDecision = { ...route, features: { ...route.features, preferences } };
  return { before: replay(route, endpointsOf), after: replay(changed, endpointsOf) };
}

/** Facts are kept once for many generations, and read once. */
class FactsReader {
  readonly #exchange: Exchange;
  readonly #known = new Map<string, readonly Endpoint[] | undefined>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether all of them are kept. */
  async read(route: RouteDecision): Promise<boolean> {
    for (const { factsKey } of route.models) {
      if (!this.#known.has(factsKey)) {
        this.#known.set(factsKey, await this.#exchange.ledger.findRouteFacts(factsKey));
      }
      if (this.#known.get(factsKey) === undefined) return false;
    }
    return true;
  }

  get(factsKey: string): readonly Endpoint[] {
    return this.#known.get(factsKey) ?? [];
  }
}

interface Move {
  count: number;
  pico: bigint;
}

class Tally {
  #n = 0;
  #leftOut = 0;
  #changed = 0;
  #unroutable = 0;
  #beforePico = 0n;
  #afterPico = 0n;
  #oldestMs: number | undefined;
  readonly #moves = new Map<string, Move & { readonly from: string; readonly to: string }>();
  readonly #reasons = new Map<RejectionCode, number>();

  add(record: GenerationRecord, replays: Replays | undefined): void {
    const [before, after] = [replays?.before.steps[0]?.endpoint, replays?.after.steps[0]?.endpoint];
    if (!replays || !before) {
      this.#leftOut++;
      return;
    }
    this.#n++;
    this.#oldestMs = Math.min(this.#oldestMs ?? record.createdAtMs, record.createdAtMs);
    if (!after) {
      this.#unroutable++;
      const were = new Set(replays.before.rejected.map(({ endpoint }) => endpoint.id));
      const reasons = replays.after.rejected
        .filter(({ endpoint }) => !were.has(endpoint.id))
        .map(({ reason }) => reason);
      for (const reason of new Set(reasons)) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
      return;
    }
    const pico = (endpoint: Endpoint) => meter(endpoint.price, record.usage, record.createdAtMs).listPico;
    const [costBefore, costAfter] = [pico(before), pico(after)];
    this.#beforePico += costBefore;
    this.#afterPico += costAfter;
    if (before.providerId === after.providerId) return;
    this.#changed++;
    const id = `${before.providerId}\0${after.providerId}`;
    const move = this.#moves.get(id) ?? { from: before.providerId, to: after.providerId, count: 0, pico: 0n };
    move.count++;
    move.pico += costAfter - costBefore;
    this.#moves.set(id, move);
  }

  print(): Simulation {
    return {
      n: this.#n,
      left_out: this.#leftOut,
      changed: this.#changed,
      unroutable: this.#unroutable,
      cost_before: formatUsd(this.#beforePico),
      cost_after: formatUsd(this.#afterPico),
      cost_difference: formatUsd(this.#afterPico - this.#beforePico),
      moves: [...this.#moves.values()]
        .sort((a, b) => b.count - a.count || (a.from < b.from ? -1 : 1))
        .slice(0, MOVES_MAX)
        .map(({ from, to, count, pico }) => ({ from, to, count, cost_difference: formatUsd(pico) })),
      reasons: [...this.#reasons].sort(([, a], [, b]) => b - a).map(([reason_code, count]) => ({ reason_code, count })),
      oldest: this.#oldestMs === undefined ? null : instantOf(this.#oldestMs),
    };
  }
}
