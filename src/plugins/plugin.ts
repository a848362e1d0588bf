import { readdirSync } from 'node:fs';
import type { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import type { Loss } from '../generation/loss.ts';
import type {
  Adaptation,
  GenerationRequest,
  Modality,
  RequestContent,
  RequestFeatures,
} from '../generation/request.ts';

/**
 * Something that may change a request before it leaves, or an answer before it arrives, when the caller asks for it. What a
 * plugin is called and when it acts stands in its own file: shared code opens all that were asked for and never asks which.
 */
export interface Plugin {
  /** As callers write it in `plugins: [{ "id": … }]`. */
  readonly id: string;
  /** Its settings in a request, without `id` and `enabled`. A value that does not fit is the caller's mistake. */
  readonly settings: z.ZodType<JsonObject>;
  /** OpenRouter's word for the step in `openrouter_metadata.pipeline`; `plugin` unless given. */
  readonly stage?: 'response_healing' | 'context_compression';
  /** Its `fit` comes after all others': it has to see what they made of the request. */
  readonly fitsLast?: boolean;
  /** Settings, where a request asks for it in another way than by name or needs it as it is; `undefined` where it does not. */
  readonly askedBy?: (request: GenerationRequest) => JsonObject | undefined;
  /** For one request. `undefined`: there is nothing for it to do. Throws a `Failure` for what it can't do here. */
  open(order: PluginOrder): PluginRun | undefined;
}

export interface PluginOrder {
  readonly request: GenerationRequest;
  /** Checked by the plugin's own schema. */
  readonly settings: JsonObject;
  readonly tools: PluginTools;
}

/** What plugins reach of the world. */
export interface PluginTools {
  nowMs(): number;
  /** A file that the caller gave by address, under the gateway's rules for such addresses. */
  fetchMedia(address: string, signal: AbortSignal): Promise<{ readonly mediaType: string; readonly base64: string }>;
  /** To an address that the operator configured, never one of a caller's. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** What the installation's configuration says for the plugin of this id. */
  configured(id: string): unknown;
}

/** One plugin at work on one request. It keeps what it did until somebody asks. */
export interface PluginRun {
  /** What it makes up for at an endpoint: the router then lets the endpoint in. */
  readonly adapts?: Adaptation;
  /** Before planning. */
  revise?(request: GenerationRequest, signal: AbortSignal): Promise<Revision | undefined> | Revision | undefined;
  /** Before the call of one endpoint; it may be called for several, each time with the request as planned. */
  fit?(request: GenerationRequest, endpoint: FitTarget, signal: AbortSignal): Fitting;
  /** Over the events of an answer in order, in batches. Given only the meaning of events, never frames. */
  watch?(events: readonly GenerationEvent[]): readonly GenerationEvent[];
  /** Over all events of a whole plain answer. `undefined` leaves it as it is, byte for byte. */
  heal?(events: readonly GenerationEvent[]): Promise<readonly GenerationEvent[] | undefined>;
  /** What it did, for the record; `undefined` as long as it did nothing. */
  did(): PluginDeed | undefined;
}

export type Fitting = Promise<Revision | undefined> | Revision | undefined;

export interface Revision {
  readonly content?: RequestContent;
  readonly features?: Partial<RequestFeatures>;
  /** What of the request is no longer in it as the caller sent it. */
  readonly losses?: readonly Loss[];
}

/** Small, without any text of the prompt or the answer. */
export interface PluginDeed {
  /** In a few words, for people. */
  readonly summary: string;
  readonly data?: JsonObject;
  /** Searches made, and what each costs in picodollars. */
  readonly searches?: {
    readonly count: number;
    readonly unitPico: bigint;
    readonly engine: string;
    readonly results: number;
  };
}

/** What a plugin may know of an endpoint. */
export interface FitTarget {
  readonly id: string;
  readonly modelId: string;
  readonly contextTokensMax: number;
  readonly promptTokensMax?: number;
  readonly outputTokensMax?: number;
  readonly messagesMax?: number;
  readonly inputModalities: readonly Modality[];
}

/** Every plugin of this shelf, as `loadFormats` reads its own: a new plugin is one new file. */
export async function loadPlugins(): Promise<readonly Plugin[]> {
  const contract = import.meta.file;
  const files = readdirSync(import.meta.dir).filter(
    (file) => file.endsWith('.ts') && !/\.test(-data)?\.ts$/.test(file) && file !== contract,
  );
  const modules = await Promise.all(
    files.sort().map((file) => import(`./${file}`) as Promise<{ readonly default: Plugin }>),
  );
  return modules.map((module) => module.default);
}
