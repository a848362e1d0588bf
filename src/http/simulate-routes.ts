import type { z } from 'zod';
import { formatUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { meter } from '../billing/meter.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { type Simulation, simulationQuestion } from '../contract/routing.ts';
import type { PreferenceLayer, RoutingPreferences } from '../generation/preferences.ts';
import type { RequestFeatures } from '../generation/request.ts';
import { layersOf, mergePreferences } from '../routing/merge-preferences.ts';
import { replay } from '../routing/route-decision.ts';
import type { RejectionCode, RouteDecision, RoutePlan } from '../routing/route-plan.ts';
import type { LogQuery } from '../statistics/statistics-store.ts';
import { checkProvider } from './check-preset.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { readPreferences } from './read-preferences.ts';
import type { Route, RouteCall } from './route.ts';
import { getScope } from './routing-default-routes.ts';

export const simulateRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/x/simulate', audience: 'caller', isReading: true, answer: simulate },
];

const PAGE = 100;
const MOVES_MAX = 20;
const SAMPLES_MAX = 20;

/** The account's last generations planned again, from the facts of their time, with other preferences. Prompts are not needed. */
async function simulate(call: RouteCall): Promise<Response> {
  const { request, caller, exchange } = call;
  const { fields } = await readJsonBody(request, simulationQuestion);
  const change = readChange(call, fields);
  const facts = new FactsReader(exchange);
  const tally = new Tally();
  let after: LogQuery['after'];
  let left = fields.limit;
  while (left > 0) {
    const query = { accountId: caller!.key.accountId, demo: 'include', limit: Math.min(PAGE, left) } as const;
    const records = await exchange.statistics.listGenerations(after ? { ...query, after } : query);
    for (const record of records) {
      if (fields.model !== undefined && record.requestedModel !== fields.model) continue;
      if (!change.concerns(record)) continue;
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

/** What is tried: the preferences that a request would have had, and the generations that it could have changed. */
interface Change {
  concerns(record: GenerationRecord): boolean;
  preferences(features: RequestFeatures): RoutingPreferences;
}

function readChange(call: RouteCall, { provider, defaults }: z.infer<typeof simulationQuestion>): Change {
  if (defaults) return changeDefaults(call, defaults);
  const said = readPreferences(provider!);
  return {
    concerns: () => true,
    preferences: (features) => ({ ...features.preferences, ...said }),
  };
}

/** In their place among the layers: a request that says it otherwise keeps to that. */
function changeDefaults(
  { exchange, caller }: RouteCall,
  { scope: name, provider }: { readonly scope: string; readonly provider: Readonly<Record<string, unknown>> },
): Change {
  const scope = getScope({ exchange, caller: caller!, params: { scope: name } });
  const layer: PreferenceLayer = { from: scope.kind, preferences: readPreferences(checkProvider(provider)) };
  return {
    concerns: ({ workspaceId, keyHash }) => scope.id === (scope.kind === 'key' ? keyHash : workspaceId),
    preferences(features) {
      const others = layersOf(features).filter(({ from }) => from !== scope.kind);
      // A workspace is the farthest; a key stands before it.
      const at = scope.kind === 'workspace' ? others.length : others.findIndex(({ from }) => from === 'workspace');
      return mergePreferences(others.toSpliced(at < 0 ? others.length : at, 0, layer), features.models);
    },
  };
}

interface Replays {
  readonly before: RoutePlan;
  readonly after: RoutePlan;
}

/** Undefined without a plan, or without the facts of its time. */
async function replayBoth(
  { route }: GenerationRecord,
  change: Change,
  facts: FactsReader,
): Promise<Replays | undefined> {
  if (!route || !(await facts.read(route))) return undefined;
  const endpointsOf = (key: string) => facts.get(key);
  const preferences = change.preferences(route.features);
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

/** What keeps endpoints out now that were not kept out before. */
function newReasons({ before, after }: Replays): ReadonlySet<RejectionCode> {
  const were = new Set(before.rejected.map(({ endpoint }) => endpoint.id));
  return new Set(after.rejected.filter(({ endpoint }) => !were.has(endpoint.id)).map(({ reason }) => reason));
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
  readonly #samples: Simulation['samples'] = [];
  readonly #speeds: (readonly [beforeMs: number, afterMs: number])[] = [];

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
      this.#sample(record, before, undefined, replays);
      for (const reason of newReasons(replays)) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
      return;
    }
    const pico = (endpoint: Endpoint) => meter(endpoint.price, record.usage, record.createdAtMs).listPico;
    const [costBefore, costAfter] = [pico(before), pico(after)];
    this.#beforePico += costBefore;
    this.#afterPico += costAfter;
    this.#compareSpeed(before, after, replays);
    if (before.providerId === after.providerId) return;
    this.#changed++;
    this.#sample(record, before, after, replays);
    const id = `${before.providerId}\0${after.providerId}`;
    const move = this.#moves.get(id) ?? { from: before.providerId, to: after.providerId, count: 0, pico: 0n };
    move.count++;
    move.pico += costAfter - costBefore;
    this.#moves.set(id, move);
  }

  #sample(record: GenerationRecord, from: Endpoint, to: Endpoint | undefined, replays: Replays): void {
    if (this.#samples.length >= SAMPLES_MAX) return;
    this.#samples.push({
      id: record.id,
      model: record.requestedModel,
      at: instantOf(record.createdAtMs),
      from: from.providerId,
      to: to?.providerId ?? null,
      reason_codes: to ? [] : [...newReasons(replays)],
    });
  }

  /** By what was known of both at that time. */
  #compareSpeed(from: Endpoint, to: Endpoint, { before, after }: Replays): void {
    const beforeMs = before.inputs.health(from.id).latencyMs?.p50;
    const afterMs = after.inputs.health(to.id).latencyMs?.p50;
    if (beforeMs === undefined || afterMs === undefined) return;
    this.#speeds.push([beforeMs, afterMs]);
  }

  #firstContent(): Simulation['first_content'] {
    const n = this.#speeds.length;
    if (n === 0) return null;
    const mean = (index: 0 | 1): number => Math.round(this.#speeds.reduce((sum, pair) => sum + pair[index], 0) / n);
    return { before_ms: mean(0), after_ms: mean(1), n };
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
      first_content: this.#firstContent(),
      samples: this.#samples,
      oldest: this.#oldestMs === undefined ? null : instantOf(this.#oldestMs),
    };
  }
}
