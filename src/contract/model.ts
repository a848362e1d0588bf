import type { JsonObject } from '../base/json.ts';

/** Shapes of OpenRouter's model catalogue, as `GET /models` and its neighbours print them. Prices are decimal strings in USD. */

export const PARAMETER_NAMES = [
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'top_a',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'max_tokens',
  'max_completion_tokens',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'prediction',
  'seed',
  'response_format',
  'structured_outputs',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'include_reasoning',
  'reasoning',
  'reasoning_effort',
  'web_search_options',
  'verbosity',
] as const;

export const INPUT_MODALITIES = ['text', 'image', 'file', 'audio', 'video'] as const;
export const OUTPUT_MODALITIES = [
  'text',
  'image',
  'embeddings',
  'audio',
  'video',
  'rerank',
  'speech',
  'transcription',
] as const;

/** Model families as OpenRouter groups tokenizers. */
export const TOKENIZER_GROUPS = [
  'Router',
  'Media',
  'Other',
  'GPT',
  'Claude',
  'Gemini',
  'Gemma',
  'Grok',
  'Cohere',
  'Nova',
  'Qwen',
  'Yi',
  'DeepSeek',
  'Mistral',
  'Llama2',
  'Llama3',
  'Llama4',
  'PaLM',
  'RWKV',
  'Qwen3',
] as const;

export const INSTRUCT_TYPES = [
  'none',
  'airoboros',
  'alpaca',
  'alpaca-modif',
  'chatml',
  'claude',
  'code-llama',
  'gemma',
  'llama2',
  'llama3',
  'mistral',
  'nemotron',
  'neural',
  'openchat',
  'phi3',
  'rwkv',
  'vicuna',
  'zephyr',
  'deepseek-r1',
  'deepseek-v3.1',
  'qwq',
  'qwen3',
] as const;

export const REASONING_EFFORTS = ['max', 'xhigh', 'high', 'medium', 'low', 'minimal', 'none'] as const;

export interface ModelListing {
  readonly id: string;
  readonly canonical_slug: string;
  readonly hugging_face_id: string | null;
  readonly name: string;
  readonly created: number;
  readonly description: string;
  readonly context_length: number | null;
  readonly architecture: ArchitectureListing;
  readonly pricing: JsonObject;
  readonly top_provider: {
    readonly context_length: number | null;
    readonly max_completion_tokens: number | null;
    readonly is_moderated: boolean;
  };
  readonly per_request_limits: null;
  readonly supported_parameters: readonly string[];
  readonly default_parameters: null;
  readonly supported_voices: null;
  readonly knowledge_cutoff: string | null;
  readonly expiration_date: string | null;
  readonly links: { readonly details: string };
  readonly reasoning?: JsonObject;
}

export interface ArchitectureListing {
  readonly modality: string;
  readonly input_modalities: readonly string[];
  readonly output_modalities: readonly string[];
  readonly tokenizer: string;
  readonly instruct_type: string | null;
}

export interface ModelListPage {
  readonly data: readonly ModelListing[];
  readonly total_count: number;
  readonly links: { readonly next: string | null };
}

export interface PercentileListing {
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p99: number;
}

/** 0 serves; -1 degraded, -2 unstable, -3 down; -5 not connected or its key refused; -10 retired. */
export type EndpointStatus = 0 | -1 | -2 | -3 | -5 | -10;

export interface ToolChoiceListing {
  readonly auto: boolean;
  readonly none: boolean;
  readonly required: boolean;
  readonly function: boolean;
}

export interface EndpointListing {
  readonly name: string;
  readonly model_id: string;
  readonly model_name: string;
  readonly context_length: number;
  readonly pricing: JsonObject;
  readonly provider_name: string;
  readonly tag: string;
  readonly quantization: string;
  readonly max_completion_tokens: number | null;
  readonly max_prompt_tokens: number | null;
  readonly supported_parameters: readonly string[];
  readonly supports_tool_choice: ToolChoiceListing;
  readonly status: EndpointStatus;
  readonly uptime_last_5m: number | null;
  readonly uptime_last_30m: number | null;
  readonly uptime_last_1d: number | null;
  readonly supports_implicit_caching: boolean;
  readonly latency_last_30m: PercentileListing | null;
  readonly throughput_last_30m: PercentileListing | null;
}

export interface ModelEndpoints {
  readonly id: string;
  readonly name: string;
  readonly created: number;
  readonly description: string;
  readonly architecture: ArchitectureListing;
  readonly endpoints: readonly EndpointListing[];
}

export interface ProviderListing {
  readonly name: string;
  readonly slug: string;
  readonly privacy_policy_url: string | null;
  readonly terms_of_service_url: string | null;
  readonly status_page_url: string | null;
  readonly headquarters?: string;
  readonly datacenters: readonly string[] | null;
}
