/**
 * Answers that the engines document, for tests: each entry is a path and what a GET or POST to it returns. Taken from their
 * sources: Ollama `api/types.go`, llama.cpp `tools/server`, vLLM's and SGLang's HTTP servers, LM Studio's REST pages.
 */
export type Script = Readonly<Record<string, unknown>>;

const details = { parent_model: '', format: 'gguf', family: 'llama4', families: ['llama4'], parameter_size: '108.6B' };
const digest = (letter: string) => letter.repeat(64);

export const OLLAMA: Script = {
  '/v1/models': { object: 'list', data: [{ id: 'llama4:scout', object: 'model', created: 1, owned_by: 'library' }] },
  '/api/version': { version: '0.13.1' },
  '/api/tags': {
    models: [
      {
        ...{ name: 'llama4:scout', model: 'llama4:scout', modified_at: '2026-11-01T00:00:00Z', size: 67_000_000_000 },
        ...{ digest: digest('a'), details: { ...details, quantization_level: 'Q4_K_M' } },
      },
      { name: 'nomic-embed-text:latest', model: 'nomic-embed-text:latest', digest: digest('b'), details: {} },
      {
        name: 'gpt-oss:120b-cloud',
        digest: digest('c'),
        remote_model: 'gpt-oss:120b',
        remote_host: 'https://ollama.com',
      },
    ],
  },
  '/api/ps': { models: [{ name: 'llama4:scout', model: 'llama4:scout', size_vram: 1, context_length: 8192 }] },
  '/api/show?llama4:scout': {
    parameters: 'num_ctx                        16384\nstop                           "<|eot|>"',
    capabilities: ['completion', 'vision', 'tools'],
    model_info: { 'general.architecture': 'llama4', 'llama4.context_length': 10_485_760 },
  },
  '/api/show?nomic-embed-text:latest': { capabilities: ['embedding'], model_info: {} },
};

export const LLAMA_SERVER: Script = {
  '/v1/models': {
    object: 'list',
    models: [{ name: 'scout.gguf', model: 'scout.gguf', capabilities: ['completion'], details: { format: 'gguf' } }],
    data: [
      {
        ...{ id: 'Llama-4-Scout-17B-16E-Instruct-Q8_0-00001-of-00003.gguf', object: 'model', owned_by: 'llamacpp' },
        architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
        meta: { n_vocab: 202_048, n_ctx: 32_768, n_ctx_train: 10_485_760, n_params: 107_769_861_168, ftype: 'Q8_0' },
      },
    ],
  },
  '/props': {
    default_generation_settings: { id: 0, n_ctx: 8192, speculative: false, params: { temperature: 0.8 } },
    total_slots: 4,
    model_path: '/srv/models/Llama-4-Scout-17B-16E-Instruct-Q8_0-00001-of-00003.gguf',
    modalities: { vision: true, audio: false },
    chat_template: '{%- if tools is not none %}{{ tools }}{%- endif %}',
    build_info: 'b11669-abc',
  },
};

export const VLLM: Script = {
  '/v1/models': {
    object: 'list',
    data: [
      {
        ...{ id: 'nvidia/Llama-4-Scout-17B-16E-Instruct-FP8', object: 'model', owned_by: 'vllm', created: 1 },
        ...{
          root: 'nvidia/Llama-4-Scout-17B-16E-Instruct-FP8',
          parent: null,
          max_model_len: 1_000_000,
          permission: [],
        },
      },
      { id: 'poet', object: 'model', owned_by: 'vllm', parent: 'nvidia/Llama-4-Scout-17B-16E-Instruct-FP8' },
    ],
  },
  '/version': { version: '0.12.0' },
};

export const SGLANG: Script = {
  '/v1/models': {
    object: 'list',
    data: [{ id: 'scout', object: 'model', owned_by: 'sglang', root: 'scout', max_model_len: 1_000_000 }],
  },
  '/get_model_info': {
    model_path: 'meta-llama/Llama-4-Scout-17B-16E-Instruct',
    tokenizer_path: 'meta-llama/Llama-4-Scout-17B-16E-Instruct',
    is_generation: true,
    has_image_understanding: true,
  },
  '/server_info': {
    ...{
      version: '0.5.6',
      served_model_name: 'scout',
      context_length: null,
      max_total_num_tokens: 400_000,
      max_running_requests: 48,
    },
    ...{ quantization: null, dtype: 'bfloat16', tool_call_parser: 'pythonic', api_key: 'sk-never-keep-me' },
  },
  // It imitates Ollama, so that Ollama's clients find it.
  '/api/version': { version: '0.5.6' },
  '/api/tags': { models: [{ name: 'scout', model: 'scout', digest: digest('d'), details: {} }] },
};

export const LM_STUDIO: Script = {
  '/v1/models': {
    object: 'list',
    data: [{ id: 'meta/llama-4-scout', object: 'model', owned_by: 'organization_owner' }],
  },
  '/api/v1/models': {
    models: [
      {
        ...{ type: 'llm', publisher: 'meta', key: 'meta/llama-4-scout', architecture: 'llama4', format: 'mlx' },
        quantization: { name: '4bit', bits_per_weight: 4 },
        loaded_instances: [{ id: 'meta/llama-4-scout', config: { context_length: 12_000, flash_attention: true } }],
        ...{ max_context_length: 131_072, capabilities: { vision: true, trained_for_tool_use: true } },
      },
      {
        ...{ type: 'llm', key: 'qwen/qwen3-8b', quantization: { name: 'Q6_K' }, loaded_instances: [] },
        ...{ max_context_length: 40_960, capabilities: { vision: false, trained_for_tool_use: true } },
      },
      { type: 'embedding', key: 'text-embed', loaded_instances: [], max_context_length: 2048 },
    ],
  },
  // Every path it does not know is answered with 200.
  '*': { error: 'Unexpected endpoint or method. Returning 200 anyway' },
};

/** A `fetch` handler that plays a script; `seen` collects the paths asked. */
export function play(script: Script, seen: string[] = []): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    seen.push(pathname);
    const body = request.method === 'POST' ? ((await request.json()) as { model?: string }) : {};
    const key = body.model === undefined ? pathname : `${pathname}?${body.model}`;
    const answer = script[key] ?? script['*'];
    if (answer instanceof Response) return answer.clone();
    if (answer === undefined) return new Response('{"error":"not found"}', { status: 404 });
    return Response.json(answer);
  };
}
