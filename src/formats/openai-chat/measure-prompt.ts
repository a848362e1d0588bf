import type { JsonDocument } from '../../base/json-scan.ts';
import type { Modality, RequestFeatures } from '../../generation/request.ts';

/** A picture, page, file or clip counts as this many prompt tokens until the provider says better. */
export const MEDIA_TOKENS_ESTIMATE = 1_000;

/** English prose has nearly 5, code 3 to 4, other scripts 3 to 10, where a vocabulary knows them. */
const BYTES_PER_TOKEN = 4;

/** What a request says of itself by its prompt. */
export type PromptFeatures = Pick<RequestFeatures, 'inputModalities' | 'promptTokensEstimate' | 'promptTokensMax'>;

/** The size of a prompt of so many estimated tokens, and its bound for holds. */
export function promptTokens(estimate: number): Omit<PromptFeatures, 'inputModalities'> {
  return { promptTokensEstimate: estimate, promptTokensMax: Math.ceil(estimate * 1.15) + 64 };
}

/** What a prompt holds, counted over a scanned document without parsing any text. */
export class PromptTally {
  readonly #document: JsonDocument;
  readonly #modalities = new Set<Modality>(['text']);
  #mediaBytes = 0;
  #mediaCount = 0;

  constructor(document: JsonDocument) {
    this.#document = document;
  }

  /** Counts a part by what it is and not by its bytes. */
  media(part: number, modality: Modality): void {
    this.#modalities.add(modality);
    this.#mediaBytes += this.#bytesOf(part);
    this.#mediaCount++;
  }

  /** `fields`: everything that the model reads, whole; the media counted so far stand inside. */
  features(fields: readonly (number | undefined)[]): PromptFeatures {
    const bytes = fields.reduce<number>((sum, node) => sum + (node === undefined ? 0 : this.#plainBytesOf(node)), 0);
    const textTokens = Math.ceil((bytes - this.#mediaBytes) / BYTES_PER_TOKEN);
    return {
      inputModalities: [...this.#modalities],
      ...promptTokens(textTokens + this.#mediaCount * MEDIA_TOKENS_ESTIMATE),
    };
  }

  /** Letters count the same however the caller wrote them. */
  #plainBytesOf(node: number): number {
    return this.#bytesOf(node) - this.#document.escapeSurplus(node);
  }

  #bytesOf(node: number): number {
    return this.#document.end(node) - this.#document.start(node);
  }
}
