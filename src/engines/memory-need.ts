/**
 * How much memory llama.cpp will want for a model, before it is started: an engine that finds out halfway is killed, and at
 * times the machine's other programs with it. The cache's formula was checked against what llama.cpp prints.
 */
import type { ModelShape } from './inspect-weights.ts';

export interface MemoryAsk {
  readonly weightsBytes: number;
  /** 0 without pictures. */
  readonly projectorBytes: number;
  readonly shape: ModelShape;
  /** Tokens that each request may have. */
  readonly contextTokens: number;
  /** Requests at a time. */
  readonly slots: number;
  /** Layers with a window keep everything too: then prompts that share their beginning share its work. */
  readonly fullWindows: boolean;
}

export interface MemoryNeed {
  readonly weightsBytes: number;
  readonly projectorBytes: number;
  /** Keys and values of all slots, in 16 bits. */
  readonly cacheBytes: number;
  /** One copy of the windows' part per slot, to go back to when a chat goes on. */
  readonly checkpointBytes: number;
  readonly marginBytes: number;
  readonly totalBytes: number;
}

const CACHE_VALUE_BYTES = 2;
/** Tokens that are computed at once (`--ubatch-size`). */
const BATCH_TOKENS = 512;
const CELLS_STEP = 256;
const MIB = 1024 * 1024;

export function memoryNeed(ask: MemoryAsk): MemoryNeed {
  const { weightsBytes, projectorBytes, shape, slots } = ask;
  const cells = roundUp(ask.contextTokens);
  const windowLayers = shape.window?.layers ?? 0;
  const tokenBytes = shape.keyValueHeads * (shape.keyLength + shape.valueLength) * CACHE_VALUE_BYTES;
  const windowCells = ask.fullWindows ? cells : Math.min(cells, roundUp((shape.window?.tokens ?? 0) + BATCH_TOKENS));
  const windowBytes = windowLayers * windowCells * tokenBytes;
  const cacheBytes = slots * ((shape.layers - windowLayers) * cells * tokenBytes + windowBytes);
  const checkpointBytes = ask.fullWindows ? 0 : slots * windowBytes;
  const marginBytes = margin(ask);
  const totalBytes = weightsBytes + projectorBytes + cacheBytes + checkpointBytes + marginBytes;
  return { weightsBytes, projectorBytes, cacheBytes, checkpointBytes, marginBytes, totalBytes };
}

/** Scores of every word for a batch, some activations beside them, a projector's own room, and what the program itself takes. */
function margin({ weightsBytes, projectorBytes, shape }: MemoryAsk): number {
  const computeBytes = BATCH_TOKENS * (shape.vocabulary + 16 * shape.width) * 4;
  return Math.ceil(computeBytes + 256 * MIB + weightsBytes / 50 + projectorBytes / 4);
}

function roundUp(cells: number): number {
  return Math.ceil(cells / CELLS_STEP) * CELLS_STEP;
}

/** A way to make it fit. */
export type Remedy =
  | { readonly type: 'smaller'; readonly contextTokens: number; readonly slots: number; readonly totalBytes: number }
  /** Another file of the same model. */
  | { readonly type: 'file'; readonly format: string; readonly weightsBytes: number; readonly totalBytes: number };

const SLOTS = [8, 4, 2, 1] as const;
export const CONTEXTS = [131_072, 65_536, 32_768, 16_384, 8_192, 4_096] as const;

/** Files of Scout by format, largest first, in bytes (section 6 of the study on Llama 4; Unsloth's sizes below four bits). */
export const SCOUT_FILES: readonly { readonly format: string; readonly bytes: number }[] = [
  { format: 'BF16', bytes: 215e9 },
  { format: 'Q8_0', bytes: 114.5e9 },
  { format: 'Q6_K', bytes: 88e9 },
  { format: 'Q4_K_M', bytes: 65e9 },
  { format: 'UD-Q3_K_XL', bytes: 52.9e9 },
  { format: 'UD-Q2_K_XL', bytes: 42.2e9 },
  { format: 'UD-IQ2_XXS', bytes: 38.6e9 },
  { format: 'UD-IQ1_S', bytes: 33.8e9 },
];

/** What would fit into so many bytes: fewer slots, then less context, then, for Scout, smaller files. Best first; may be none. */
export function findRemedies(ask: MemoryAsk, haveBytes: number, isScout: boolean): readonly Remedy[] {
  const remedies: Remedy[] = [];
  const fewerSlots = SLOTS.find((slots) => slots < ask.slots && fits({ ...ask, slots }, haveBytes));
  if (fewerSlots !== undefined) remedies.push(smaller({ ...ask, slots: fewerSlots }));
  const one = { ...ask, slots: 1 };
  const contextTokens = CONTEXTS.find(
    (tokens) => tokens < ask.contextTokens && fits({ ...one, contextTokens: tokens }, haveBytes),
  );
  if (fewerSlots === undefined && contextTokens !== undefined) remedies.push(smaller({ ...one, contextTokens }));
  if (remedies.length > 0 || !isScout) return remedies;
  for (const { format, bytes } of SCOUT_FILES) {
    if (bytes >= ask.weightsBytes) continue;
    const other = { ...one, weightsBytes: bytes, contextTokens: Math.min(ask.contextTokens, 8_192) };
    const { totalBytes } = memoryNeed(other);
    if (totalBytes <= haveBytes) remedies.push({ type: 'file', format, weightsBytes: bytes, totalBytes });
  }
  return remedies;
}

/** The most requests at a time, up to four, that fit; 1 where nothing does. */
export function chooseSlots(ask: MemoryAsk, haveBytes: number): number {
  return SLOTS.find((slots) => slots <= 4 && fits({ ...ask, slots }, haveBytes)) ?? 1;
}

function fits(ask: MemoryAsk, haveBytes: number): boolean {
  return memoryNeed(ask).totalBytes <= haveBytes;
}

function smaller(ask: MemoryAsk): Remedy {
  return {
    type: 'smaller',
    contextTokens: ask.contextTokens,
    slots: ask.slots,
    totalBytes: memoryNeed(ask).totalBytes,
  };
}
