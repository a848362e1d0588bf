import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { PluginRecord } from '../billing/generation-record.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { asFailure, Failure } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import type { Adaptation, GenerationRequest } from '../generation/request.ts';
import type { Plugin, PluginDeed, PluginRun, PluginTools, Revision } from '../plugins/plugin.ts';
import type { GatewayParts } from './gateway-parts.ts';

/** All plugins of one request together get so long before it is planned, and again before each call. */
const DEADLINE_MS = 30_000;
/** No request needs more of them than there are; a longer list is a mistake or an attack. */
const PLUGINS_MAX = 32;

export interface FittedRequest {
  readonly request: GenerationRequest;
  readonly losses: readonly Loss[];
}

interface OpenPlugin {
  readonly plugin: Plugin;
  readonly run: PluginRun;
}

/** The plugins at work on one request: those that it names, and those that it asks for in another way. */
export class PluginWork {
  readonly #parts: GatewayParts;
  readonly #open: readonly OpenPlugin[];
  /** Some plugin reads what the answer says: frames that pass unread are nothing to it. */
  readonly readsMeaning: boolean;
  #losses: readonly Loss[] = [];

  /** Throws for a plugin that is not on the shelf, and for settings that do not fit. */
  constructor(parts: GatewayParts, request: GenerationRequest) {
    this.#parts = parts;
    const asked = askedPlugins(parts.plugins, request);
    this.#open = [...asked].flatMap(([plugin, given]) => {
      const run = plugin.open({ request, settings: readSettings(plugin, given), tools: toolsOf(parts) });
      return run ? [{ plugin, run }] : [];
    });
    this.readsMeaning = this.#open.some(({ run }) => run.watch !== undefined || run.heal !== undefined);
  }

  /** The request as it is planned and called. The same object when no plugin has to do with it. */
  revise(request: GenerationRequest, signal: AbortSignal): Promise<GenerationRequest> | GenerationRequest {
    return this.#open.length === 0 ? request : this.#revise(request, signal);
  }

  async #revise(request: GenerationRequest, signal: AbortSignal): Promise<GenerationRequest> {
    const revising = this.#open.filter(({ run }) => run.revise);
    const fitted = await this.#each(revising, request, signal, (run, before, bound) => run.revise!(before, bound));
    this.#losses = fitted.losses;
    const adapts = joinAdaptations(this.#open.flatMap(({ run }) => run.adapts ?? []));
    if (!adapts) return fitted.request;
    return { ...fitted.request, features: { ...fitted.request.features, adapts } };
  }

  /** The request as one endpoint can take it. */
  async fit(request: GenerationRequest, endpoint: Endpoint, signal: AbortSignal): Promise<FittedRequest> {
    const fitting = this.#open.filter(({ run }) => run.fit);
    const ordered = [...fitting].sort(
      (a, b) => Number(a.plugin.fitsLast ?? false) - Number(b.plugin.fitsLast ?? false),
    );
    const { request: fitted, losses } = await this.#each(ordered, request, signal, (run, before, bound) =>
      run.fit!(before, endpoint, bound),
    );
    return { request: fitted, losses: [...this.#losses, ...losses] };
  }

  watch(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    if (!this.readsMeaning) return events;
    return this.#open.reduce((seen, { run }) => run.watch?.(seen) ?? seen, events);
  }

  async heal(events: readonly GenerationEvent[]): Promise<readonly GenerationEvent[]> {
    let seen = events;
    for (const { run } of this.#open) seen = (await run.heal?.(seen)) ?? seen;
    return seen;
  }

  deeds(): readonly (PluginDeed & { readonly id: string })[] {
    return this.#open.flatMap(({ plugin, run }) => {
      const deed = run.did();
      return deed ? [{ id: plugin.id, ...deed }] : [];
    });
  }

  records(): readonly PluginRecord[] {
    return this.deeds().map(({ id, summary, data, searches }) => ({
      id,
      summary,
      ...(data && { data }),
      ...(searches && { searches: { engine: searches.engine, count: searches.count, results: searches.results } }),
    }));
  }

  /** OpenRouter's `PipelineStage`, for callers who ask for metadata. */
  stages(): readonly JsonObject[] {
    return this.deeds().map(({ id, summary, data }) => {
      const plugin = this.#parts.plugins.get(id);
      return { type: plugin?.stage ?? 'plugin', name: id, summary, ...(data && { data }) };
    });
  }

  async #each(
    open: readonly OpenPlugin[],
    request: GenerationRequest,
    signal: AbortSignal,
    act: (
      run: PluginRun,
      request: GenerationRequest,
      signal: AbortSignal,
    ) => Promise<Revision | undefined> | Revision | undefined,
  ): Promise<FittedRequest> {
    let fitted: FittedRequest = { request, losses: [] };
    if (open.length === 0) return fitted;
    const deadline = new AbortController();
    const alarm = this.#parts.wheel.set(DEADLINE_MS, () => deadline.abort(tooSlow(open)));
    const bound = AbortSignal.any([signal, deadline.signal]);
    try {
      for (const { run } of open) {
        const revision = await orAborted(act(run, fitted.request, bound), bound);
        if (revision) fitted = applied(fitted, revision);
      }
      return fitted;
    } finally {
      this.#parts.wheel.clear(alarm);
    }
  }
}

/** A plugin that does not listen to its signal holds nobody up. */
async function orAborted<T>(acting: Promise<T> | T, signal: AbortSignal): Promise<T> {
  if (!(acting instanceof Promise)) return acting;
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(asFailure(signal.reason));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([acting, promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function applied({ request, losses }: FittedRequest, revision: Revision): FittedRequest {
  const { content, features } = revision;
  const revised: GenerationRequest = {
    ...request,
    ...(features && { features: { ...request.features, ...features } }),
    ...(content && { content: () => content, origin: { ...request.origin, isRevised: true } }),
  };
  return { request: revised, losses: [...losses, ...(revision.losses ?? [])] };
}

/** In the order of the shelf; what the caller named counts before what is asked for in another way. */
function askedPlugins(shelf: GatewayParts['plugins'], request: GenerationRequest): ReadonlyMap<Plugin, JsonObject> {
  const named = new Map<string, JsonObject>();
  const off = new Set<string>();
  const list = request.field('plugins');
  const entries: readonly Json[] = Array.isArray(list) ? list : [];
  if (entries.length > PLUGINS_MAX) throw invalid('plugins', `At most ${PLUGINS_MAX} plugins`);
  for (const entry of entries) {
    if (!isJsonObject(entry) || typeof entry.id !== 'string') continue;
    const { id, enabled, ...settings } = entry;
    if (enabled !== undefined && enabled !== null && typeof enabled !== 'boolean')
      throw invalid('plugins', `${id}.enabled: expected true or false`);
    if (enabled === false) {
      off.add(id);
      continue;
    }
    if (!shelf.has(id)) throw unavailable(id, shelf);
    if (named.has(id)) throw invalid('plugins', `the plugin "${id}" is listed twice`);
    named.set(id, settings);
  }
  const asked = new Map<Plugin, JsonObject>();
  for (const [id, plugin] of shelf) {
    const settings = named.get(id) ?? (off.has(id) ? undefined : plugin.askedBy?.(request));
    if (settings) asked.set(plugin, settings);
  }
  return asked;
}

function readSettings(plugin: Plugin, given: JsonObject): JsonObject {
  const result = plugin.settings.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [plugin.id, ...(issue?.path ?? []).map(String)].join('.');
  throw invalid('plugins', `${path}: ${issue?.message ?? 'Invalid value'}`);
}

function toolsOf(parts: GatewayParts): PluginTools {
  return {
    nowMs: () => parts.clock.nowMs(),
    fetchMedia: (address, signal) => parts.media.fetch(address, signal),
    fetch: (url, init) => parts.fetch(new URL(url), init),
    configured: (id) => parts.pluginSettings(id),
  };
}

function joinAdaptations(adaptations: readonly Adaptation[]): Adaptation | undefined {
  if (adaptations.length === 0) return undefined;
  const modalities = adaptations.flatMap((adaptation) => adaptation.modalities ?? []);
  const shares = adaptations.flatMap(({ contextShare }) => contextShare ?? []);
  return {
    ...(modalities.length > 0 && { modalities: [...new Set(modalities)] }),
    ...(shares.length > 0 && { contextShare: Math.min(...shares) }),
  };
}

function invalid(param: string, message: string): Failure {
  return new Failure('invalid-request', { message: `${param}: ${message}`, metadata: { param } });
}

function unavailable(id: string, shelf: GatewayParts['plugins']): Failure {
  const known = [...shelf.keys()].join(', ');
  return new Failure('unprocessable', {
    message: `plugins: the plugin "${id.slice(0, 60)}" is not available here. There are: ${known}.`,
    metadata: { param: 'plugins' },
  });
}

function tooSlow(open: readonly OpenPlugin[]): Failure {
  const ids = open.map(({ plugin }) => plugin.id).join(', ');
  return new Failure('plugin-timeout', { message: `plugins: ${ids} took longer than ${DEADLINE_MS / 1000} seconds` });
}
