import type { Weights } from './inspect-weights.ts';
import { CONTEXTS, chooseSlots, type MemoryAsk, memoryNeed } from './memory-need.ts';

export interface SizeAsked {
  readonly contextTokens?: number;
  readonly slots?: number;
}

/** Enough for most work; a model that can do more does it when the operator says so. */
const CONTEXT_TOKENS_USUAL = 32_768;
const SLOTS_USUAL = 4;

/** Context and requests at a time: as asked for, and else what fits into so many free bytes, rather fewer requests than less context. */
export function sizeModel(weights: Weights, projectorBytes: number, asked: SizeAsked, freeBytes: number): MemoryAsk {
  const most = Math.min(CONTEXT_TOKENS_USUAL, weights.contextTokensTrained ?? CONTEXT_TOKENS_USUAL);
  const ask: MemoryAsk = {
    ...{ weightsBytes: weights.bytes, projectorBytes, shape: weights.shape, fullWindows: false },
    contextTokens: asked.contextTokens ?? most,
    slots: asked.slots ?? SLOTS_USUAL,
  };
  const sized = asked.slots === undefined ? { ...ask, slots: chooseSlots(ask, freeBytes) } : ask;
  if (asked.contextTokens !== undefined || memoryNeed(sized).totalBytes <= freeBytes) return sized;
  const fitting = CONTEXTS.find(
    (contextTokens) => contextTokens < most && memoryNeed({ ...sized, contextTokens }).totalBytes <= freeBytes,
  );
  return fitting === undefined ? sized : { ...sized, contextTokens: fitting };
}
