import { z } from 'zod';
import type { EngineKind, EngineModel } from './engine.ts';
import type { Probe } from './probe.ts';
import { firstQuantization, quantizationOf } from './quantization.ts';
import { type OllamaMemory, readOllama } from './read-ollama.ts';

/** What one kind of engine says of itself. */
export interface Reading {
  readonly version?: string;
  readonly parallel?: number;
  readonly models: readonly EngineModel[];
}

const id = z.string().min(1).max(512);
const tokens = z.number().int().positive();

/** The list all engines give at `/v1/models`, with the fields that some add. */
const listSchema = z.object({
  data: z
    .array(
      z.object({
        id,
        owned_by: z.string().nullish(),
        root: z.string().nullish(),
        parent: z.string().nullish(),
        max_model_len: tokens.nullish(),
        meta: z.object({ n_ctx: tokens.nullish(), ftype: z.string().nullish() }).nullish(),
        architecture: z.object({ input_modalities: z.array(z.string()).nullish() }).nullish(),
      }),
    )
    .max(1000)
    // Ollama without models says null.
    .nullable()
    .transform((models) => models ?? []),
});
export type ModelList = z.infer<typeof listSchema>;

type Reader = (probe: Probe, list: ModelList, memory: OllamaMemory) => Promise<Reading | undefined>;

/**
 * In this order, since some engines imitate others: SGLang answers Ollama's `/api/tags`, llama-server lists models in Ollama's
 * form. Ollama, the most imitated, comes last.
 */
const READERS: readonly (readonly [EngineKind, Reader])[] = [
  ['llama-server', readLlamaServer],
  ['sglang', readSglang],
  ['vllm', readVllm],
  ['lmstudio', readLmStudio],
  ['ollama', (probe, _, memory) => readOllama(probe, memory)],
];

/**
 * Says what listens at an address by what it answers, never by its port. `expected`, what stood there last time, is asked
 * first; but not Ollama, which others imitate.
 */
export async function identifyEngine(
  probe: Probe,
  memory: OllamaMemory,
  expected?: EngineKind,
): Promise<(Reading & { readonly kind: EngineKind }) | undefined> {
  // All of them answer this one; what does not is left alone after a single request.
  const list = await probe.ask('/v1/models', listSchema);
  if (!list) return undefined;
  const first = READERS.filter(([kind]) => kind === expected && kind !== 'ollama');
  for (const [kind, read] of [...first, ...READERS.filter((reader) => !first.includes(reader))]) {
    const reading = await read(probe, list, memory);
    if (reading) return { kind, ...reading };
  }
  return undefined;
}

const propsSchema = z.object({
  total_slots: z.number().int().positive(),
  default_generation_settings: z.object({ n_ctx: tokens.nullish() }).nullish(),
  model_path: z.string().nullish(),
  modalities: z.object({ vision: z.boolean().nullish() }).nullish(),
  chat_template: z.string().nullish(),
  build_info: z.string().max(200).nullish(),
});

async function readLlamaServer(probe: Probe, list: ModelList): Promise<Reading | undefined> {
  const props = await probe.ask('/props', propsSchema);
  if (!props) return undefined;
  // Per slot: the whole context is shared between the slots, and a request gets one of them.
  const slotTokens = props.default_generation_settings?.n_ctx ?? undefined;
  const models = list.data.flatMap((model): EngineModel[] => {
    const contextTokens = slotTokens ?? model.meta?.n_ctx ?? undefined;
    if (contextTokens === undefined) return [];
    const file = props.model_path ?? undefined;
    return [
      {
        nativeId: model.id,
        ...(file !== undefined && list.data.length === 1 && { origin: file }),
        contextTokens,
        contextTokensMax: contextTokens,
        quantization: firstQuantization(model.meta?.ftype ?? undefined, baseName(file), baseName(model.id)),
        vision: props.modalities?.vision ?? model.architecture?.input_modalities?.includes('image') ?? false,
        tools: /\btools\b/.test(props.chat_template ?? ''),
        isLoaded: true,
      },
    ];
  });
  return { ...(props.build_info && { version: props.build_info }), parallel: props.total_slots, models };
}

const sglangInfoSchema = z.object({
  model_path: z.string(),
  is_generation: z.boolean().nullish(),
  has_image_understanding: z.boolean().nullish(),
});
const sglangServerSchema = z.object({
  version: z.string().max(100).nullish(),
  served_model_name: z.string().nullish(),
  context_length: tokens.nullish(),
  max_total_num_tokens: tokens.nullish(),
  max_running_requests: z.number().int().min(1).max(1_000_000).nullish(),
  quantization: z.string().nullish(),
  dtype: z.string().nullish(),
  tool_call_parser: z.string().nullish(),
  reasoning_parser: z.string().nullish(),
});

async function readSglang(probe: Probe, list: ModelList): Promise<Reading | undefined> {
  const info =
    (await probe.ask('/get_model_info', sglangInfoSchema)) ?? (await probe.ask('/model_info', sglangInfoSchema));
  if (!info) return undefined;
  const server =
    (await probe.detail('/server_info', sglangServerSchema)) ??
    (await probe.detail('/get_server_info', sglangServerSchema));
  if (info.is_generation === false) return { models: [] };
  const models = list.data.flatMap((model): EngineModel[] => {
    const limits = [model.max_model_len ?? server?.context_length, server?.max_total_num_tokens];
    const known = limits.filter((limit) => typeof limit === 'number');
    if (known.length === 0) return [];
    // A request longer than the whole cache is refused, whatever the model could do.
    const contextTokens = Math.min(...known);
    return [
      {
        nativeId: model.id,
        origin: info.model_path,
        contextTokens,
        contextTokensMax: contextTokens,
        quantization: firstQuantization(
          ...[server?.quantization ?? undefined, info.model_path, model.id, server?.dtype ?? undefined],
        ),
        ...(typeof info.has_image_understanding === 'boolean' && { vision: info.has_image_understanding }),
        ...(server && { tools: Boolean(server.tool_call_parser), reasoning: Boolean(server.reasoning_parser) }),
        isLoaded: true,
      },
    ];
  });
  return {
    ...(server?.version && { version: server.version }),
    ...(server?.max_running_requests && { parallel: server.max_running_requests }),
    models,
  };
}

async function readVllm(probe: Probe, list: ModelList): Promise<Reading | undefined> {
  if (!list.data.some((model) => model.owned_by === 'vllm')) return undefined;
  const about = await probe.ask('/version', z.object({ version: z.string().max(100) }));
  if (!about) return undefined;
  const limitOf = new Map(list.data.map((model) => [model.id, model.max_model_len ?? undefined]));
  const models = list.data.flatMap((model): EngineModel[] => {
    // An adapter has no limit of its own; its base has.
    const contextTokens = model.max_model_len ?? limitOf.get(model.parent ?? '');
    if (contextTokens === undefined) return [];
    const origin = model.root ?? undefined;
    return [
      {
        nativeId: model.id,
        ...(origin !== undefined && origin !== model.id && { origin }),
        contextTokens,
        contextTokensMax: contextTokens,
        quantization: firstQuantization(origin, model.id),
        isLoaded: true,
      },
    ];
  });
  return { version: about.version, models };
}

const lmStudioSchema = z.object({
  models: z
    .array(
      z.object({
        type: z.string(),
        key: id,
        format: z.string().nullish(),
        quantization: z.object({ name: z.string().nullish() }).nullish(),
        loaded_instances: z.array(z.object({ id, config: z.object({ context_length: tokens }) })).max(100),
        max_context_length: tokens,
        capabilities: z
          .object({ vision: z.boolean().nullish(), trained_for_tool_use: z.boolean().nullish() })
          .nullish(),
      }),
    )
    .max(1000),
});
const lmStudioOldSchema = z.object({
  data: z
    .array(
      z.object({
        id,
        type: z.enum(['llm', 'vlm', 'embeddings']),
        quantization: z.string().nullish(),
        state: z.string(),
        compatibility_type: z.string().nullish(),
        max_context_length: tokens,
        loaded_context_length: tokens.nullish(),
        capabilities: z.array(z.string()).nullish(),
      }),
    )
    .max(1000),
});

/** What LM Studio loads a model with when a request asks for one that is not loaded. */
const LM_STUDIO_CONTEXT_TOKENS = 4096;

async function readLmStudio(probe: Probe): Promise<Reading | undefined> {
  const answer = await probe.ask('/api/v1/models', lmStudioSchema);
  if (!answer) return readOldLmStudio(probe);
  const models = answer.models.flatMap((model): EngineModel[] => {
    if (model.type !== 'llm') return [];
    const facts = {
      quantization: quantizationOf(model.quantization?.name ?? undefined),
      vision: model.capabilities?.vision ?? false,
      tools: model.capabilities?.trained_for_tool_use ?? false,
      ...llamaCppOf(model.format ?? undefined),
    };
    const offer = (nativeId: string, contextTokens: number, isLoaded: boolean): EngineModel => ({
      ...{ nativeId, contextTokens, contextTokensMax: contextTokens, isLoaded, ...facts },
      ...(nativeId !== model.key && { origin: model.key }),
    });
    if (model.loaded_instances.length === 0) {
      return [offer(model.key, Math.min(LM_STUDIO_CONTEXT_TOKENS, model.max_context_length), false)];
    }
    return model.loaded_instances.map((instance) => offer(instance.id, instance.config.context_length, true));
  });
  return { models };
}

/** It runs GGUF on llama.cpp, and other formats on engines of their own. */
function llamaCppOf(format: string | undefined): Pick<EngineModel, 'runsOnLlamaCpp'> {
  return format === undefined ? {} : { runsOnLlamaCpp: format.toLowerCase() === 'gguf' };
}

/** Before version 0.4. */
async function readOldLmStudio(probe: Probe): Promise<Reading | undefined> {
  const answer = await probe.ask('/api/v0/models', lmStudioOldSchema);
  if (!answer) return undefined;
  const models = answer.data.flatMap((model): EngineModel[] => {
    if (model.type === 'embeddings') return [];
    const contextTokens = model.loaded_context_length ?? Math.min(LM_STUDIO_CONTEXT_TOKENS, model.max_context_length);
    return [
      {
        nativeId: model.id,
        contextTokens,
        contextTokensMax: contextTokens,
        quantization: quantizationOf(model.quantization ?? undefined),
        vision: model.type === 'vlm',
        tools: model.capabilities?.includes('tool_use') ?? false,
        isLoaded: model.state === 'loaded',
        ...llamaCppOf(model.compatibility_type ?? undefined),
      },
    ];
  });
  return { models };
}

function baseName(path: string | undefined): string | undefined {
  return path?.split(/[\\/]/).at(-1);
}
