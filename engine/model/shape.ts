/** The sizes of a Llama 4 model, read from the metadata of its file. */
import { ModelFileError } from '../files/model-file.ts';

export interface TextShape {
  readonly name: string;
  readonly layers: number;
  /** Width of the residual stream. */
  readonly width: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
  readonly experts: number;
  readonly expertWidth: number;
  readonly denseWidth: number;
  /** Every how many layers one is a mixture of experts: 1 in Scout, 2 in Maverick. */
  readonly expertStep: number;
  readonly vocabulary: number;
  readonly contextTokensMax: number;
  readonly epsilon: number;
  readonly rotaryBase: number;
  /** Whether queries and keys are normalised after their rotation, as in Scout. */
  readonly normalisesQueries: boolean;
}

export interface VisionShape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForwardWidth: number;
  /** Side of a tile and of a patch, in pixels. */
  readonly tilePixels: number;
  readonly patchPixels: number;
  readonly epsilon: number;
  /** Features that one picture token has after the projector: the text model's width. */
  readonly projectedWidth: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * What Llama 4 fixes for every model and its files do not say: three layers with rotation and chunks, then one without
 * either; constants of the attention temperature. Source: the published configuration of Llama 4 Scout.
 */
export const CHUNK_TOKENS = 8192;
export const FULL_ATTENTION_EVERY = 4;
export const TEMPERATURE_FLOOR_TOKENS = 8192;
export const TEMPERATURE_SCALE = 0.1;
/** Pixel shuffle joins 2 × 2 patches into one picture token. */
export const PATCHES_PER_SIDE = 2;
export const VISION_ROTARY_BASE = 10_000;

type Metadata = ReadonlyMap<string, unknown>;

/** Larger than any real model's, and small enough that products of a few of them stay whole numbers. */
const SIZE_MAX = 1 << 24;
const LAYERS_MAX = 1024;
/** Meta's model of 128 experts, Maverick, is the one that does not normalise queries and keys. */
const EXPERTS_WITHOUT_NORM = 128;

/** Throws `ModelFileError` where a size is missing or no size at all. */
export function readTextShape(metadata: Metadata): TextShape {
  const size = (key: string, otherwise?: number, least = 1) => sizeOf(metadata, `llama4.${key}`, { least, otherwise });
  const heads = size('attention.head_count');
  const width = size('embedding_length');
  const experts = size('expert_count', 0, 0);
  return {
    name: String(metadata.get('general.name') ?? 'llama4'),
    layers: sizeOf(metadata, 'llama4.block_count', { most: LAYERS_MAX }),
    width,
    heads,
    keyHeads: size('attention.head_count_kv', heads),
    headSize: size('attention.key_length', width / heads),
    experts,
    expertWidth: experts > 0 ? size('expert_feed_forward_length') : 0,
    denseWidth: size('feed_forward_length'),
    expertStep: size('interleave_moe_layer_step', 1),
    vocabulary: size('vocab_size', vocabularySize(metadata)),
    contextTokensMax: size('context_length'),
    epsilon: numberOf(metadata, 'llama4.attention.layer_norm_rms_epsilon'),
    rotaryBase: numberOf(metadata, 'llama4.rope.freq_base', 10_000),
    normalisesQueries: experts !== EXPERTS_WITHOUT_NORM,
  };
}

/** Throws `ModelFileError` where a size is missing or no size at all. */
export function readVisionShape(metadata: Metadata): VisionShape {
  const size = (key: string) => sizeOf(metadata, `clip.vision.${key}`);
  return {
    layers: sizeOf(metadata, 'clip.vision.block_count', { most: LAYERS_MAX }),
    width: size('embedding_length'),
    heads: size('attention.head_count'),
    feedForwardWidth: size('feed_forward_length'),
    tilePixels: size('image_size'),
    patchPixels: size('patch_size'),
    epsilon: numberOf(metadata, 'clip.vision.attention.layer_norm_epsilon', 1e-5),
    projectedWidth: size('projection_dim'),
    mean: channelsOf(metadata, 'clip.vision.image_mean', 0.5),
    deviation: channelsOf(metadata, 'clip.vision.image_std', 0.5),
  };
}

/** Tokens that one tile becomes. */
export function tokensPerTile(shape: VisionShape): number {
  return (shape.tilePixels / shape.patchPixels / PATCHES_PER_SIDE) ** 2;
}

export function isExpertLayer(shape: TextShape, layer: number): boolean {
  return shape.experts > 0 && (layer + 1) % shape.expertStep === 0;
}

/** Such a layer rotates queries and keys and attends inside its chunk; the others see everything and rotate nothing. */
export function isChunkedLayer(layer: number): boolean {
  return (layer + 1) % FULL_ATTENTION_EVERY !== 0;
}

/** By how much such a layer sharpens a query after so many full steps of `TEMPERATURE_FLOOR_TOKENS` tokens, in 32 bits. */
export function temperatureAfter(steps: number): number {
  return Math.fround(Math.fround(Math.log1p(steps)) * TEMPERATURE_SCALE + 1);
}

function vocabularySize(metadata: Metadata): number {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  return Array.isArray(tokens) ? tokens.length : 0;
}

interface SizeRule {
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  readonly otherwise?: number | undefined;
}

function sizeOf(metadata: Metadata, key: string, { least = 1, most = SIZE_MAX, otherwise }: SizeRule = {}): number {
  const value = numberOf(metadata, key, otherwise);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ModelFileError(`${key} is ${value}; it must be a whole number from ${least} to ${most}`);
}

function numberOf(metadata: Metadata, key: string, otherwise?: number): number {
  const value = metadata.get(key) ?? otherwise;
  if (value === undefined) throw new ModelFileError(`the file does not state ${key}`);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ModelFileError(`${key} is no number`);
}

function channelsOf(metadata: Metadata, key: string, otherwise: number): readonly number[] {
  const value = metadata.get(key);
  if (value === undefined) return [otherwise, otherwise, otherwise];
  const numbers =
    Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>, Number) : [];
  if (numbers.length === 3 && numbers.every(Number.isFinite)) return numbers;
  throw new ModelFileError(`${key} is no list of three numbers`);
}
