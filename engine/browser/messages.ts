/** What a page and the engine's worker say to each other. A request is the body of OpenAI's chat completions. */
import type { ChatEvent } from '../chat/chat-event.ts';

export type ToWorker =
  /** Once, first. The buffers may be transferred. */
  | {
      readonly type: 'open';
      readonly weights: ArrayBuffer;
      /** Left out, the model reads no pictures. */
      readonly projector?: ArrayBuffer;
      readonly kernels: ArrayBuffer;
      /** Where the picture codecs are fetched from when a picture needs one. */
      readonly codecs: { readonly jpeg: string; readonly webp: string };
      readonly contextTokens: number;
      readonly outputTokensMax: number;
    }
  /** `id` is the page's own name for the answer. */
  | { readonly type: 'generate'; readonly id: number; readonly request: unknown }
  | { readonly type: 'cancel'; readonly id: number };

export type FromWorker =
  | { readonly type: 'opened'; readonly loadMs: number; readonly readsPictures: boolean }
  /** It cannot run here: no WebAssembly SIMD, no memory, or no such model. */
  | { readonly type: 'unavailable'; readonly message: string }
  /** The last of an answer is `ended`; none comes after a cancellation. */
  | { readonly type: 'answer'; readonly id: number; readonly event: Exclude<ChatEvent, { readonly type: 'failed' }> }
  | { readonly type: 'refused'; readonly id: number; readonly code: string; readonly message: string };
