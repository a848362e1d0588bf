/** `config.json` of a Llama 4 folder as the facts that a GGUF file would state. */
import { z } from 'zod';
import {
  CHUNK_TOKENS,
  FULL_ATTENTION_EVERY,
  PATCHES_PER_SIDE,
  TEMPERATURE_FLOOR_TOKENS,
  TEMPERATURE_SCALE,
  VISION_ROTARY_BASE,
} from '../model/shape.ts';
import { ModelFileError } from './model-file.ts';

const size = z.int().min(0);
const rope = z.object({
  rope_type: z.string().optional(),
  rope_theta: z.number().optional(),
  factor: z.number().optional(),
  low_freq_factor: z.number().optional(),
  high_freq_factor: z.number().optional(),
  original_max_position_embeddings: z.number().optional(),
});

/** Older files have `rope_scaling` and `rope_theta`, newer ones `rope_parameters` with both. */
const text = z.object({
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: size.optional(),
  intermediate_size: size,
  intermediate_size_mlp: size,
  num_local_experts: size,
  num_experts_per_tok: size,
  interleave_moe_layer_step: size.default(1),
  vocab_size: size,
  max_position_embeddings: size,
  rms_norm_eps: z.number(),
  rope_theta: z.number().optional(),
  rope_scaling: rope.nullish(),
  rope_parameters: rope.nullish(),
  no_rope_layers: z.array(z.number()).nullish(),
  moe_layers: z.array(z.number()).nullish(),
  attention_chunk_size: z.number().nullish(),
  floor_scale: z.number().optional(),
  attn_scale: z.number().optional(),
  attn_temperature_tuning: z.union([z.boolean(), z.number()]).optional(),
  attention_bias: z.boolean().optional(),
  use_qk_norm: z.boolean().optional(),
  hidden_act: z.string().optional(),
});

const vision = z.object({
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  image_size: size,
  patch_size: size,
  norm_eps: z.number().default(1e-5),
  pixel_shuffle_ratio: z.number().default(0.5),
  hidden_act: z.string().optional(),
  rope_theta: z.number().optional(),
  rope_parameters: rope.nullish(),
});

export const hubConfig = z.object({
  architectures: z.array(z.string()).optional(),
  model_type: z.string(),
  text_config: text,
  vision_config: vision.optional(),
});

export const hubPictures = z.object({
  image_mean: z.array(z.number()).length(3).optional(),
  image_std: z.array(z.number()).length(3).optional(),
});

export type TextConfig = z.infer<typeof text>;
export type VisionConfig = z.infer<typeof vision>;

/** Throws `ModelFileError` where the configuration departs from what the engine computes. */
export function textFacts(config: TextConfig): ReadonlyMap<string, unknown> {
  demandScout(config);
  const headSize = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  const facts: Readonly<Record<string, unknown>> = {
    context_length: config.max_position_embeddings,
    embedding_length: config.hidden_size,
    block_count: config.num_hidden_layers,
    feed_forward_length: config.intermediate_size_mlp,
    expert_feed_forward_length: config.intermediate_size,
    expert_count: config.num_local_experts,
    expert_used_count: config.num_experts_per_tok,
    interleave_moe_layer_step: config.interleave_moe_layer_step,
    vocab_size: config.vocab_size,
    'attention.head_count': config.num_attention_heads,
    'attention.head_count_kv': config.num_key_value_heads,
    'attention.key_length': headSize,
    'attention.layer_norm_rms_epsilon': config.rms_norm_eps,
    'rope.freq_base': ropeOf(config).rope_theta,
  };
  return new Map([
    ['general.architecture', 'llama4'],
    ...Object.entries(facts).map(([key, value]): [string, unknown] => [`llama4.${key}`, value]),
  ]);
}

export function visionFacts(
  config: VisionConfig,
  { image_mean, image_std }: z.infer<typeof hubPictures>,
  textWidth: number,
): ReadonlyMap<string, unknown> {
  demand('vision_config.hidden_act', config.hidden_act ?? 'gelu', 'gelu');
  demand('vision_config.pixel_shuffle_ratio', config.pixel_shuffle_ratio, 1 / PATCHES_PER_SIDE);
  const theta = config.rope_parameters?.rope_theta ?? config.rope_theta ?? VISION_ROTARY_BASE;
  demand('vision_config.rope_theta', theta, VISION_ROTARY_BASE);
  const facts: Readonly<Record<string, unknown>> = {
    block_count: config.num_hidden_layers,
    embedding_length: config.hidden_size,
    'attention.head_count': config.num_attention_heads,
    'attention.layer_norm_epsilon': config.norm_eps,
    feed_forward_length: config.intermediate_size,
    image_size: config.image_size,
    patch_size: config.patch_size,
    projection_dim: textWidth,
    ...(image_mean && { image_mean }),
    ...(image_std && { image_std }),
  };
  return new Map<string, unknown>([
    ['general.architecture', 'clip'],
    ['clip.projector_type', 'llama4'],
    ...Object.entries(facts).map(([key, value]): [string, unknown] => [`clip.vision.${key}`, value]),
  ]);
}

/** What each frequency of the rotation is divided by: the llama3 scaling, worked out as GGUF files hold it. */
export function ropeDivisors(config: TextConfig): Float32Array<ArrayBuffer> | undefined {
  const { rope_type, rope_theta = 10_000, factor, low_freq_factor, high_freq_factor, ...more } = ropeOf(config);
  if (rope_type === undefined || rope_type === 'default') return undefined;
  demand('rope_type', rope_type, 'llama3');
  const trained = more.original_max_position_embeddings;
  if (!factor || !low_freq_factor || !high_freq_factor || !trained) {
    throw new ModelFileError('config.json does not state all of the llama3 scaling of rope');
  }
  const headSize = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  return Float32Array.from({ length: Math.floor(headSize / 2) }, (_, pair) => {
    const turns = trained / (2 * Math.PI * rope_theta ** ((2 * pair) / headSize));
    if (turns > high_freq_factor) return 1;
    if (turns < low_freq_factor) return factor;
    const smooth = (turns - low_freq_factor) / (high_freq_factor - low_freq_factor);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function ropeOf(config: TextConfig): z.infer<typeof rope> {
  return { rope_theta: config.rope_theta ?? 10_000, ...config.rope_scaling, ...config.rope_parameters };
}

/** GGUF files do not state these, since all of Llama 4 has them in common. */
function demandScout(config: TextConfig): void {
  demand('attention_chunk_size', config.attention_chunk_size ?? CHUNK_TOKENS, CHUNK_TOKENS);
  demand('floor_scale', config.floor_scale ?? TEMPERATURE_FLOOR_TOKENS, TEMPERATURE_FLOOR_TOKENS);
  demand('attn_scale', config.attn_scale ?? TEMPERATURE_SCALE, TEMPERATURE_SCALE);
  demand('attn_temperature_tuning', Boolean(config.attn_temperature_tuning ?? true), true);
  demand('attention_bias', config.attention_bias ?? false, false);
  demand('hidden_act', config.hidden_act ?? 'silu', 'silu');
  demand('use_qk_norm', config.use_qk_norm ?? true, config.num_local_experts !== 128);
  for (const [layer, rotates] of (config.no_rope_layers ?? []).entries()) {
    demand(`no_rope_layers[${layer}]`, rotates, (layer + 1) % FULL_ATTENTION_EVERY === 0 ? 0 : 1);
  }
  const step = config.interleave_moe_layer_step;
  for (const layer of config.moe_layers ?? []) demand(`moe_layers holds ${layer}, which`, (layer + 1) % step, 0);
}

function demand(key: string, value: unknown, wanted: unknown): void {
  if (value !== wanted)
    throw new ModelFileError(`${key} is ${String(value).slice(0, 80)}; this engine computes ${wanted}`);
}
