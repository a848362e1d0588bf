/** One text layer and one layer of the eye, in the sizes of Llama 4 Scout, as the model files that the engine opens. */
import type { ModelFile, Tensor } from '../files/model-file.ts';
import { plain, quantised } from './seeded-weights.ts';

/** Sizes by Scout's published configuration. Of its vocabulary of 202,048 only the first 512 tokens are made. */
export const SCOUT = {
  layers: 48,
  width: 5120,
  heads: 40,
  keyHeads: 8,
  headSize: 128,
  experts: 16,
  expertWidth: 8192,
  vocabulary: 202_048,
  visionLayers: 34,
} as const;

export const VOCABULARY = 512;
const EYE = { width: 1408, inner: 5632, heads: 16, tile: 336, patch: 14, adapter: 4096 } as const;
const SPECIALS = ['<|begin_of_text|>', '<|end_of_text|>', '<|eot|>', '<|eom|>', '<|patch|>'];

export function scoutText(): ModelFile {
  const { width, heads, keyHeads, headSize, experts, expertWidth } = SCOUT;
  const name = (part: string) => `blk.0.${part}.weight`;
  const matrix = (part: string, rows: number, columns: number) => quantised(name(part), [rows, columns], -13);
  const stack = (part: string, rows: number, columns: number) => quantised(name(part), [experts, rows, columns], -13);
  return fileOf(
    {
      'general.architecture': 'llama4',
      'general.name': "one layer of Scout's width",
      'llama4.block_count': 1,
      'llama4.context_length': 10_485_760,
      'llama4.embedding_length': width,
      'llama4.feed_forward_length': 16_384,
      'llama4.expert_feed_forward_length': expertWidth,
      'llama4.expert_count': experts,
      'llama4.expert_used_count': 1,
      'llama4.interleave_moe_layer_step': 1,
      'llama4.attention.head_count': heads,
      'llama4.attention.head_count_kv': keyHeads,
      'llama4.attention.key_length': headSize,
      'llama4.attention.layer_norm_rms_epsilon': 1e-5,
      'llama4.rope.freq_base': 500_000,
      'llama4.vocab_size': VOCABULARY,
      ...vocabulary(),
    },
    [
      quantised('token_embd.weight', [VOCABULARY, width], -6),
      quantised('output.weight', [VOCABULARY, width], -12),
      norm('output_norm.weight', width),
      ropeDivisors(headSize),
      norm(name('attn_norm'), width),
      norm(name('ffn_norm'), width),
      matrix('attn_q', heads * headSize, width),
      matrix('attn_k', keyHeads * headSize, width),
      matrix('attn_v', keyHeads * headSize, width),
      matrix('attn_output', width, heads * headSize),
      plain(name('ffn_gate_inp'), [experts, width], -12),
      stack('ffn_gate_exps', expertWidth, width),
      stack('ffn_up_exps', expertWidth, width),
      stack('ffn_down_exps', width, expertWidth),
      matrix('ffn_gate_shexp', expertWidth, width),
      matrix('ffn_up_shexp', expertWidth, width),
      matrix('ffn_down_shexp', width, expertWidth),
    ],
  );
}

export function scoutEye(): ModelFile {
  const { width, inner, heads, tile, patch, adapter } = EYE;
  const affine = (part: string, rows: number, columns: number, exponent = -12) => [
    quantised(`v.blk.0.${part}.weight`, [rows, columns], exponent),
    plain(`v.blk.0.${part}.bias`, [rows], -10),
  ];
  const norms = ['v.pre_ln', 'v.post_ln', 'v.blk.0.ln1', 'v.blk.0.ln2'];
  return fileOf(
    {
      'general.architecture': 'clip',
      'clip.projector_type': 'llama4',
      'clip.vision.block_count': 1,
      'clip.vision.embedding_length': width,
      'clip.vision.feed_forward_length': inner,
      'clip.vision.attention.head_count': heads,
      'clip.vision.image_size': tile,
      'clip.vision.patch_size': patch,
      'clip.vision.projection_dim': SCOUT.width,
    },
    [
      plain('v.patch_embd.weight', [width, 3 * patch * patch], -11),
      plain('v.class_embd', [width], -8),
      plain('v.position_embd.weight', [(tile / patch) ** 2 + 1, width], -8),
      ...norms.flatMap((part) => [norm(`${part}.weight`, width), plain(`${part}.bias`, [width], -10)]),
      ...['attn_q', 'attn_k', 'attn_v', 'attn_out'].flatMap((part) => affine(part, width, width)),
      ...affine('ffn_up', inner, width),
      ...affine('ffn_down', width, inner, -13),
      quantised('mm.model.mlp.1.weight', [adapter, 4 * width], -13),
      quantised('mm.model.mlp.2.weight', [adapter, adapter], -13),
      quantised('mm.model.fc.weight', [SCOUT.width, adapter], -13),
    ],
  );
}

function fileOf(facts: Readonly<Record<string, unknown>>, tensors: readonly Tensor[]): ModelFile {
  return {
    metadata: new Map(Object.entries(facts)),
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
  };
}

function norm(name: string, width: number): Tensor {
  return plain(name, [width], -9, 1);
}

/** The llama3 scaling with Scout's numbers: frequencies of more than 8192 tokens a turn are slowed by 16. */
function ropeDivisors(headSize: number): Tensor {
  const divisors = Float32Array.from({ length: headSize / 2 }, (_, pair) =>
    2 * Math.PI * 500_000 ** ((2 * pair) / headSize) > 8192 ? 16 : 1,
  );
  return {
    name: 'rope_freqs.weight',
    type: 'F32',
    shape: [headSize / 2],
    bytes: new Uint8Array(divisors.buffer),
  };
}

/** No text is read here; the engine wants a vocabulary all the same. */
function vocabulary(): Readonly<Record<string, unknown>> {
  const printable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  let next = 0x100;
  const letters = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
  const rest = VOCABULARY - letters.length - SPECIALS.length;
  const unused = Array.from({ length: rest }, (_, index) => `[PAD${index}]`);
  return {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'llama4',
    'tokenizer.ggml.tokens': [...letters, ...SPECIALS, ...unused],
    'tokenizer.ggml.token_type': [...letters.map(() => 1), ...SPECIALS.map(() => 3), ...unused.map(() => 5)],
    'tokenizer.ggml.merges': [],
    'tokenizer.ggml.bos_token_id': 256,
    'tokenizer.ggml.eos_token_id': 258,
  };
}
