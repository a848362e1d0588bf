import type { Json, JsonObject } from '../base/json.ts';
import type { JsonDocument } from '../base/json-scan.ts';
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
  | { readonly type: 'reasoning-delta'; readonly part: number; readonly text: string; readonly raw?: Raw }
  | {
      readonly type: 'tool-call-start';
      readonly part: number;
      readonly id: string;
      readonly name: string;
      readonly raw?: Raw;
    }
  | { readonly type: 'tool-call-delta'; readonly part: number; readonly argumentsJson: string; readonly raw?: Raw }
  | { readonly type: 'part-end'; readonly part: number; readonly raw?: Raw }
  /**
   * A frame that carries content whose meaning nobody needed: the caller speaks the provider's format, so the bytes go
   * through. `contentBytes` bounds the content in it, for counting when the provider reports no usage.
   */
  | { readonly type: 'raw-content'; readonly raw: Raw; readonly contentBytes: number }
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
      readonly raw?: Raw;
    }
  /** A whole plain answer of the same format. Always accompanied by the events of its meaning, before it. */
  | { readonly type: 'raw-result'; readonly body: Uint8Array; readonly document: JsonDocument }
  /** The provider's own terminal event was seen. Nothing follows. */
  | { readonly type: 'generation-end' };

/** `earlier`: the frame that carries this meaning came with an event before this one. Absent: build a frame from the meaning. */
export type Raw = RawFrame | 'earlier';

/** One SSE frame's JSON payload, without `data: ` and line ends. The bytes are valid until the next decoder call. */
export interface RawFrame {
  readonly bytes: Uint8Array;
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
}

/** A copy that outlives the decoder's buffer. */
export function keepEvent(event: GenerationEvent): GenerationEvent {
  if (!('raw' in event) || event.raw === undefined || event.raw === 'earlier') return event;
  const bytes = event.raw.bytes.slice();
  return {
    ...event,
    raw: { ...event.raw, bytes, ...(event.raw.document && { document: event.raw.document.over(bytes) }) },
  };
}

/** True for the events that commit an answer: once one is sent, no other endpoint can start over. */
export function isContent(event: GenerationEvent): boolean {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return event.text !== '';
    case 'tool-call-start':
    case 'tool-call-delta':
    case 'raw-content':
      return true;
    default:
      return false;
  }
}
