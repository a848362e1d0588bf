import type { Json } from '../base/json.ts';
import type { Usage } from './usage.ts';

/** OpenRouter's normalised reasons; the provider's own word travels beside it. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error';

/**
 * One step of an answer. A plain JSON answer is a fold over these. `raw` is the provider's own frame: an encoder of
 * the same format sends those bytes on, spliced, instead of building a frame from the meaning.
 */
export type GenerationEvent =
  | { readonly type: 'generation-start'; readonly upstreamId?: string; readonly upstreamModel?: string }
  | { readonly type: 'text-delta'; readonly part: number; readonly text: string; readonly raw?: RawFrame }
  | { readonly type: 'reasoning-delta'; readonly part: number; readonly text: string; readonly raw?: RawFrame }
  | {
      readonly type: 'tool-call-start';
      readonly part: number;
      readonly id: string;
      readonly name: string;
      readonly raw?: RawFrame;
    }
  | { readonly type: 'tool-call-delta'; readonly part: number; readonly argumentsJson: string; readonly raw?: RawFrame }
  | { readonly type: 'part-end'; readonly part: number; readonly raw?: RawFrame }
  /**
   * A frame that carries content whose meaning nobody needed: the caller speaks the provider's format, so the bytes go
   * through. `contentBytes` bounds the content in it, for counting when the provider reports no usage.
   */
  | { readonly type: 'raw-content'; readonly raw: RawFrame; readonly contentBytes: number }
  /** Something only its own format understands. Other formats drop it and say so. */
  | { readonly type: 'native'; readonly format: string; readonly data?: Json; readonly raw?: RawFrame }
  /** A sign of life without meaning: an SSE comment, a ping, a role-only first chunk. */
  | { readonly type: 'keep-alive'; readonly raw?: RawFrame }
  | { readonly type: 'usage'; readonly usage: Usage; readonly raw?: RawFrame }
  | {
      readonly type: 'finish';
      readonly finishReason: FinishReason;
      readonly nativeFinishReason: string;
      readonly raw?: RawFrame;
    }
  /** A whole plain answer of the same format. Always accompanied by the events of its meaning, before it. */
  | { readonly type: 'raw-result'; readonly body: Uint8Array }
  /** The provider's own terminal event was seen. Nothing follows. */
  | { readonly type: 'generation-end' };

/** One SSE frame's JSON payload, without `data: ` and line ends. The bytes are valid until the next decoder call. */
export interface RawFrame {
  readonly bytes: Uint8Array;
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
