import type { Json, JsonObject } from '../base/json.ts';
import type { JsonDocument } from '../base/json-scan.ts';
import type { PreferenceLayer, RoutingPreferences } from './preferences.ts';
import type { ReasoningKind, ReasoningPiece } from './reasoning.ts';

/** What a model is asked to do, other than to answer. */
export type Task = 'embeddings' | 'rerank';

export type Modality = 'text' | 'image' | 'file' | 'audio' | 'video';

/** What the router needs to know of a request. Small, without prompt text, and recorded with every decision. */
export interface RequestFeatures {
  /** Slugs in order of preference, as sent: `model` first, then `models`. */
  readonly models: readonly string[];
  readonly preferences: RoutingPreferences;
  /** What `preferences` were merged from, nearest first; absent where nobody said anything. */
  readonly layers?: readonly PreferenceLayer[];
  /** Whose settings filled the request up. */
  readonly preset?: PresetMark;
  /** Parameter names the caller sent (OpenRouter's names), for `supported_parameters`. */
  readonly parameters: readonly string[];
  readonly inputModalities: readonly Modality[];
  readonly outputModalities: readonly string[];
  readonly hasTools: boolean;
  /** Estimated prompt size in tokens: the text's bytes over 4, plus a fixed share per picture or file. */
  readonly promptTokensEstimate: number;
  /** No tokenizer makes more tokens than this of the prompt: for holds, never shown. */
  readonly promptTokensMax: number;
  /** What the caller asked for; undefined leaves it to the endpoint. */
  readonly outputTokensMax?: number;
  readonly serviceTier?: string;
  readonly sessionId?: string;
  /** Refuses an endpoint that would lose something of the request in translation. */
  readonly isStrict?: boolean;
  readonly stream: boolean;
  /** Belongs to `trunkline demo`: answered by its own providers and the bundled model alone, so that it costs nobody anything. */
  readonly isDemo?: boolean;
  /** Something else than an answer in words is asked for; formats of their own speak of it. */
  readonly task?: Task;
  /** What plugins make up for at endpoints that lack it. */
  readonly adapts?: Adaptation;
  /** Bounds for the choice of a model, where the request leaves that to us. */
  readonly auto?: AutoWish;
}

/** Which version of a preset was used. */
export interface PresetMark {
  readonly id: string;
  readonly slug: string;
  readonly version: number;
}

/** By what a model costs among all that are connected: a fifth of them each, the cheapest first. */
export type CostTier = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface AutoWish {
  /** In lower case and without variants: what stands for the choice. */
  readonly slugs: readonly string[];
  /** Ids with `*` for any letters; all models unless given. */
  readonly allowed?: readonly string[];
  /** Counts against `allowed`. */
  readonly excluded?: readonly string[];
  readonly costTier?: CostTier;
  /** No model that is dearer than this share of them, from 0 to 100; `costTier` counts before it. */
  readonly costCeiling?: number;
  /** The model that answered the turn before: it goes on where it can serve. */
  readonly pinned?: string;
}

/** What an endpoint need not bring, since a plugin changes the request for it before the call. */
export interface Adaptation {
  /** Kinds of input that become text. */
  readonly modalities?: readonly Modality[];
  /** An endpoint whose context holds this share of the prompt is enough: the rest of it goes. Above 0, below 1. */
  readonly contextShare?: number;
}

/** Fields that only one format has a word for: kept for it, lost in any other. */
export interface Extra {
  /** Wire format id. */
  readonly format: string;
  readonly fields: JsonObject;
}

/** The provider may keep the prompt up to here for the next request. */
export interface CacheMark {
  /** Absent: the provider's own default. */
  readonly ttl?: '5m' | '1h';
}

interface PartTraits {
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

/** A part of a message in the canonical language. */
export type Part =
  | ({ readonly type: 'text'; readonly text: string } & PartTraits)
  | ({ readonly type: 'refusal'; readonly text: string } & PartTraits)
  | ({
      readonly type: 'media';
      readonly modality: Modality;
      readonly mediaType?: string;
      /** `file`: an id of a file that the provider keeps. */
      readonly source: { readonly url: string } | { readonly base64: string } | { readonly file: string };
      readonly detail?: string;
      readonly name?: string;
    } & PartTraits)
  /** Goes back to the provider unchanged and in order, when it was the provider's own. */
  | ({ readonly type: 'reasoning' } & Omit<ReasoningPiece, 'kind'> & { readonly kind?: ReasoningKind } & PartTraits)
  | ({
      readonly type: 'tool-call';
      readonly id: string;
      readonly name: string;
      readonly argumentsJson: string;
    } & PartTraits)
  | ({
      readonly type: 'tool-result';
      readonly callId: string;
      readonly content: readonly Part[];
      readonly isError?: boolean;
    } & PartTraits)
  /** Something only its own format understands, whole. */
  | { readonly type: 'native'; readonly format: string; readonly data: Json };

export interface Message {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  readonly name?: string;
  readonly content: readonly Part[];
  readonly extra?: Extra;
}

export interface Tool {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

/** The request in the canonical language: what a provider of another format is given. */
export interface RequestContent {
  readonly messages: readonly Message[];
  readonly tools: readonly Tool[];
  /** Tools that the provider itself runs, in the words of one format. */
  readonly nativeTools?: readonly { readonly format: string; readonly data: Json }[];
  readonly toolChoice?: 'none' | 'auto' | 'required' | { readonly name: string };
  /** Sampling and every other field of the caller's body, by OpenRouter's chat name. */
  readonly fields: Readonly<Record<string, Json>>;
  readonly extra?: Extra;
}

/** One request of a caller. `origin` keeps the caller's own bytes; `content` is built on first use. */
export interface GenerationRequest {
  readonly features: RequestFeatures;
  readonly origin: RequestOrigin;
  content(): RequestContent;
  /** The prompt in the order in which a model reads it, without parsing it. A format that lacks this has its content read. */
  pieces?(): Iterable<PromptPiece>;
  /** Value of a small top-level field of the origin, parsed; undefined when absent. */
  field(name: string): Json | undefined;
}

/** Bytes that are the same when the prompt is: to recognise a prompt's beginning, never to read it. */
export interface PromptPiece {
  readonly bytes: Uint8Array;
  /** A picture or file: one whole thing, of which no beginning is worth anything. */
  readonly isMedia: boolean;
}

export interface RequestOrigin {
  /** Wire format id, such as `openai-chat`. */
  readonly format: string;
  readonly body: Uint8Array;
  /** What the caller sent, where a preset made `body` of it. */
  readonly received?: Uint8Array;
  readonly document: JsonDocument;
  /** Top-level fields by unescaped name: their nodes in the document. Fields sent as `null` are not here: null means absent. */
  readonly fields: ReadonlyMap<string, number>;
  /** Those headers of the caller's in which its format says something, by name in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `content()` says something else than `body`, since a plugin changed it: build from the content. */
  readonly isRevised?: boolean;
  /** How a stream is framed, where the address could say: server-sent events unless `json-array`. */
  readonly framing?: 'json-array';
}
