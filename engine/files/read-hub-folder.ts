/**
 * Reads a folder of `Llama4ForConditionalGeneration` as it stands on Hugging Face into the form of a GGUF file and its
 * projector. Rotations need no reordering: both turn neighbouring pairs. Only the experts are stored otherwise: input by
 * output, and gate and up side by side; they are turned when their bytes are asked for.
 */

import { z } from 'zod';
import { TokenizerError } from '../tokenizer/tokenizer-error.ts';
import { tokenizerMetadata } from '../tokenizer/tokenizer-metadata.ts';
import { hubConfig, hubPictures, ropeDivisors, textFacts, visionFacts } from './hub-config.ts';
import { type ModelFile, ModelFileError, quote, type Tensor, tensorBytes, tensorTypes } from './model-file.ts';
import { fileOf, parse, readTensors } from './read-safetensors.ts';

export interface HubModel {
  readonly model: ModelFile;
  /** Absent where the folder holds no vision tower. */
  readonly projector: ModelFile | undefined;
}

const UNUSED_TOKEN = 5;

/** `folder`: the bytes of its files by name. Throws `ModelFileError`. */
export function readHubFolder(folder: ReadonlyMap<string, Uint8Array>): HubModel {
  const config = parse(hubConfig, fileOf(folder, 'config.json'), 'config.json');
  if (config.model_type !== 'llama4') {
    throw new ModelFileError(`the folder holds a ${quote(config.model_type)}; this engine runs llama4`);
  }
  const { text_config, vision_config } = config;
  const text = new Map<string, Tensor>();
  const vision = new Map<string, Tensor>();
  for (const tensor of readTensors(folder).values()) {
    const isVision = /^(?:model\.)?(?:vision_model|multi_modal_projector)\./.test(tensor.name);
    for (const renamed of rename(tensor)) (isVision ? vision : text).set(renamed.name, renamed);
  }
  const divisors = ropeDivisors(text_config);
  if (divisors) text.set('rope_freqs.weight', vectorOf('rope_freqs.weight', divisors));
  // A number beyond the weights' own rows is refused later, and must not take memory here.
  const rows = text.get('token_embd.weight')?.shape[0] ?? 0;
  const metadata = new Map([
    ...textFacts(text_config),
    ...tokenizerFacts(folder, Math.min(text_config.vocab_size, rows)),
  ]);
  const model = { metadata, tensors: text };
  if (!vision_config || vision.size === 0) return { model, projector: undefined };
  const pictures = folder.get('preprocessor_config.json');
  const facts = visionFacts(
    vision_config,
    pictures ? parse(hubPictures, pictures, 'preprocessor_config.json') : {},
    text_config.hidden_size,
  );
  return { model, projector: { metadata: facts, tensors: vision } };
}

/** `tokenizer.json` names fewer tokens than the model has rows for; the others are filled up as unused. */
function tokenizerFacts(folder: ReadonlyMap<string, Uint8Array>, vocabulary: number): ReadonlyMap<string, unknown> {
  try {
    const facts = new Map(tokenizerMetadata(parse(z.unknown(), fileOf(folder, 'tokenizer.json'), 'tokenizer.json')));
    const tokens = facts.get('tokenizer.ggml.tokens') as readonly string[];
    const types = facts.get('tokenizer.ggml.token_type') as Int32Array;
    const missing = Math.max(0, vocabulary - tokens.length);
    const unused = Array.from({ length: missing }, (_, index) => `[PAD${tokens.length + index}]`);
    facts.set('tokenizer.ggml.tokens', [...tokens, ...unused]);
    facts.set('tokenizer.ggml.token_type', Int32Array.from([...types, ...unused.map(() => UNUSED_TOKEN)]));
    return facts;
  } catch (error) {
    if (error instanceof TokenizerError) throw new ModelFileError(`tokenizer.json: ${error.message}`, { cause: error });
    throw error;
  }
}

const whole: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.norm.weight': 'output_norm.weight',
  'lm_head.weight': 'output.weight',
  'vision_model.patch_embedding.linear.weight': 'v.patch_embd.weight',
  'vision_model.class_embedding': 'v.class_embd',
  'vision_model.positional_embedding_vlm': 'v.position_embd.weight',
  'vision_model.layernorm_pre.weight': 'v.pre_ln.weight',
  'vision_model.layernorm_pre.bias': 'v.pre_ln.bias',
  'vision_model.layernorm_post.weight': 'v.post_ln.weight',
  'vision_model.layernorm_post.bias': 'v.post_ln.bias',
  'vision_model.vision_adapter.mlp.fc1.weight': 'mm.model.mlp.1.weight',
  'vision_model.vision_adapter.mlp.fc2.weight': 'mm.model.mlp.2.weight',
  'multi_modal_projector.linear_1.weight': 'mm.model.fc.weight',
};

const textParts: Readonly<Record<string, string>> = {
  'input_layernorm.weight': 'attn_norm.weight',
  'post_attention_layernorm.weight': 'ffn_norm.weight',
  'self_attn.q_proj.weight': 'attn_q.weight',
  'self_attn.k_proj.weight': 'attn_k.weight',
  'self_attn.v_proj.weight': 'attn_v.weight',
  'self_attn.o_proj.weight': 'attn_output.weight',
  'feed_forward.gate_proj.weight': 'ffn_gate.weight',
  'feed_forward.up_proj.weight': 'ffn_up.weight',
  'feed_forward.down_proj.weight': 'ffn_down.weight',
  'feed_forward.router.weight': 'ffn_gate_inp.weight',
  'feed_forward.shared_expert.gate_proj.weight': 'ffn_gate_shexp.weight',
  'feed_forward.shared_expert.up_proj.weight': 'ffn_up_shexp.weight',
  'feed_forward.shared_expert.down_proj.weight': 'ffn_down_shexp.weight',
};

const visionParts: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_out',
  input_layernorm: 'ln1',
  post_attention_layernorm: 'ln2',
  'mlp.fc1': 'ffn_up',
  'mlp.fc2': 'ffn_down',
};

/** The tensor under GGUF's name. One without any keeps its own, and is refused later as one that nobody reads. */
function rename(tensor: Tensor): readonly Tensor[] {
  const name = tensor.name.replace(/^language_model\./, '');
  const known = whole[name];
  if (known) return [{ ...tensor, name: known }];
  const [, tower, layer, part] = /^(vision_model\.)?model\.layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined || part === undefined) return [tensor];
  const place = `blk.${layer}`;
  if (tower) {
    const [, parent, kind] = /^(.+)\.(weight|bias)$/.exec(part) ?? [];
    const own = parent && visionParts[parent];
    return [own ? { ...tensor, name: `v.${place}.${own}.${kind}` } : tensor];
  }
  if (part === 'feed_forward.experts.gate_up_proj') return splitGateUp(tensor, place);
  if (part === 'feed_forward.experts.down_proj') {
    const [experts = 0, inner = 0, width = 0] = demandStack(tensor);
    return [new TurnedTensor(`${place}.ffn_down_exps.weight`, tensor, { shape: [experts, width, inner], first: 0 })];
  }
  const own = textParts[part];
  return [own ? { ...tensor, name: `${place}.${own}` } : tensor];
}

function splitGateUp(tensor: Tensor, place: string): readonly Tensor[] {
  const [experts = 0, width = 0, both = 0] = demandStack(tensor);
  if (both % 2 !== 0) throw new ModelFileError(`tensor ${quote(tensor.name)} is of odd width ${both}`);
  const shape = [experts, both / 2, width] as const;
  return [
    new TurnedTensor(`${place}.ffn_gate_exps.weight`, tensor, { shape, first: 0 }),
    new TurnedTensor(`${place}.ffn_up_exps.weight`, tensor, { shape, first: both / 2 }),
  ];
}

function demandStack({ name, shape }: Tensor): readonly number[] {
  if (shape.length !== 3) throw new ModelFileError(`tensor ${quote(name)} has ${shape.length} dimensions, not 3`);
  return shape;
}

/** A stack of matrices of which some columns, from `first` on, become rows. */
class TurnedTensor implements Tensor {
  readonly name: string;
  readonly type: Tensor['type'];
  readonly shape: readonly [number, number, number];
  readonly #source: Tensor;
  readonly #first: number;

  constructor(
    name: string,
    source: Tensor,
    { shape, first }: { shape: readonly [number, number, number]; first: number },
  ) {
    this.name = name;
    this.type = source.type;
    this.shape = shape;
    this.#source = source;
    this.#first = first;
  }

  get bytes(): Uint8Array {
    const [stack, rows, columns] = this.shape;
    const { blockBytes } = tensorTypes[this.type];
    const Words = blockBytes === 2 ? Uint16Array : Uint32Array;
    // A copy, since the source may begin at an odd address.
    const from = new Words(new Uint8Array(this.#source.bytes).buffer);
    const to = new Words(tensorBytes(this.name, this.type, this.shape) / blockBytes);
    const width = this.#source.shape[2]!;
    for (let matrix = 0, at = 0; matrix < stack; matrix++) {
      const start = matrix * columns * width + this.#first;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) to[at++] = from[start + column * width + row]!;
      }
    }
    return new Uint8Array(to.buffer);
  }
}

function vectorOf(name: string, values: Float32Array<ArrayBuffer>): Tensor {
  return { name, type: 'F32', shape: [values.length], bytes: new Uint8Array(values.buffer) };
}
