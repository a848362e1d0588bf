import type { Attempt } from '../billing/generation-record.ts';
import type { Continuation } from '../formats/format.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { asFailure, Failure } from '../generation/failure.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { EngineTicket, EngineView } from '../routing/engine-book.ts';
import { foldFailures } from '../routing/fold-failures.ts';
import type { RoutePlan, RouteStep } from '../routing/route-plan.ts';
import { AnswerSoFar } from './answer-so-far.ts';
import { type CallOrder, EndpointCall } from './call-endpoint.ts';
import { type ContinuationStep, findContinuations } from './choose-continuation.ts';
import type { ProviderConnection } from './connection.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { InlineMedia } from './inline-media.ts';
import type { PluginWork } from './plugin-work.ts';
import { quirksFor } from './quirks-for.ts';
import { Seam } from './seam.ts';
import { SealedTenant } from './tenant.ts';

/** Against a plan of a hundred dead endpoints: a caller waits for so many tries, not more. */
const ATTEMPTS_MAX = 8;
/** A refusal by two providers of one model is the request's fault. */
const REJECTIONS_PER_MODEL_MAX = 2;

export interface RunOrder {
  readonly request: GenerationRequest;
  readonly plan: RoutePlan;
  readonly engines: EngineView;
  readonly plugins: PluginWork;
  /** Thoughts will be left out of the answer: no frame passes unread. */
  readonly hidesThoughts: boolean;
  /** Of the generation, monotonic: attempts are timed from there. */
  readonly startedMs: number;
  readonly noteSent?: CallOrder['noteSent'];
}

/**
 * Walks a plan until one endpoint answers with content, and on to another that can go on when the answer breaks off after that.
 * Every try is recorded.
 */
export class PlanRun {
  readonly attempts: Attempt[] = [];
  /** The call that runs, or ran last. */
  call: EndpointCall | undefined;
  /** Those that the answer is made of: one, unless it broke off and others went on. */
  readonly calls: EndpointCall[] = [];

  readonly #parts: GatewayParts;
  readonly #request: GenerationRequest;
  readonly #plan: RoutePlan;
  readonly #startedMs: number;
  readonly #noteSent: Pick<CallOrder, 'noteSent'>;
  readonly #recorded = new Set<EndpointCall>();
  readonly #tried = new Set<string>();
  readonly #media: InlineMedia;
  readonly #engines: EngineView;
  readonly #plugins: PluginWork;
  readonly #hidesThoughts: boolean;
  readonly #leaving = new AbortController();
  readonly #tickets = new Map<EndpointCall, EngineTicket>();
  readonly #tenant: SealedTenant;
  #soFar: AnswerSoFar | undefined;
  #seam: Seam | undefined;
  #left: Failure | undefined;

  constructor(parts: GatewayParts, order: RunOrder) {
    const { request, plan, engines, plugins } = order;
    this.#parts = parts;
    this.#request = request;
    this.#plan = plan;
    this.#engines = engines;
    this.#plugins = plugins;
    this.#hidesThoughts = order.hidesThoughts;
    this.#tenant = new SealedTenant(engines.tenant, (text) => parts.seal(text));
    this.#media = new InlineMedia(parts.media, request);
    this.#startedMs = order.startedMs;
    this.#noteSent = order.noteSent ? { noteSent: order.noteSent } : {};
  }

  /** Resolves with the first events that hold content. Throws what the failures of all tries amount to. */
  async start(): Promise<readonly GenerationEvent[]> {
    const failures: { readonly failure: Failure; readonly providerName: string }[] = [];
    const rejections = new Map<string, number>();
    const skippedModels = new Set<string>();
    for (const step of this.#plan.steps) {
      if (this.attempts.length >= ATTEMPTS_MAX) break;
      if (skippedModels.has(step.endpoint.modelId)) continue;
      try {
        return await this.#try(step);
      } catch (error) {
        const failure = asFailure(error);
        if (this.#left) throw this.#left;
        failures.push({ failure, providerName: step.endpoint.providerName });
        const { fallback } = failure.policy;
        if (fallback === 'none') break;
        if (fallback === 'model') skippedModels.add(step.endpoint.modelId);
        if (fallback === 'once') {
          const count = (rejections.get(step.endpoint.modelId) ?? 0) + 1;
          rejections.set(step.endpoint.modelId, count);
          if (count >= REJECTIONS_PER_MODEL_MAX) skippedModels.add(step.endpoint.modelId);
        }
      }
    }
    throw foldFailures(failures, this.#request.features.models);
  }

  /** The next events of the answer that was begun. */
  async next(): Promise<readonly GenerationEvent[]> {
    const call = this.call!;
    let events: readonly GenerationEvent[];
    try {
      events = await this.#recording(call, call.next());
    } catch (error) {
      return await this.#goOn(asFailure(error));
    }
    if (this.#seam) events = this.#seam.join(events);
    return this.#soFar?.take(events) ?? events;
  }

  /** The caller went away, or the answer can't be delivered: the provider is told in this same turn. */
  cancel(failure: Failure): void {
    this.#left ??= failure;
    this.#leaving.abort(failure);
    const call = this.call;
    if (!call || call.hasEnded) return;
    call.cancel(failure);
    if (call.firstContentMs !== undefined) this.#record(call, failure);
  }

  async #try(step: RouteStep): Promise<readonly GenerationEvent[]> {
    if (this.#left) throw this.#left;
    const connection = this.#parts.connections().get(step.endpoint.providerId);
    if (!connection) throw new Failure('provider-unreachable', { message: 'The provider was disconnected' });
    this.#tried.add(step.endpoint.id);
    const call = await this.#make({ endpoint: step.endpoint, connection });
    const events = await this.#open(call);
    this.#soFar = this.#continuations().length > 0 ? new AnswerSoFar() : undefined;
    return this.#soFar?.take(events) ?? events;
  }

  /** The request as plugins make it for this endpoint, ready to be sent. */
  async #make(order: Pick<CallOrder, 'endpoint' | 'connection' | 'continuation'>): Promise<EndpointCall> {
    const { request, losses } = await this.#plugins.fit(this.#request, order.endpoint, this.#leaving.signal);
    if (this.#left) throw this.#left;
    // What a plugin took out of the prompt is not fetched for the provider.
    const media = request === this.#request ? this.#media : new InlineMedia(this.#parts.media, request);
    const readsMeaning = this.#plugins.readsMeaning || this.#hidesThoughts;
    const more = { media, losses, readsMeaning, tenant: this.#tenant, ...this.#noteSent };
    return new EndpointCall(this.#parts, request, { ...order, ...more });
  }

  async #open(call: EndpointCall): Promise<readonly GenerationEvent[]> {
    this.call = call;
    this.#parts.health.callBegan(call.endpoint.id);
    const ticket = this.#engines.send(call.endpoint, this.#parts.clock.nowMs());
    if (ticket) this.#tickets.set(call, ticket);
    const events = await this.#recording(call, call.open());
    ticket?.answered();
    this.calls.push(call);
    return events;
  }

  #continuations(): readonly ContinuationStep[] {
    const modelId = this.calls[0]!.endpoint.modelId;
    const running = { modelId, tried: this.#tried };
    return findContinuations(this.#request, this.#plan, running, this.#parts.connections());
  }

  #beginners(): readonly ContinuationStep[] {
    const connections = this.#parts.connections();
    return this.#plan.steps.flatMap((step): ContinuationStep[] => {
      const connection = connections.get(step.endpoint.providerId);
      if (!connection || this.#tried.has(step.endpoint.id)) return [];
      return [{ step, ways: [{ connection, mode: 'prefill' }] }];
    });
  }

  /** Asks one endpoint after the other for the rest of the answer. Throws why it broke off when none of them has it. */
  async #goOn(broken: Failure): Promise<readonly GenerationEvent[]> {
    const soFar = this.#soFar;
    if (!soFar || this.#left || broken.policy.fallback === 'none') throw broken;
    soFar.forgetHeld();
    if (soFar.obstacle !== undefined) throw notContinued(broken, soFar.obstacle);
    const { text } = soFar;
    // Where the caller has nothing in hand yet, any endpoint may begin anew.
    const steps = text === '' ? this.#beginners() : this.#continuations();
    const ways = steps.flatMap(({ step, ways: each }) => each.map((way) => ({ step, ...way })));
    for (const { step, connection, mode } of ways) {
      if (this.calls.length >= ATTEMPTS_MAX) break;
      const continuation = { mode, text, outputTokens: Math.ceil(text.length / 4) };
      this.#tried.add(step.endpoint.id);
      if (mode === 'completion' && !this.#canComplete(step, connection, continuation)) continue;
      try {
        const call = await this.#make({ endpoint: step.endpoint, connection, continuation });
        const events = await this.#open(call);
        const isAsked = mode === 'instruct' && text !== '';
        const { showsNoSpace = false } = this.#parts.formats.get(call.formatId)?.client ?? {};
        this.#seam = new Seam(text, { text: isAsked, space: isAsked || showsNoSpace });
        return soFar.take(this.#seam.join(events));
      } catch (error) {
        if (this.#left) throw this.#left;
        if (asFailure(error).kind === 'internal') throw error;
      }
    }
    throw notContinued(broken, 'no endpoint that can go on answered');
  }

  #canComplete({ endpoint }: RouteStep, { provider }: ProviderConnection, continuation: Continuation): boolean {
    const { upstreamModel, supportedParameters, contextTokensMax, outputTokensMax } = endpoint;
    const quirks = quirksFor(provider.quirks, upstreamModel);
    const client = this.#parts.formats.get(provider.format)?.client;
    const target = { upstreamModel, stream: true, quirks, supportedParameters, contextTokensMax, continuation };
    return (
      client?.canWriteOn?.(this.#request, { ...target, ...(outputTokensMax !== undefined && { outputTokensMax }) }) ??
      false
    );
  }

  /** An attempt is recorded when it ends, however it ends. */
  async #recording(
    call: EndpointCall,
    reading: Promise<readonly GenerationEvent[]>,
  ): Promise<readonly GenerationEvent[]> {
    try {
      const events = await reading;
      if (call.hasEnded) this.#record(call, undefined);
      return events;
    } catch (error) {
      const failure = asFailure(error);
      this.#record(call, failure);
      throw failure;
    }
  }

  #record(call: EndpointCall, failure: Failure | undefined): void {
    const { endpoint } = call;
    if (this.#recorded.has(call)) return;
    this.#recorded.add(call);
    this.#parts.health.callEnded(endpoint.id);
    this.#tickets.get(call)?.end(call.usage);
    const durationMs = this.#parts.clock.monotonicMs() - call.startedMs;
    this.attempts.push({
      endpointId: endpoint.id,
      providerId: endpoint.providerId,
      providerName: endpoint.providerName,
      modelId: endpoint.modelId,
      upstreamModel: endpoint.upstreamModel,
      ...(call.status !== undefined && { status: call.status }),
      ...(failure && {
        failure: failure.kind,
        failureMessage: failure.detail.providerMessage ?? failure.detail.message,
      }),
      ...(call.upstreamId !== undefined && { upstreamId: call.upstreamId }),
      ...(call.continuation && {
        continuation: { mode: call.continuation.mode, atCharacter: call.continuation.text.length },
      }),
      isByok: false,
      startedMs: call.startedMs - this.#startedMs,
      ...(call.firstContentMs !== undefined && { firstContentMs: call.firstContentMs }),
      durationMs,
    });
    const nowMs = this.#parts.clock.nowMs();
    if (failure) {
      if (failure.kind === 'internal')
        this.#parts.log.write('error', 'A bug while calling an endpoint', bugFields(failure));
      this.#parts.health.recordFailure(endpoint.id, { nowMs, failure });
      return;
    }
    const streamedMs = durationMs - (call.firstContentMs ?? durationMs);
    const tokens = call.usage?.completionTokens ?? Math.ceil(call.contentBytes / 4);
    this.#parts.health.recordSuccess(endpoint.id, {
      nowMs,
      latencyMs: call.firstContentMs ?? durationMs,
      // Throughput is output tokens over the whole generation time (reference/openrouter.md d.2).
      ...(tokens > 0 && streamedMs >= 0 && durationMs > 0 && { tokensPerSecond: (tokens * 1000) / durationMs }),
    });
  }
}

/** The failure that broke the answer off, with the reason why nobody went on. */
function notContinued(broken: Failure, reason: string): Failure {
  return new Failure(broken.kind, {
    ...broken.detail,
    metadata: { ...broken.detail.metadata, not_continued: reason },
  });
}

function bugFields(failure: Failure): Record<string, string> {
  const cause = failure.detail.cause;
  return { stack: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
}
