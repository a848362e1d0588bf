import { z } from 'zod';

/** Shape of OpenRouter's `GET /generation`. Amounts are USD, durations milliseconds. */

export const generationQuery = z.object({ id: z.string().min(1).max(256) });

export interface GenerationListing {
  readonly id: string;
  readonly request_id: string;
  readonly upstream_id: string | null;
  readonly model: string;
  readonly provider_name: string | null;
  readonly provider_responses: readonly ProviderResponse[];
  readonly created_at: string;
  readonly api_type: 'completions' | 'embeddings' | 'rerank';
  readonly streamed: boolean;
  readonly cancelled: boolean;
  readonly finish_reason: string | null;
  readonly native_finish_reason: string | null;
  readonly latency: number | null;
  readonly generation_time: number | null;
  readonly moderation_latency: null;
  readonly tokens_prompt: number;
  readonly tokens_completion: number;
  readonly native_tokens_prompt: number;
  readonly native_tokens_completion: number;
  readonly native_tokens_reasoning: number;
  readonly native_tokens_cached: number;
  readonly native_tokens_completion_images: number;
  readonly num_media_prompt: number;
  readonly num_media_completion: null;
  readonly num_input_audio_prompt: null;
  readonly num_search_results: number | null;
  readonly num_fetches: null;
  readonly web_search_engine: string | null;
  readonly usage: number;
  readonly total_cost: number;
  readonly cache_discount: number | null;
  readonly upstream_inference_cost: number | null;
  readonly is_byok: boolean;
  readonly service_tier: string | null;
  readonly router: string | null;
  readonly preset_id: string | null;
  readonly session_id: string | null;
  readonly external_user: string | null;
  readonly app_id: null;
  readonly origin: string;
  readonly http_referer: string | null;
  readonly user_agent: string | null;
  readonly workspace_id: string;
  readonly data_region: 'global';
  readonly response_cache_source_id: null;
  /** Ours: what was lost between the caller's format and the provider's. Absent when nothing was. */
  readonly losses?: readonly Loss[];
  /** Ours: what plugins did to the request or its answer. Absent when none did anything. */
  readonly plugins?: readonly PluginEntry[];
}

export interface PluginEntry {
  readonly id: string;
  readonly summary: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface Loss {
  /** In the caller's words. */
  readonly field: string;
  readonly outcome: 'dropped' | 'emulated' | 'renamed' | 'approximated';
  readonly reason: string;
}

export interface ProviderResponse {
  readonly endpoint_id: string;
  readonly id?: string;
  readonly is_byok: boolean;
  readonly latency: number;
  readonly model_permaslug: string;
  readonly provider_name: string;
  /** Null when the provider never answered. */
  readonly status: number | null;
  /** Ours: it went on where the answer before it had broken off, after so many characters. */
  readonly continuation?: { readonly mode: 'prefill' | 'completion' | 'instruct'; readonly at_character: number };
}
