import type { Quantization } from '../../generation/preferences.ts';
import type { Modality } from '../../generation/request.ts';
import type { PriceList } from '../price.ts';

/** Amounts without the row's identity, which is only known once an offer is chosen. */
export type Amounts = Omit<PriceList, 'id' | 'source' | 'seenAt'>;

/** What one source says of one provider's offer of one model. Several of them become one endpoint. */
export interface Offer {
  readonly modelId: string;
  readonly providerId: string;
  /** The provider's own name of the model. */
  readonly upstreamModel: string;
  readonly source: string;
  /** ISO date. */
  readonly seenAt: string;
  readonly region?: string;
  readonly serviceTier?: 'flex' | 'priority';
  readonly quantization?: Quantization;
  readonly price?: Amounts;
  readonly contextTokens?: number;
  readonly outputTokens?: number;
  /** False where the limits are not those of a running endpoint: kept as claims, never chosen. */
  readonly isServingLimit?: boolean;
  readonly inputModalities?: readonly Modality[];
  readonly outputModalities?: readonly string[];
  readonly supportedParameters?: readonly string[];
  readonly isRetired?: boolean;
  readonly retiresOn?: string;
}

/** Lower is better for prices: kept for this purpose and fresh, then kept for this purpose, then everything else as a cross-check. */
export function sourceRank(source: string): number {
  if (source === 'models.dev' || source === 'pi-ai') return 0;
  return source.startsWith('genai-prices') ? 1 : 2;
}
