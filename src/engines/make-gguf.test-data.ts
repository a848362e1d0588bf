/** Hand-made GGUF files for tests: a header as asked for, and tensors of one 32-bit number each. */
export type GgufValue =
  | { readonly type: 'uint16' | 'int32' | 'uint32' | 'uint64'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly count: number };

export type GgufValues = Readonly<Record<string, GgufValue | number | string>>;

const ALIGNMENT = 32;

/** A bare number is a uint32, a bare text a string. */
export function makeGguf(values: GgufValues, tensorNames: readonly string[] = ['token_embd.weight']): Buffer {
  const entries = Object.entries(values);
  const head = [
    ...[Buffer.from('GGUF'), uint32(3), uint64(tensorNames.length), uint64(entries.length)],
    ...entries.flatMap(([key, value]) => [text(key), ...encode(value)]),
    ...tensorNames.flatMap((name, index) => [text(name), uint32(1), uint64(1), uint32(0), uint64(index * ALIGNMENT)]),
  ];
  const bytes = Buffer.concat(head);
  const dataStart = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  return Buffer.concat([bytes, Buffer.alloc(dataStart - bytes.length + tensorNames.length * ALIGNMENT)]);
}

/** What Scout's header says, as llama.cpp's converter writes it. */
export const SCOUT_VALUES: GgufValues = {
  'general.architecture': 'llama4',
  'general.name': 'Llama 4 Scout 17B 16E Instruct',
  'llama4.block_count': 48,
  'llama4.context_length': 10_485_760,
  'llama4.embedding_length': 5120,
  'llama4.attention.head_count': 40,
  'llama4.attention.head_count_kv': 8,
  'llama4.expert_count': 16,
  'llama4.expert_used_count': 1,
  'llama4.vocab_size': 202_048,
  'tokenizer.ggml.tokens': { type: 'strings', count: 3 },
};

export const SCOUT_PROJECTOR_VALUES: GgufValues = {
  'general.architecture': 'clip',
  'clip.projector_type': 'llama4',
  'clip.vision.image_size': 336,
  'clip.vision.patch_size': 14,
  'clip.vision.block_count': 34,
  'clip.vision.embedding_length': 1408,
  'clip.vision.projection_dim': 5120,
};

export const SCOUT_PROJECTOR_TENSORS: readonly string[] = ['v.blk.0.ln1.weight', 'v.blk.0.ln2.weight'];

/** The keys that `llama-gguf-split` adds to part `number` (from 0) of `count`. */
export function splitValues(number: number, count: number, tensors: number): GgufValues {
  return {
    'split.no': { type: 'uint16', value: number },
    'split.count': { type: 'uint16', value: count },
    'split.tensors.count': { type: 'int32', value: tensors },
  };
}

function encode(value: GgufValue | number | string): readonly Buffer[] {
  if (typeof value === 'number') return encode({ type: 'uint32', value });
  if (typeof value === 'string') return encode({ type: 'string', value });
  switch (value.type) {
    case 'uint16':
      return [uint32(2), sized(2, (bytes) => bytes.writeUInt16LE(value.value))];
    case 'int32':
      return [uint32(5), sized(4, (bytes) => bytes.writeInt32LE(value.value))];
    case 'uint32':
      return [uint32(4), uint32(value.value)];
    case 'uint64':
      return [uint32(10), uint64(value.value)];
    case 'string':
      return [uint32(8), text(value.value)];
    case 'strings':
      return [uint32(9), uint32(8), uint64(value.count), ...Array.from({ length: value.count }, () => text('x'))];
  }
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  return sized(4, (bytes) => bytes.writeUInt32LE(value));
}

function uint64(value: number): Buffer {
  return sized(8, (bytes) => bytes.writeBigUInt64LE(BigInt(value)));
}

function sized(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}
