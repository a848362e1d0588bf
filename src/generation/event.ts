import type { Json, JsonObject } from '../base/json.ts';
import type { JsonDocument } from '../base/json-scan.ts';
import type { ReasoningKind, ReasoningPiece } from './reasoning.ts';
import type { Usage } from './usage.ts';

/** OpenRouter's normalised reasons; the provider's own word travels beside it. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error';

/**
 * One step of an answer. A plain JSON answer is a fold over these. `raw` is the provider's own frame: an encoder of
 * the same format sends those bytes on, spliced, instead of building a frame from the meaning.
 */
export type GenerationEvent =
  | { readonly type: 'generation-start'; readonly upstreamId?: string; readonly upstreamModel?: string }
  | { readonly type: 'text-delta'; readonly part: number; readonly text: string; readonly raw?: Raw }
  | { readonly type: 'refusal-delta'; readonly part: number; readonly text: string; readonly raw?: Raw }
  /** `kind` is `text` unless said. A signature may come alone, after its text. */
  | ({ readonly type: 'reasoning-delta'; readonly part: number; readonly raw?: Raw } & Omit<ReasoningPiece, 'kind'> & {
        readonly kind?: ReasoningKind;
      })
  | {
      readonly type: 'tool-call-start';
      readonly part: number;
      readonly id: string;
      readonly name: string;
      readonly raw?: Raw;
    }
  | { readonly type: 'tool-call-delta'; readonly part: number; readonly argumentsJson: string; readonly raw?: Raw }
  | { readonly type: 'part-end'; readonly part: number; readonly raw?: Raw }
  /** A source that the text before it cites, as OpenRouter prints annotations. */
  | { readonly type: 'annotation'; readonly part: number; readonly annotation: JsonObject; readonly raw?: Raw }
  /** A picture, whole, or a piece of sound. */
  | {
      readonly type: 'media-delta';
      readonly part: number;
      readonly modality: 'image' | 'audio';
      readonly mediaType: string;
      readonly base64: string;
      /** What the piece of sound says. */
      readonly transcript?: string;
      readonly raw?: Raw;
    }
  /** One entry for each token of the text before it, as OpenAI prints them. */
  | { readonly type: 'logprobs'; readonly content: readonly JsonObject[]; readonly raw?: Raw }
  /**
   * A frame that carries content whose meaning nobody needed: the caller speaks the provider's format, so the bytes go
   * through. `contentBytes` bounds the content in it, for counting when the provider reports no usage.
   */
  | {
      readonly type: 'raw-content';
      readonly raw: Raw;
      readonly contentBytes: number;
      /** The content of a frame without a shape, where it holds one kind of it; see `contentOf`. */
      readonly content?: RawContent;
    }
  /** Something only its own format understands. Other formats drop it and say so. */
  | { readonly type: 'native'; readonly format: string; readonly data?: Json; readonly raw?: Raw }
  /** A sign of life without meaning: an SSE comment, a ping, a role-only first chunk. */
  | { readonly type: 'keep-alive'; readonly raw?: Raw }
  | {
      readonly type: 'usage';
      readonly usage: Usage;
      /** The provider's own usage object, for the fields that only its format knows. */
      readonly reported?: JsonObject;
      readonly raw?: Raw;
    }
  | {
      readonly type: 'finish';
      readonly finishReason: FinishReason;
      readonly nativeFinishReason: string;
      /** The stop string that ended it, where the provider says which. */
      readonly stopSequence?: string;
      readonly raw?: Raw;
    }
  /** A whole plain answer of the same format. Always accompanied by the events of its meaning, before it. */
  | { readonly type: 'raw-result'; readonly body: Uint8Array; readonly document: JsonDocument }
  /** The provider's own terminal event was seen. Nothing follows. */
  | { readonly type: 'generation-end' };

/** `earlier`: the frame that carries this meaning came with an event before this one. Absent: build a frame from the meaning. */
export type Raw = RawFrame | 'earlier';

/** Valid as long as its frame. `text` and `reasoning` hold the inside of a JSON string: the text with its escapes. */
export interface RawContent {
  readonly kind: 'text' | 'reasoning' | 'tool-call' | 'other';
  readonly json?: Uint8Array;
}

/** One SSE frame's JSON payload, without `data: ` and line ends. The bytes are valid until the next decoder call. */
export interface RawFrame {
  readonly bytes: Uint8Array;
  /** The SSE event name, in formats that have one. */
  readonly event?: string;
  /** The frame's structure, when the decoder had to look. */
  readonly document?: JsonDocument;
  /** Set when the frame equals an earlier one but for one string; see `FrameShape`. */
  readonly shape?: FrameShape;
}

/**
 * Most frames of a stream are the same bytes around one changing string. A shape names those bytes once, so that neither
 * decoder nor encoder looks at them again: `bytes` = prefix + string + suffix.
 */
export interface FrameShape {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
  /** A whole frame of this shape with its structure, for working out the edits. */
  readonly sample: JsonDocument;
  /** Name of the member that holds the changing string. */
  readonly field: string;
  /** What that string is. */
  readonly kind: RawContent['kind'];
}

/** The content that a frame carries, for going on from it at another endpoint. Valid as long as the frame. */
export function contentOf(event: GenerationEvent & { readonly type: 'raw-content' }): RawContent | undefined {
  const { raw } = event;
  if (raw === 'earlier' || raw.shape === undefined) return event.content;
  const { prefix, suffix, kind } = raw.shape;
  return { kind, json: raw.bytes.subarray(prefix.length, raw.bytes.length - suffix.length) };
}

/** A copy that outlives the decoder's buffer. */
export function keepEvent(event: GenerationEvent): GenerationEvent {
  if (!('raw' in event) || event.raw === undefined) return event;
  const raw = event.raw === 'earlier' ? event.raw : keepFrame(event.raw);
  if (event.type !== 'raw-content' || event.content?.json === undefined) return { ...event, raw };
  return { ...event, raw, content: { kind: event.content.kind, json: event.content.json.slice() } };
}

function keepFrame(raw: RawFrame): RawFrame {
  const bytes = raw.bytes.slice();
  return { ...raw, bytes, ...(raw.document && { document: raw.document.over(bytes) }) };
}

/** True for the events that commit an answer: once one is sent, no other endpoint can start over. */
export function isContent(event: GenerationEvent): boolean {
  switch (event.type) {
    case 'text-delta':
    case 'refusal-delta':
      return event.text !== '';
    case 'reasoning-delta':
      return event.text !== '' || event.signature !== undefined;
    case 'tool-call-start':
    case 'tool-call-delta':
    case 'media-delta':
    case 'raw-content':
      return true;
    default:
      return false;
  }
}
