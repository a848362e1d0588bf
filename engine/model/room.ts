/** Where a text model keeps what it is working on. */
import type { Arena } from '../kernels/arena.ts';
import { PAGE_TOKENS } from './page-pool.ts';
import { makeProductRoom, type ProductRoom } from './products.ts';
import type { TextShape } from './shape.ts';

export interface RoomOptions {
  /** Most tokens that one call of `forward` takes, over all its runs. */
  readonly batchTokensMax: number;
  /** Longest sequence. */
  readonly contextTokensMax: number;
  /** Most runs of one call that want scores. */
  readonly sequencesMax: number;
}

/** Working memory of one batch: addresses, and how many tokens there is room for. */
export interface Room {
  readonly tokens: number;
  readonly products: ProductRoom;
  readonly x: number;
  readonly normed: number;
  readonly result: number;
  readonly queries: number;
  readonly keys: number;
  readonly values: number;
  readonly mixed: number;
  readonly angles: number;
  readonly gate: number;
  readonly up: number;
  readonly gathered: number;
  readonly scores: number;
  readonly logits: number;
  readonly chosen: number;
  readonly weights: number;
  readonly order: number;
  /** Tokens of each expert, for the compiled `forward`. */
  readonly counts: number;
  readonly pages: number;
}

export function makeRoom(arena: Arena, shape: TextShape, options: RoomOptions): Room {
  const { width, heads, keyHeads, headSize, experts, vocabulary } = shape;
  const tokens = options.batchTokensMax;
  const perToken = (values: number) => arena.allocate(tokens * values * 4);
  const inner = Math.max(shape.expertWidth, shape.denseWidth);
  const widest = Math.max(width, heads * headSize, inner);
  return {
    tokens,
    products: makeProductRoom(arena, tokens * widest),
    x: perToken(width),
    normed: perToken(width),
    result: perToken(width),
    queries: perToken(heads * headSize),
    keys: perToken(keyHeads * headSize),
    values: perToken(keyHeads * headSize),
    mixed: perToken(heads * headSize),
    angles: perToken(headSize),
    gate: perToken(inner),
    up: perToken(inner),
    gathered: perToken(width),
    // Serves the router and, one token at a time, the attention.
    scores: arena.allocate(Math.max(tokens * experts, options.contextTokensMax + 6) * 16),
    logits: arena.allocate(options.sequencesMax * vocabulary * 4),
    chosen: perToken(1),
    weights: perToken(1),
    order: perToken(1),
    counts: arena.allocate(experts * 4),
    pages: arena.allocate((Math.ceil(options.contextTokensMax / PAGE_TOKENS) + 1) * 4),
  };
}
