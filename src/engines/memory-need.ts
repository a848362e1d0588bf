/**
 * What a model needs beside what a machine has. Weights count as large as their files are; the cache of keys and values is computed from
 * the shape of the model (llama.cpp, F16). Checked against Scout's figures: 32k tokens 2.7 GiB, 128k 7.2 GiB, one sequence.
 */
import type { GgufHeader } from './gguf-header.ts';

/** How the cache of keys and values grows with the context. */
export interface CacheShape {
  /** Layers that keep every token. */
  readonly fullLayers: number;
  /** Layers that keep the tokens of one chunk. */
  readonly chunkedLayers: number;
  readonly chunkTokens: number;
  /** Keys and values of one token in one layer. */
  readonly bytesPerToken: number;
}

export interface MemoryQuestion {
  readonly weightsBytes: number;
  readonly projectorBytes?: number;
  readonly cache: CacheShape;
  /** Of one request; an engine with several slots keeps so many for each. */
  readonly contextTokens: number;
  readonly slots: number;
}

export interface MemoryNeed {
  readonly weightsBytes: number;
  readonly projectorBytes: number;
  readonly cacheBytes: number;
  /** For what is computed on the way: about 0.4 GiB for the scores of 512 tokens over 202,048, and room beside it. */
  readonly workBytes: number;
  readonly totalBytes: number;
}

export interface MachineMemory {
  readonly ramBytes: number;
  /** Of all GPUs together; 0 where none was found, or where it is the RAM itself (Apple). */
  readonly gpuBytes: number;
}

const GIB = 1024 ** 3;
const GB = 1e9;
const WORK_BYTES = GIB;
/** What the system and everything else on the machine keeps of the RAM. */
const RAM_USABLE = 0.92;
const F16_BYTES = 2;
/** llama.cpp keeps one batch more than a chunk. */
const BATCH_TOKENS = 512;
/** Fixed in llama.cpp for the architecture: every fourth layer looks at everything. */
const LLAMA4_CHUNK_TOKENS = 8_192;
const LLAMA4_FULL_EVERY = 4;

export const SCOUT_CACHE: CacheShape = {
  fullLayers: 12,
  chunkedLayers: 36,
  chunkTokens: LLAMA4_CHUNK_TOKENS,
  bytesPerToken: 2 * 8 * 128 * F16_BYTES,
};

/** Vision tower and projector in F16: some 0.88 billion parameters. */
const SCOUT_PROJECTOR_BYTES = 1.8 * GB;

/** Scout's usual files, largest first, in bytes. */
export const SCOUT_FILES: readonly { readonly name: string; readonly bytes: number }[] = [
  { name: 'BF16', bytes: 215 * GB },
  { name: 'Q8_0', bytes: 114.5 * GB },
  { name: 'Q6_K', bytes: 88 * GB },
  { name: 'Q4_K_M', bytes: 65 * GB },
  { name: 'UD-Q3_K_XL', bytes: 52.9 * GB },
  { name: 'UD-Q2_K_XL', bytes: 42.2 * GB },
  { name: 'UD-IQ2_XXS', bytes: 38.6 * GB },
  { name: 'UD-IQ1_S', bytes: 33.8 * GB },
];

/** From the header of a text model; undefined where it does not give the numbers. Without chunks every layer is full. */
export function cacheShapeOf({ architecture, values }: GgufHeader): CacheShape | undefined {
  const read = (key: string): number | undefined => {
    const value = values.get(`${architecture}.${key}`);
    return typeof value === 'number' && value > 0 ? value : undefined;
  };
  const layers = read('block_count');
  const heads = read('attention.head_count');
  const width = read('embedding_length');
  if (layers === undefined || heads === undefined || width === undefined) return undefined;
  const keyLength = read('attention.key_length') ?? width / heads;
  const valueLength = read('attention.value_length') ?? keyLength;
  const bytesPerToken = (read('attention.head_count_kv') ?? heads) * (keyLength + valueLength) * F16_BYTES;
  const fullLayers = architecture === 'llama4' ? Math.floor(layers / LLAMA4_FULL_EVERY) : layers;
  return { fullLayers, chunkedLayers: layers - fullLayers, chunkTokens: LLAMA4_CHUNK_TOKENS, bytesPerToken };
}

export function memoryNeed(question: MemoryQuestion): MemoryNeed {
  const { weightsBytes, projectorBytes = 0, cache, contextTokens, slots } = question;
  const chunkTokens = Math.min(contextTokens, cache.chunkTokens + BATCH_TOKENS);
  const tokens = cache.fullLayers * contextTokens + cache.chunkedLayers * chunkTokens;
  const cacheBytes = slots * tokens * cache.bytesPerToken;
  const totalBytes = weightsBytes + projectorBytes + cacheBytes + WORK_BYTES;
  return { weightsBytes, projectorBytes, cacheBytes, workBytes: WORK_BYTES, totalBytes };
}

/** What a model may take here: the GPUs, and the RAM without the system's part. Engines split a model over both. */
export function usableBytes({ ramBytes, gpuBytes }: MachineMemory): number {
  return ramBytes * RAM_USABLE + gpuBytes;
}

/** Where it would run, in one word; `nowhere` when it does not fit. */
export function placeFor(need: MemoryNeed, have: MachineMemory): 'gpu' | 'both' | 'ram' | 'nowhere' {
  if (need.totalBytes <= have.gpuBytes) return 'gpu';
  if (need.totalBytes > usableBytes(have)) return 'nowhere';
  return have.gpuBytes > 0 ? 'both' : 'ram';
}

/** Names of Scout's usual files that would fit with this context, largest first. */
export function scoutFilesThatFit(have: MachineMemory, contextTokens: number, slots: number): readonly string[] {
  return SCOUT_FILES.filter(({ bytes }) => {
    const need = memoryNeed({
      weightsBytes: bytes,
      projectorBytes: SCOUT_PROJECTOR_BYTES,
      cache: SCOUT_CACHE,
      contextTokens,
      slots,
    });
    return placeFor(need, have) !== 'nowhere';
  }).map(({ name }) => name);
}

/** `65.0 GB`; in thousands, as file sizes are given. */
export function formatBytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}
