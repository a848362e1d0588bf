import type { Quantization } from '../generation/preferences.ts';
import type { Provider } from '../providers/provider.ts';

export const ENGINE_KINDS = ['ollama', 'llama-server', 'vllm', 'sglang', 'lmstudio'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

/** A program on this machine, or on a host the operator listed, that runs models and was found by asking it. */
export interface Engine {
  readonly kind: EngineKind;
  /** Scheme, host and port, without a path. */
  readonly baseUrl: string;
  /** Id of its provider: the kind, with the port or address when several engines of that kind run. */
  readonly tag: string;
  /** For people, such as `Ollama` or `Ollama (127.0.0.1:11435)`. */
  readonly name: string;
  readonly version?: string;
  /** Requests that it runs at once, where it says so. */
  readonly parallel?: number;
  /** Parameters that its kind honours and it does not. */
  readonly lacks?: readonly string[];
  /** It begins an answer anew where its kind goes on with one. */
  readonly continuesNothing?: boolean;
  readonly models: readonly EngineModel[];
}

export interface EngineModel {
  /** What the engine calls it: sent with every request, byte for byte. */
  readonly nativeId: string;
  /** A second name of the same weights, such as the file or the repository, for finding it in the catalogue. */
  readonly origin?: string;
  /** What a request gets without asking for more. */
  readonly contextTokens: number;
  /** What a request may ask for; equal to `contextTokens` where the engine cannot change it. */
  readonly contextTokensMax: number;
  readonly outputTokensMax?: number;
  readonly quantization: Quantization;
  /** Undefined where the engine does not say. */
  readonly vision?: boolean;
  readonly tools?: boolean;
  readonly reasoning?: boolean;
  readonly isLoaded: boolean;
  /** The catalogue's or the operator's id, where it is known: then names are not compared. */
  readonly modelId?: string;
  /** Of weights that the operator added, for people. */
  readonly title?: string;
  /** As the weights' own header names it, such as `llama4`; undefined where nobody read it. */
  readonly architecture?: string;
  /** Where it differs from what its kind of engine usually does, or that does not say it. */
  readonly runsOnLlamaCpp?: boolean;
}

/** What all engines of a kind have in common. */
export interface EngineTraits {
  readonly name: string;
  readonly format: string;
  /** Below the engine's own address. */
  readonly path: '' | '/v1';
  readonly documentation: string;
  readonly stopsOnAbort?: boolean;
  readonly continues?: 'prefill';
  /** It also writes on from a text, in this wire format. */
  readonly completes?: string;
  readonly quirks?: Provider['quirks'];
  /** Requests that it runs at once, where it does not say: its default. */
  readonly parallel: number;
  /** Its cache serves the next turn of a chat of these architectures, and no other chat with the same beginning. */
  readonly chatCacheArchitectures?: readonly string[];
  /** llama.cpp computes its models, unless it says otherwise of one. */
  readonly runsOnLlamaCpp?: boolean;
  /** What is added where the model was made for tools. */
  readonly toolParameters: readonly string[];
  /** OpenRouter's parameter names that every model of the engine honours. */
  readonly parameters: readonly string[];
}

const COMMON = ['max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'seed', 'frequency_penalty', 'presence_penalty'];
const STRUCTURED = ['response_format', 'structured_outputs'];
const LOGITS = ['logit_bias', 'logprobs', 'top_logprobs'];

/** Weights whose template is known, by the names that people give them: it came with them, and every engine uses it. */
const TEMPLATES: NonNullable<Provider['quirks']>['models'] = [
  { match: /llama[-_ .]?4[-_ ](?:scout|maverick)/i, quirks: { template: 'llama-4' } },
];
const COMPLETIONS = 'openai-completions';

export const ENGINE_TRAITS: Readonly<Record<EngineKind, EngineTraits>> = {
  ollama: {
    name: 'Ollama',
    continues: 'prefill',
    format: 'ollama-chat',
    path: '',
    documentation: 'https://docs.ollama.com/api',
    stopsOnAbort: true,
    // OLLAMA_NUM_PARALLEL.
    parallel: 1,
    // Since version 0.30.
    runsOnLlamaCpp: true,
    chatCacheArchitectures: ['llama4'],
    toolParameters: ['tools'],
    parameters: [...COMMON, ...STRUCTURED, 'min_p', 'repetition_penalty'],
  },
  'llama-server': {
    name: 'llama-server',
    format: 'openai-chat',
    path: '/v1',
    documentation: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server',
    stopsOnAbort: true,
    continues: 'prefill',
    // A slot of one's own choice would be somebody else's.
    completes: COMPLETIONS,
    quirks: { rename: { repetition_penalty: 'repeat_penalty' }, drop: ['id_slot'], models: TEMPLATES },
    parallel: 4,
    chatCacheArchitectures: ['llama4'],
    runsOnLlamaCpp: true,
    toolParameters: ['tools', 'tool_choice'],
    parameters: [...COMMON, ...STRUCTURED, ...LOGITS, 'min_p', 'repetition_penalty'],
  },
  vllm: {
    name: 'vLLM',
    continues: 'prefill',
    quirks: {
      prefill: { body: { continue_final_message: true, add_generation_prompt: false } },
      cacheSaltField: 'cache_salt',
      sessionHeader: 'x-session-id',
      models: TEMPLATES,
    },
    completes: COMPLETIONS,
    // --max-num-seqs
    parallel: 256,
    format: 'openai-chat',
    path: '/v1',
    documentation: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
    stopsOnAbort: true,
    toolParameters: ['tools', 'tool_choice'],
    parameters: [...COMMON, ...STRUCTURED, ...LOGITS, 'min_p', 'repetition_penalty'],
  },
  sglang: {
    name: 'SGLang',
    continues: 'prefill',
    completes: COMPLETIONS,
    quirks: {
      prefill: { body: { continue_final_message: true } },
      cacheSaltField: 'cache_salt',
      models: TEMPLATES,
    },
    // It works this out from its memory and says so (`max_running_requests`).
    parallel: 256,
    format: 'openai-chat',
    path: '/v1',
    documentation: 'https://docs.sglang.ai/basic_usage/openai_api.html',
    stopsOnAbort: true,
    toolParameters: ['tools', 'tool_choice'],
    parameters: [...COMMON, ...STRUCTURED, ...LOGITS, 'min_p', 'repetition_penalty'],
  },
  lmstudio: {
    name: 'LM Studio',
    format: 'openai-chat',
    path: '/v1',
    documentation: 'https://lmstudio.ai/docs/developer/openai-compat',
    completes: COMPLETIONS,
    quirks: { rename: { repetition_penalty: 'repeat_penalty' }, models: TEMPLATES },
    parallel: 4,
    toolParameters: ['tools', 'tool_choice'],
    parameters: [...COMMON, ...STRUCTURED, 'logit_bias', 'repetition_penalty'],
  },
};

/** An engine is a provider like any other, but for its address: found, private and without a key. */
export function providerOfEngine(engine: Engine): Provider {
  const traits = ENGINE_TRAITS[engine.kind];
  return {
    id: engine.tag,
    name: engine.name,
    baseUrl: engine.baseUrl + traits.path,
    format: traits.format,
    environmentKeys: [],
    headers: () => ({}),
    allowPrivateNetwork: true,
    documentation: traits.documentation,
    ...(traits.quirks && { quirks: traits.quirks }),
    ...(traits.continues && !engine.continuesNothing && { continues: traits.continues }),
    ...(traits.completes && !engine.continuesNothing && { completes: traits.completes }),
    ...(traits.stopsOnAbort !== undefined && { stopsOnAbort: traits.stopsOnAbort }),
  };
}
