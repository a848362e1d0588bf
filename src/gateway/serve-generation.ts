import type { Caller } from '../accounts/caller.ts';
import { assert } from '../base/assert.ts';
import { makeGenerationId } from '../base/ids.ts';
import type { JsonObject } from '../base/json.ts';
import { usdNumber } from '../base/money.ts';
import type { Hold } from '../billing/budgets.ts';
import { DEMO_WORKSPACE } from '../billing/demo.ts';
import type { Charge, GenerationRecord, SettlementOutcome } from '../billing/generation-record.ts';
import { capCharge, freeCharge, isInsured } from '../billing/meter.ts';
import type { AnswerIdentity, AnswerUsage } from '../formats/format.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { asFailure, Failure } from '../generation/failure.ts';
import { foldLosses, type Loss } from '../generation/loss.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { Usage } from '../generation/usage.ts';
import { recordDecision } from '../routing/route-decision.ts';
import type { RoutePlan } from '../routing/route-plan.ts';
import type { EndpointCall } from './call-endpoint.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { holdFor } from './hold-for.ts';
import { makePlan } from './make-plan.ts';
import { PluginWork } from './plugin-work.ts';
import { routerMetadata } from './router-metadata.ts';
import { PlanRun } from './run-plan.ts';
import { type Arrival, StageClock } from './stage-clock.ts';
import { addSearches, NO_CHARGE, sumCharges, sumUsage, usageOf } from './sum-calls.ts';
import { tenantOf } from './tenant.ts';

/** How often a running answer's state is kept, so that a crash costs the operator at most this much of it. */
const CHECKPOINT_MS = 2_000;

/**
 * One request served: planned, held, run, metered, settled. The caller's door pulls: `start` until there is content, then `next`
 * until `generation-end`, then `finish`. Whatever happens in between, a hold that was taken is settled exactly once.
 */
export class ServedGeneration {
  readonly id: string;
  readonly createdAtMs: number;

  readonly #parts: GatewayParts;
  #request: GenerationRequest;
  readonly #caller: Caller;
  readonly #requestId: string;
  readonly #startedMs: number;
  readonly #stages: StageClock;
  readonly #tap: Arrival['tap'];
  readonly #leaving = new AbortController();
  #plugins: PluginWork | undefined;
  #plan: RoutePlan | undefined;
  #hold: Hold | undefined;
  #run: PlanRun | undefined;
  #left: Failure | undefined;
  #answerLosses: readonly Loss[] = [];
  #hidesThoughts = false;
  #settled = false;
  #checkpointMs: number;

  constructor(parts: GatewayParts, request: GenerationRequest, caller: Caller, arrival: Arrival) {
    this.#parts = parts;
    this.#request = ofDemo(request, caller);
    this.#caller = caller;
    this.#requestId = arrival.requestId;
    this.#tap = arrival.tap;
    this.id = makeGenerationId(parts.clock);
    this.createdAtMs = parts.clock.nowMs();
    this.#startedMs = parts.clock.monotonicMs();
    this.#checkpointMs = this.#startedMs;
    this.#stages = new StageClock(parts.clock, this.#startedMs, arrival.receivedMs);
  }

  /** Whether it stands in the journal. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** Who answers. Known once `start` resolved. */
  get identity(): AnswerIdentity {
    const endpoint = this.#run?.calls[0]?.endpoint;
    assert(endpoint, 'no endpoint answers yet');
    const created = Math.floor(this.createdAtMs / 1000);
    return { id: this.id, model: endpoint.modelId, provider: endpoint.providerName, created };
  }

  /** The first events that hold content. Throws before anything was sent to the caller; the hold is then void. */
  async start(): Promise<readonly GenerationEvent[]> {
    const parts = this.#parts;
    const plugins = new PluginWork(parts, this.#request);
    this.#plugins = plugins;
    const revised = plugins.revise(this.#request, this.#leaving.signal);
    this.#request = revised instanceof Promise ? await revised : revised;
    this.#stages.end('plugins');
    const view = parts.engines.open(this.#request, tenantOf(this.#request, this.#caller));
    this.#plan = makePlan(parts, this.#request.features, view);
    this.#stages.end('plan');
    const hold = holdFor(parts.budgets, this.#caller.key, this.#plan);
    this.#hold = hold instanceof Promise ? await hold : hold;
    this.#stages.end('hold');
    const { server } = parts.formats.get(this.#request.origin.format) ?? {};
    this.#hidesThoughts = server?.hidesThoughts?.(this.#request) ?? false;
    this.#run = new PlanRun(parts, {
      request: this.#request,
      plan: this.#plan,
      engines: view,
      plugins,
      hidesThoughts: this.#hidesThoughts,
      startedMs: this.#startedMs,
      ...(this.#tap && { noteSent: this.#tap.noteSent }),
    });
    if (this.#left) this.#run.cancel(this.#left);
    try {
      return this.#shown(plugins.watch(await this.#run.start()));
    } catch (error) {
      const failure = asFailure(error);
      this.#settle('voided', failure);
      throw failure;
    }
  }

  /** More events. Throws a failure that must end the caller's stream visibly; the generation is then settled. */
  async next(): Promise<readonly GenerationEvent[]> {
    try {
      const events = this.#shown(this.#plugins!.watch(await this.#run!.next()));
      if (!this.#run!.call!.hasEnded) this.#checkpoint();
      return events;
    } catch (error) {
      // Settled when the caller left: this is the call that was interrupted then.
      if (this.#settled && this.#left) throw this.#left;
      const failure = asFailure(error);
      this.#settle('settled', failure);
      throw failure;
    }
  }

  /** The events of a whole plain answer, mended where the caller asked for that. Before `finish`, which records it. */
  heal(events: readonly GenerationEvent[]): Promise<readonly GenerationEvent[]> {
    return this.#plugins!.heal(events);
  }

  /**
   * Settles a whole answer. Called before its end is reported: an end that was seen is on disk. `losses`: what the caller's format
   * has no word for.
   */
  finish(losses: readonly Loss[] = []): AnswerUsage {
    if (this.#settled && this.#left) throw this.#left;
    this.#answerLosses = losses;
    const { usage, charge } = this.#settle('settled', undefined);
    const calls = this.#calls();
    // Several calls have no one usage object of a provider's.
    const reported = calls.length === 1 ? calls[0]!.reported : undefined;
    const cost = {
      cost: usdNumber(charge.chargedPico),
      promptCost: usdNumber(charge.promptPico),
      completionCost: usdNumber(charge.completionPico),
      isByok: false,
    };
    return { usage, cost, ...(reported && { reported, reportedFormat: calls[0]!.formatId }) };
  }

  /** The caller went away: the provider is told at once, and only what was produced is charged. */
  cancel(): void {
    if (this.#settled) return;
    const failure = new Failure('caller-left', { message: 'The caller closed the connection' });
    this.#left = failure;
    this.#leaving.abort(failure);
    this.#run?.cancel(failure);
    // Before the first content, `start` is still waiting and settles when its call has ended.
    if (this.#run?.call?.firstContentMs === undefined) return;
    try {
      this.#settle('settled', failure);
    } catch (error) {
      // Nobody is left to be told.
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.log.write('error', 'An answer whose caller left could not be settled', { id: this.id, stack });
    }
  }

  /** OpenRouter's `openrouter_metadata`, for callers who ask for it. */
  metadata(): JsonObject {
    const told = { stages: this.#plugins!.stages(), losses: this.#losses() };
    return routerMetadata(this.#request.features, this.#plan!, this.#run!, told);
  }

  /** The body of a plain answer as it came would hold the thoughts that its events no longer do. */
  #shown(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    if (!this.#hidesThoughts) return events;
    return events.filter(({ type }) => type !== 'reasoning-delta' && type !== 'raw-result');
  }

  #checkpoint(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.#checkpointMs < CHECKPOINT_MS) return;
    this.#checkpointMs = nowMs;
    const usage = this.#usage();
    const charge = capCharge(this.#charge(usage, undefined), this.#hold!.amountPico);
    this.#parts.journal.checkpoint({ record: this.#record('estimated', undefined, usage, charge) });
  }

  #settle(outcome: SettlementOutcome, failure: Failure | undefined): { usage: Usage; charge: Charge } {
    assert(!this.#settled, 'settling a generation twice');
    this.#settled = true;
    const usage = this.#usage();
    const full = this.#charge(usage, failure);
    const hold = this.#hold;
    if (hold && full.chargedPico > hold.amountPico) this.#parts.budgets.extend(hold, full.chargedPico);
    const charge = capCharge(full, hold?.amountPico ?? 0n);
    let keptPico = 0n;
    try {
      this.#parts.journal.append(this.#record(outcome, failure, usage, charge));
      keptPico = charge.chargedPico;
    } finally {
      // What is on no disk is not charged; the hold ends either way.
      if (hold) this.#parts.budgets.settle(hold, keptPico);
    }
    return { usage, charge };
  }

  /** The calls that the answer is made of; before there is one, the call that runs. */
  #calls(): readonly EndpointCall[] {
    const run = this.#run;
    if (run && run.calls.length > 0) return run.calls;
    return run?.call ? [run.call] : [];
  }

  /** Of the request, and of the answer once it has ended. */
  #losses(): readonly Loss[] {
    return foldLosses([...this.#calls().flatMap(({ losses }) => losses), ...this.#answerLosses]);
  }

  #usage(): Usage {
    return sumUsage(this.#calls().map((call) => usageOf(call, this.#request)));
  }

  #charge(usage: Usage, failure: Failure | undefined): Charge {
    const calls = this.#calls();
    if (!calls.some((call) => call.firstContentMs !== undefined || call.hasEnded)) return NO_CHARGE;
    const tokens = sumCharges(calls, this.#request, this.createdAtMs);
    const charge = addSearches(tokens, this.#plugins?.deeds() ?? []);
    const callerLeft = failure?.kind === 'caller-left';
    const finishReason = failure && !callerLeft ? 'error' : calls.at(-1)!.finishReason;
    return isInsured(usage, finishReason) ? freeCharge(charge) : charge;
  }

  #record(outcome: SettlementOutcome, failure: Failure | undefined, usage: Usage, charge: Charge): GenerationRecord {
    const { features, origin } = this.#request;
    const { key, app, userAgent } = this.#caller;
    const calls = this.#calls();
    const call = calls[0];
    const last = calls.at(-1);
    const plugins = this.#plugins?.records() ?? [];
    const losses = this.#losses();
    const cancelled = failure?.kind === 'caller-left';
    const externalUser = this.#request.field('user');
    const model = call && this.#parts.catalog().find(call.endpoint.modelId)?.model;
    const finishReason = failure && !cancelled ? 'error' : last?.finishReason;
    return {
      id: this.id,
      requestId: this.#requestId,
      createdAtMs: this.createdAtMs,
      accountId: key.accountId,
      keyHash: key.hash,
      workspaceId: key.workspaceId,
      requestedModel: features.models[0]!,
      ...(call && {
        modelId: call.endpoint.modelId,
        canonicalSlug: model?.canonicalSlug ?? call.endpoint.modelId,
        providerId: call.endpoint.providerId,
        providerName: call.endpoint.providerName,
        endpointId: call.endpoint.id,
        generationMs: this.#parts.clock.monotonicMs() - call.startedMs,
      }),
      ...(call?.upstreamId !== undefined && { upstreamId: call.upstreamId }),
      ...(call?.firstContentMs !== undefined && {
        latencyMs: call.startedMs - this.#startedMs + call.firstContentMs,
      }),
      apiType: features.task ?? 'completions',
      wireFormat: origin.format,
      streamed: features.stream,
      cancelled,
      ...(finishReason !== undefined && { finishReason }),
      ...(last?.nativeFinishReason !== undefined && { nativeFinishReason: last.nativeFinishReason }),
      ...(failure && { failure: failure.kind }),
      usage,
      outcome: usage.provenance !== 'reported' && outcome === 'settled' ? 'estimated' : outcome,
      holdPico: this.#hold?.amountPico ?? 0n,
      charge,
      isByok: false,
      stages: this.#stages.stages,
      attempts: this.#run?.attempts ?? [],
      ...(this.#plan && { route: recordDecision(this.#plan, this.#parts.routeFactsKey) }),
      app,
      ...(userAgent !== undefined && { userAgent }),
      ...(typeof externalUser === 'string' && { externalUser }),
      ...(features.sessionId !== undefined && { sessionId: features.sessionId }),
      ...(call?.endpoint.serviceTier !== undefined && { serviceTier: call.endpoint.serviceTier }),
      numMediaPrompt: features.inputModalities.length - 1,
      ...(losses.length > 0 && { losses }),
      ...(plugins.length > 0 && { plugins }),
    };
  }
}

/** The demonstration is a workspace of its own, and stays among its own. */
function ofDemo(request: GenerationRequest, { key }: Caller): GenerationRequest {
  if (key.workspaceId !== DEMO_WORKSPACE) return request;
  return { ...request, features: { ...request.features, isDemo: true } };
}
