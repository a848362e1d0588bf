/**
 * Is this a Llama 4 that the engine computes rightly? A file can be whole and still be another model, or one whose
 * converter was wrong; such a file would answer nonsense without a complaint, so it is refused with the reason.
 */
import {
  isExpertLayer,
  PATCHES_PER_SIDE,
  readTextShape,
  readVisionShape,
  type TextShape,
  type VisionShape,
} from '../model/shape.ts';
import { type ModelFile, ModelFileError, quote } from './model-file.ts';

/** Kernels take four floats at once. */
const LANES = 4;

interface Expected {
  readonly name: string;
  readonly shape: readonly number[];
  readonly isOptional?: boolean;
}

/** Throws `ModelFileError`. */
export function checkTextModel(file: ModelFile): TextShape {
  const { metadata } = file;
  const architecture = metadata.get('general.architecture');
  if (architecture !== 'llama4') {
    throw new ModelFileError(`the file holds ${said(architecture)} as its architecture; this engine runs llama4`);
  }
  const shape = readTextShape(metadata);
  demandDivisible('llama4.embedding_length', shape.width, LANES);
  demandDivisible('llama4.attention.key_length', shape.headSize, LANES);
  demandDivisible('llama4.feed_forward_length', shape.denseWidth, LANES);
  demandDivisible('llama4.expert_feed_forward_length', shape.expertWidth, LANES);
  demandDivisible('llama4.attention.head_count', shape.heads, shape.keyHeads);
  demandFact(metadata, 'llama4.attention.value_length', [shape.headSize]);
  demandFact(metadata, 'llama4.rope.dimension_count', [shape.headSize]);
  demandFact(metadata, 'llama4.rope.scaling.type', ['none']);
  if (shape.experts > 0) demandFact(metadata, 'llama4.expert_used_count', [1]);
  // Smaller relatives of Llama 4 state 0 here and rotate in every layer, which would need other code.
  demandFact(metadata, 'llama4.attention.sliding_window', [8192]);
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (Array.isArray(tokens) && tokens.length !== shape.vocabulary) {
    throw new ModelFileError(`the file has ${tokens.length} tokens, but a vocabulary of ${shape.vocabulary}`);
  }
  demandTensors(file, expectedOfText(shape));
  return shape;
}

/** `textWidth`: of the model that is to see through it. Throws `ModelFileError`. */
export function checkProjector(file: ModelFile, textWidth: number): VisionShape {
  const { metadata, tensors } = file;
  const kind = metadata.get('clip.projector_type') ?? metadata.get('clip.vision.projector_type');
  if (metadata.get('general.architecture') !== 'clip' || kind !== 'llama4') {
    throw new ModelFileError(
      `the projector is ${said(metadata.get('general.architecture'))} of type ${said(kind)}; a Llama 4 projector is "clip" of type "llama4"`,
    );
  }
  // Some converters of 2026 write the second norm of each layer under a name that puts it in another place.
  if (tensors.has('v.blk.0.attn_post_norm.weight') || !tensors.has('v.blk.0.ln2.weight')) {
    throw new ModelFileError(
      'the projector has the norm before its feed-forward part under a wrong name (attn_post_norm instead of ln2), ' +
        'as some versions of the converter wrote it; pictures would be misread: convert it anew or take an older file',
    );
  }
  demandFact(metadata, 'clip.use_gelu', [true]);
  demandFact(metadata, 'clip.vision.projector.scale_factor', [PATCHES_PER_SIDE]);
  const shape = readVisionShape(metadata);
  demandDivisible('clip.vision.embedding_length', shape.width, shape.heads * LANES);
  demandDivisible('clip.vision.feed_forward_length', shape.feedForwardWidth, LANES);
  demandDivisible('clip.vision.image_size', shape.tilePixels, shape.patchPixels * PATCHES_PER_SIDE);
  if (shape.deviation.includes(0)) throw new ModelFileError('clip.vision.image_std has a zero');
  if (shape.projectedWidth !== textWidth) {
    throw new ModelFileError(
      `the projector is made for a text model of width ${shape.projectedWidth}, and this one has ${textWidth}`,
    );
  }
  demandTensors(file, expectedOfVision(file, shape));
  return shape;
}

function expectedOfText(shape: TextShape): readonly Expected[] {
  const { width, vocabulary, headSize } = shape;
  return [
    { name: 'token_embd.weight', shape: [vocabulary, width] },
    { name: 'output_norm.weight', shape: [width] },
    { name: 'output.weight', shape: [vocabulary, width], isOptional: true },
    { name: 'rope_freqs.weight', shape: [headSize / 2], isOptional: true },
    ...Array.from({ length: shape.layers }, (_, layer) => expectedOfLayer(shape, layer)).flat(),
  ];
}

function expectedOfLayer(shape: TextShape, layer: number): readonly Expected[] {
  const { width, experts, expertWidth, denseWidth } = shape;
  const queries = shape.heads * shape.headSize;
  const keys = shape.keyHeads * shape.headSize;
  const feedForward = (suffix: string, inner: number, stack: readonly number[] = []) => ({
    [`ffn_gate${suffix}`]: [...stack, inner, width],
    [`ffn_up${suffix}`]: [...stack, inner, width],
    [`ffn_down${suffix}`]: [...stack, width, inner],
  });
  const shapes: Readonly<Record<string, readonly number[]>> = {
    attn_norm: [width],
    attn_q: [queries, width],
    attn_k: [keys, width],
    attn_v: [keys, width],
    attn_output: [width, queries],
    ffn_norm: [width],
    ...(isExpertLayer(shape, layer)
      ? {
          ffn_gate_inp: [experts, width],
          ...feedForward('_exps', expertWidth, [experts]),
          ...feedForward('_shexp', expertWidth),
        }
      : feedForward('', denseWidth)),
  };
  return Object.entries(shapes).map(([part, own]) => ({ name: `blk.${layer}.${part}.weight`, shape: own }));
}

function expectedOfVision(file: ModelFile, shape: VisionShape): readonly Expected[] {
  const { width, patchPixels, projectedWidth } = shape;
  const patches = (shape.tilePixels / shape.patchPixels) ** 2;
  const kernel = file.tensors.get('v.patch_embd.weight')?.shape.length === 4;
  const joined = width * PATCHES_PER_SIDE ** 2;
  // The adapter's own widths stand nowhere but in its tensors.
  const inner = file.tensors.get('mm.model.mlp.1.weight')?.shape[0] ?? joined;
  const outer = file.tensors.get('mm.model.mlp.2.weight')?.shape[0] ?? inner;
  demandDivisible('the width of the adapter', inner, LANES);
  demandDivisible('the width of the adapter', outer, LANES);
  return [
    {
      name: 'v.patch_embd.weight',
      shape: kernel ? [width, 3, patchPixels, patchPixels] : [width, 3 * patchPixels ** 2],
    },
    { name: 'v.class_embd', shape: [width] },
    { name: 'v.position_embd.weight', shape: [patches + 1, width] },
    ...affine('v.pre_ln', [width]),
    ...affine('v.post_ln', [width]),
    ...Array.from({ length: shape.layers }, (_, layer) => expectedOfVisionLayer(shape, `v.blk.${layer}`)).flat(),
    { name: 'mm.model.mlp.1.weight', shape: [inner, joined] },
    { name: 'mm.model.mlp.2.weight', shape: [outer, inner] },
    { name: 'mm.model.fc.weight', shape: [projectedWidth, outer] },
  ];
}

function expectedOfVisionLayer({ width, feedForwardWidth }: VisionShape, name: string): readonly Expected[] {
  return [
    ...['ln1', 'ln2'].flatMap((part) => affine(`${name}.${part}`, [width])),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_out'].flatMap((part) => affine(`${name}.${part}`, [width, width])),
    ...affine(`${name}.ffn_up`, [feedForwardWidth, width]),
    ...affine(`${name}.ffn_down`, [width, feedForwardWidth]),
  ];
}

function affine(name: string, shape: readonly number[]): readonly Expected[] {
  return [
    { name: `${name}.weight`, shape },
    { name: `${name}.bias`, shape: [shape[0]!] },
  ];
}

/** All of them, in these shapes, and no others: a tensor that nobody reads means that the answer would be another. */
function demandTensors({ tensors }: ModelFile, expected: readonly Expected[]): void {
  const names = new Set<string>();
  for (const { name, shape, isOptional } of expected) {
    names.add(name);
    const tensor = tensors.get(name);
    if (!tensor && isOptional) continue;
    if (!tensor) throw new ModelFileError(`the file has no tensor ${quote(name)}`);
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, index) => size !== shape[index])) {
      throw new ModelFileError(`tensor ${quote(name)} is ${tensor.shape.join(' × ')}; expected ${shape.join(' × ')}`);
    }
  }
  for (const name of tensors.keys()) {
    if (!names.has(name))
      throw new ModelFileError(`the file has tensor ${quote(name)}, which this engine would ignore`);
  }
}

/** A fact may be missing; where it is stated, it must be one of these. */
function demandFact(metadata: ModelFile['metadata'], key: string, accepted: readonly unknown[]): void {
  const value = metadata.get(key);
  if (value === undefined || accepted.includes(value)) return;
  throw new ModelFileError(`${key} is ${said(value)}; this engine computes ${accepted.join(' or ')}`);
}

function demandDivisible(key: string, value: number, by: number): void {
  if (value % by !== 0) throw new ModelFileError(`${key} is ${value}, which is no multiple of ${by}`);
}

function said(value: unknown): string {
  return typeof value === 'string' ? quote(value) : String(value).slice(0, 80);
}
