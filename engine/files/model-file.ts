/**
 * A model as its file holds it: facts by GGUF's keys, weights by GGUF's names, whatever the format was. Readers promise
 * that every tensor's bytes are as many as its type and shape need; what the tensors mean is checked by `check-llama4`.
 */
export interface ModelFile {
  /** Text, numbers, booleans, and lists of these; lists of numbers are typed arrays. */
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface Tensor {
  readonly name: string;
  readonly type: TensorType;
  /** Outermost dimension first: [row][column] is stored row by row. */
  readonly shape: readonly number[];
  /** Little-endian. May be made when it is read, and then anew each time. */
  readonly bytes: Uint8Array;
}

/** Weights are stored in blocks that share their scales; plain numbers are blocks of one. */
export const tensorTypes = {
  F32: { block: 1, blockBytes: 4 },
  F16: { block: 1, blockBytes: 2 },
  BF16: { block: 1, blockBytes: 2 },
  Q8_0: { block: 32, blockBytes: 34 },
  Q4_K: { block: 256, blockBytes: 144 },
  Q6_K: { block: 256, blockBytes: 210 },
} as const;

export type TensorType = keyof typeof tensorTypes;

/** The file is damaged, or no model that this engine can run. The message is for whoever chose the file. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** Bytes that a tensor takes. Throws where rows do not consist of whole blocks, or counts are beyond all bounds. */
export function tensorBytes(name: string, type: TensorType, shape: readonly number[]): number {
  const { block, blockBytes } = tensorTypes[type];
  const count = countOf(shape);
  if (!Number.isSafeInteger(count * blockBytes) || count <= 0) {
    throw new ModelFileError(`tensor ${quote(name)} has an impossible shape: ${shape.join(' × ')}`);
  }
  if ((shape.at(-1) ?? 1) % block !== 0) {
    throw new ModelFileError(
      `tensor ${quote(name)} has rows of ${shape.at(-1)} weights, and ${type} stores ${block} together`,
    );
  }
  return (count / block) * blockBytes;
}

/** Text from a file, cut so that a message stays readable. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
