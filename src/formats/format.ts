import { readdirSync } from 'node:fs';
import type { z } from 'zod';
import type { Json, JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import type { Failure } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import type { GenerationRequest, Task } from '../generation/request.ts';
import type { Usage, UsageProvenance } from '../generation/usage.ts';
import type { TemplateName } from './openai-completions/chat-template.ts';

/** A request/response dialect, spoken both ways: by callers to us (`server`) and by us to providers (`client`). */
export interface WireFormat {
  readonly id: string;
  /** Formats in which providers of this one are asked for other things than answers, by task. */
  readonly tasks?: Readonly<Partial<Record<Task, string>>>;
  readonly server: FormatServer;
  readonly client: FormatClient;
}

/** How long a prompt is, and who says so: the provider, or our own estimate. */
export interface PromptCount {
  readonly tokens: number;
  readonly provenance: UsageProvenance;
}

/** An address where callers speak a format: `POST` to it generates. */
export interface FormatRoute {
  /** Hono pattern from the root, such as `/api/v1/messages`. A path below `/api/v1` answers below `/v1` too. */
  readonly path: string;
  /** What the address itself says of the request. Throws `Failure` for an address that is none. */
  read?(params: Readonly<Record<string, string>>, query: URLSearchParams): RequestAddress;
  /** Query parameter in which this format's clients may send their key. Nothing writes it down. */
  readonly keyParameter?: string;
  /** None for a further address of what another one does; several where the address itself says which. */
  readonly descriptions?: readonly RouteDescription[];
}

/** What the description of the API (`/api/v1/openapi.json`) says of an address. */
export interface RouteDescription {
  readonly summary: string;
  /** The address as OpenAPI writes it, where the pattern does not say it. */
  readonly path?: string;
  /** The fields of a body by name, with the schemas that they are read with. Further fields are passed on. */
  readonly fields: Readonly<Record<string, z.ZodType>>;
  readonly required: readonly string[];
  /** A body that is answered as it stands, where its model is. */
  readonly example: JsonObject;
}

/** What a format's list of models tells of one. */
export interface ModelFacts {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly contextTokensMax: number;
  readonly outputTokensMax?: number;
  readonly canThink: boolean;
}

/** What formats put into the address instead of the body. */
export interface RequestAddress {
  readonly model?: string;
  readonly stream?: boolean;
  /** How a stream is framed, where the address can say: server-sent events unless `json-array`. */
  readonly framing?: 'json-array';
}

export interface FormatServer {
  /** None for a format that only providers speak. */
  readonly routes: readonly FormatRoute[];
  /** Names of headers, in lower case, in which callers of this format say something to the provider. No others are kept. */
  readonly headers?: readonly string[];
  /** Where its clients look for the id of a request, beside `x-request-id`. In lower case. */
  readonly requestIdHeader?: string;
  /** Statuses that this format gives otherwise than our table of failures, such as 529 for 503. */
  readonly statuses?: Readonly<Record<number, number>>;
  /** Where callers ask how long a prompt is, in the same body, instead of for an answer. */
  readonly counting?: { readonly routes: readonly FormatRoute[]; encodeCount(count: PromptCount): JsonObject };
  /** Where callers ask which models there are, in the format's own words; for one of them, below the same path. */
  readonly listing?: {
    readonly paths: readonly string[];
    readonly keyParameter?: string;
    encodeModel(model: ModelFacts): JsonObject;
    /** The page that the query asks for. Throws `Failure` where it asks for none. */
    encodeList(models: readonly ModelFacts[], query: URLSearchParams): JsonObject;
  };
  /** Reads a caller's body. Throws `Failure` with a clear message for anything that is not a valid request. */
  decodeRequest(body: Uint8Array, address?: RequestAddress): GenerationRequest;
  /** The caller wants to see no thoughts at all, and no frame may pass unread that could hold one. */
  hidesThoughts?(request: GenerationRequest): boolean;
  /** What a preset adds to a body. A format without it takes only models and provider preferences from presets. */
  encodePreset?(settings: PresetSettings): PresetBody;
  /** A new encoder for one answer; `request` is what it answers, for formats that repeat it. */
  openEncoder(answer: AnswerIdentity, request?: GenerationRequest): AnswerEncoder;
  /** The error body of this format, for a failure before anything was sent. */
  encodeFailure(failure: Failure, requestId?: string): JsonObject;
}

/** What a preset says beside models and provider preferences, where the request says nothing. */
export interface PresetSettings {
  readonly systemPrompt?: string;
  /** Functions, as chat completions have them. */
  readonly tools: readonly JsonObject[];
  /** By OpenRouter's chat names. */
  readonly fields: JsonObject;
}

export interface PresetBody {
  /** Fields for a body that lacks them; of an object that is there, the members that it lacks. */
  readonly fill: JsonObject;
  /** Items for lists, there already or not: put in front of what they hold, or behind it. */
  readonly before?: Readonly<Record<string, readonly Json[]>>;
  readonly after?: Readonly<Record<string, readonly Json[]>>;
}

/** What we put on every answer, whoever made it. */
export interface AnswerIdentity {
  /** Our generation id, `gen-…`. */
  readonly id: string;
  /** Slug of the model that ran. */
  readonly model: string;
  /** Display name of the provider that ran it. */
  readonly provider: string;
  /** Seconds since 1970. */
  readonly created: number;
}

/** What the meter adds to the usage part of an answer. */
export interface AnswerCost {
  /** USD charged, and the parts of it. */
  readonly cost: number;
  readonly promptCost: number;
  readonly completionCost: number;
  readonly isByok: boolean;
}

/**
 * Encodes one answer; it keeps the state that a stream needs. Events of meaning may follow frames of the caller's own format,
 * when an answer that broke off goes on elsewhere: text goes on in the open block of text, with the same ids and indexes.
 */
export interface AnswerEncoder {
  /** Of a stream; `text/event-stream` unless given. */
  readonly contentType?: string;
  /** What of the answer this format had no word for. */
  readonly losses?: readonly Loss[];
  /** Frames for a batch of events, ready for the socket; undefined when they carry nothing for the caller. */
  encodeEvents(events: readonly GenerationEvent[]): Uint8Array | undefined;
  /** The usage frame and the terminal event. Called exactly once, only after `generation-end`. */
  encodeEnd(usage: AnswerUsage, extra?: JsonObject): Uint8Array;
  /** The terminal error of a stream that had begun. Never looks like a normal end. */
  encodeStreamFailure(failure: Failure): Uint8Array;
  /** One plain body folded from all events of the answer. `extra` fields are added at the top level. */
  encodeResult(events: readonly GenerationEvent[], usage: AnswerUsage, extra?: JsonObject): Uint8Array;
  /** A comment that keeps a waiting caller's connection open. */
  encodeKeepAlive(): Uint8Array;
}

export interface AnswerUsage {
  readonly usage: Usage;
  readonly cost: AnswerCost;
  /** The provider's own usage object: fields we do not know stay in the answer of its format. */
  readonly reported?: JsonObject;
  /** Wire format of that object; `openai-chat` unless given. */
  readonly reportedFormat?: string;
}

export interface FormatClient {
  /** Path below the provider's base URL, such as `/chat/completions`. */
  path(target: RequestTarget): string;
  /**
   * The provider's body. Spliced from the caller's bytes when the formats are the same and nothing was revised. What the
   * provider will not see as it was sent is added to `losses`.
   */
  encodeRequest(request: GenerationRequest, target: RequestTarget, losses: Loss[]): Uint8Array;
  /** What this format says above the body. The key is the provider's own affair. */
  headers?(request: GenerationRequest): Readonly<Record<string, string>>;
  /** How a provider is asked how long a prompt is. `decodeCount` gives undefined for anything that is no count. */
  readonly counting?: {
    path(target: RequestTarget): string;
    encodeCount(request: GenerationRequest, target: RequestTarget): Uint8Array;
    decodeCount(body: Uint8Array): number | undefined;
  };
  /** White space at the end of an answer to go on from is an error here: it is cut off, and may be written once more. */
  readonly showsNoSpace?: boolean;
  /** Of a format of texts: has this chat, with the answer to go on from, a form in it? */
  canWriteOn?(request: GenerationRequest, target: RequestTarget): boolean;
  /** Pictures and files are given inside the request only: the gateway fetches those that are given by address. */
  readonly takesInlineMediaOnly?: boolean;
  /** Addresses that the providers of this format open themselves all the same. */
  opensAddress?(address: string): boolean;
  /** Decodes a stream. `passThrough` is true when the caller speaks this same format: raw frames may then stay unread. */
  openDecoder(options: DecodeOptions): AnswerDecoder;
  /** Decodes a plain answer. Throws `Failure` for an error inside a 200 and for anything that is no answer. */
  decodeResult(body: Uint8Array, options: DecodeOptions): readonly GenerationEvent[];
  /** What a non-2xx answer means. */
  decodeFailure(answer: { status: number; headers: Headers; body: Uint8Array }): Failure;
}

export interface DecodeOptions {
  /** The caller speaks this same format and nothing else needs the meaning: raw frames may stay unread. */
  readonly passThrough: boolean;
  readonly quirks: RequestQuirks;
}

export interface RequestTarget {
  /** The provider's own name of the model. */
  readonly upstreamModel: string;
  readonly stream: boolean;
  readonly quirks: RequestQuirks;
  /** OpenRouter's parameter names that the endpoint honours; others of the 26 are left out. */
  readonly supportedParameters: readonly string[];
  /** What the provider sees instead of the caller's `user`: unlinkable to other accounts. */
  readonly endUser?: string;
  /** The endpoint's context, for formats that ask the engine for its size. */
  readonly contextTokensMax?: number;
  /** The answer so far, to go on from; see `Continuation`. */
  readonly continuation?: Continuation;
  /** Media that was given by address and fetched by the gateway, by that address. */
  readonly media?: ReadonlyMap<string, FetchedMedia>;
  /** Tokens of output where the caller set no limit, for formats that need one. */
  readonly outputTokensMax?: number;
  /** What the engine has loaded: to ask for less would make it load the model again. */
  readonly contextTokensLoaded?: number;
}

/**
 * An answer that broke off, for another endpoint to finish. `prefill`: it stands as the last message and the provider writes
 * on; `completion`: it stands at the end of a text in the model's own template; `instruct`: it stands there and a message asks for
 * the rest.
 */
export interface Continuation {
  readonly mode: 'prefill' | 'completion' | 'instruct';
  readonly text: string;
  /** About how many tokens of the caller's output limit are used up. */
  readonly outputTokens: number;
}

export interface FetchedMedia {
  readonly mediaType: string;
  readonly base64: string;
}

/** How a provider departs from its format, as data. Fields are top-level names of the provider's request body. */
export interface RequestQuirks {
  /** Caller's field → provider's field, such as `max_completion_tokens` → `max_tokens`. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Fields the provider answers with an error instead of ignoring them. */
  readonly drop?: readonly string[];
  /** Fields always sent, replacing the caller's. */
  readonly set?: JsonObject;
  /** `ask`: sends `stream_options.include_usage`; `given`: comes by itself; `refused`: asking is an error. */
  readonly streamUsage?: 'ask' | 'given' | 'refused';
  /** What ends a stream: the format's own marker, or, for providers that never send it, the finish reason. */
  readonly streamEnd?: 'marker' | 'finish';
  /**
   * How reasoning is asked for: OpenAI's `reasoning_effort` (the default in chat completions), OpenRouter's `reasoning` object,
   * or Anthropic's `thinking`.
   */
  readonly reasoning?: 'effort' | 'object' | 'thinking';
  /**
   * Marks for the prompt's cache: an error here, or known to be understood. Else a caller of the same format finds out, and
   * nobody else's are sent.
   */
  readonly cacheMarks?: 'taken' | 'refused';
  /** Roles the provider does not know, such as `developer` → `system`. Costs a parse of the messages when one occurs. */
  readonly roles?: Readonly<Record<string, string>>;
  /** Fields sent beside a last message that is to be written on, such as vLLM's `continue_final_message`. */
  readonly prefill?: { readonly body?: JsonObject; readonly message?: JsonObject };
  /** How the model's own template lays a chat out, where that is known for certain. */
  readonly template?: TemplateName;
  /** Field for a text that keeps the engine's prompt cache apart by tenant, such as vLLM's `cache_salt`. */
  readonly cacheSaltField?: string;
  /** Header for a key of the conversation: a front then sends its next turn where the last one went. In lower case. */
  readonly sessionHeader?: string;
  /** Pictures and files by address are an error here: the gateway fetches them. */
  readonly inlineMediaOnly?: boolean;
  /** Where some of the provider's models depart further, by their upstream names: the first that matches replaces field by field. */
  readonly models?: readonly { readonly match: RegExp; readonly quirks: Omit<RequestQuirks, 'models'> }[];
  /** Last resort, on the parsed body. Costs a parse of the whole body. */
  readonly amendBody?: (body: Record<string, unknown>) => Record<string, unknown>;
}

/** Decodes one stream: a grammar that emits `generation-end` only for the provider's own terminal event. */
export interface AnswerDecoder {
  /** Events of the frames completed by these bytes. Throws `Failure` when the provider reports an error or garbles. */
  push(bytes: Uint8Array): readonly GenerationEvent[];
  /** The bytes ended. Throws `provider-cut-off` when the terminal event had not come. */
  end(): readonly GenerationEvent[];
}

/**
 * Every wire format of this shelf: each file of the folder but this one, so that a new format is one new file and no list of
 * them has to be kept.
 */
export async function loadFormats(): Promise<readonly WireFormat[]> {
  const contract = import.meta.file;
  const files = readdirSync(import.meta.dir).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== contract,
  );
  const modules = await Promise.all(
    files.sort().map((file) => import(`./${file}`) as Promise<{ readonly default: WireFormat }>),
  );
  return modules.map((module) => module.default);
}
