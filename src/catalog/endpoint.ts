import type { Quantization } from '../generation/preferences.ts';
import type { Modality } from '../generation/request.ts';
import type { PriceList } from './price.ts';

/** One provider's offer of one model, with price, limits and parameters. */
export interface Endpoint {
  /** `<model id>|<tag>`: unique and stable across restarts. */
  readonly id: string;
  /** Model id including a static variant: `author/slug[:free|:extended|:thinking|:batch]`. */
  readonly modelId: string;
  /** `provider`, `provider/quantization` or `provider/region`: unique within the model. */
  readonly tag: string;
  readonly providerId: string;
  readonly providerName: string;
  /** The provider's own name of the model. */
  readonly upstreamModel: string;
  readonly quantization: Quantization;
  readonly contextTokensMax: number;
  readonly promptTokensMax?: number;
  readonly outputTokensMax?: number;
  /** OpenRouter's 26 parameter names that this endpoint honours. */
  readonly supportedParameters: readonly string[];
  readonly inputModalities: readonly Modality[];
  readonly outputModalities: readonly string[];
  /**
   * `columns`: the engine hands a picture to the model column by column where the model learned it row by row, so that answers
   * about positions mislead (llama.cpp with Llama 4). Absent where the order is right or not known to be wrong.
   */
  readonly imageTokenOrder?: 'columns';
  readonly price: PriceList;
  readonly serviceTier?: 'flex' | 'priority';
  readonly region?: string;
  readonly implicitCaching: boolean;
  readonly isModerated: boolean;
  /** Undefined means unknown; policy filters treat unknown as not allowed. */
  readonly trainsOnPrompts?: boolean;
  readonly zeroDataRetention?: boolean;
  readonly status: 'active' | 'retired';
  /** ISO date of a known or announced end. */
  readonly retiresOn?: string;
  /** Runs on this installation's own machines: price 0, never in the public catalogue of another installation. */
  readonly isLocal: boolean;
  /** Stands for the time of `trunkline demo` and takes only its requests. */
  readonly isDemo?: boolean;
  /**
   * Set for one engine on the operator's own machines: it is chosen among its like by load and by what its prompt cache holds.
   * A front that spreads requests over engines itself is none: it knows better.
   */
  readonly engine?: EngineFacts;
  /** Facts on which sources disagree, for display: field → the values seen. */
  readonly disagreements?: readonly Claim[];
}

export interface EngineFacts {
  /** Requests that it runs at once, until it says so itself. */
  readonly parallel: number;
  /**
   * What its cache is good for, until its reports of cached tokens say otherwise. `prefix`: any prompt with the same beginning
   * as an earlier one. `chat`: only a prompt that goes on where an earlier one ended, as with some versions of llama.cpp and
   * models of chunked attention.
   */
  readonly reuses: 'prefix' | 'chat';
}

/** What one source says of one field. Every value of every source is kept. */
export interface Claim {
  readonly field: string;
  readonly value: string;
  readonly source: string;
  readonly seenAt: string;
}
