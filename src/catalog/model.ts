import type { Modality } from '../generation/request.ts';

/** What a caller asks for. `id` is what the API takes; `canonicalSlug` is the immutable release. */
export interface Model {
  /** `author/slug[:static variant]`. */
  readonly id: string;
  readonly canonicalSlug: string;
  readonly aliases: readonly string[];
  readonly author: string;
  readonly name: string;
  readonly description: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly knowledgeCutoff?: string;
  readonly huggingFaceId?: string;
  readonly license?: string;
  readonly openWeights?: boolean;
  readonly inputModalities: readonly Modality[];
  readonly outputModalities: readonly string[];
  /** OpenRouter's tokenizer group, such as `Llama4`. */
  readonly tokenizer: string;
  readonly instructType?: string;
  readonly reasoning?: {
    readonly mandatory: boolean;
    readonly defaultEnabled?: boolean;
    readonly supportedEfforts?: readonly string[];
    readonly supportsMaxTokens?: boolean;
  };
  readonly distillable?: boolean;
  /** ISO date after which it is gone. */
  readonly expiresOn?: string;
  /** `bundled` models never stand in for another: not a fallback, not picked by a router. */
  readonly isBundled?: boolean;
  /** Where name, dates and limits were read, with dates. */
  readonly sources: readonly { readonly source: string; readonly seenAt: string }[];
}
