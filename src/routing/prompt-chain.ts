import type { GenerationRequest, Part, PromptPiece } from '../generation/request.ts';

/** About 16 tokens, the block of vLLM's cache. */
const BLOCK_BYTES = 64;
/** A picture counts like the thousand tokens at which it is estimated. */
const MEDIA_BYTES = 4_000;
/** Beyond four million bytes of prompt the rest adds nothing to a decision. */
const BLOCKS_MAX = 65_536;

/**
 * The beginning of a prompt, in steps: `keys[i]` stands for everything up to the end of block `i`. Two prompts with the same key
 * there are the same up to there, for the same model and tenant.
 */
export interface PromptChain {
  readonly keys: readonly number[];
  /** Size of the prompt up to the end of each block. */
  readonly ends: readonly number[];
  /** Size of the whole prompt, with the rest that fills no block. */
  readonly size: number;
}

/** `tenant` and `model` begin the chain: nothing is ever shared between two of them. */
export function makePromptChain(pieces: Iterable<PromptPiece>, model: string, tenant: string): PromptChain {
  const maker = new ChainMaker(Bun.hash.wyhash(`${model}\0${tenant}`));
  for (const piece of pieces) {
    if (piece.isMedia) maker.addMedia(piece.bytes);
    else maker.addText(piece.bytes);
  }
  return maker.chain();
}

class ChainMaker {
  readonly #keys: number[] = [];
  readonly #ends: number[] = [];
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #filled = 0;
  #hash: bigint;
  #size = 0;

  constructor(seed: bigint) {
    this.#hash = seed;
  }

  addText(bytes: Uint8Array): void {
    this.#size += bytes.length;
    for (let from = 0; from < bytes.length && this.#keys.length < BLOCKS_MAX; ) {
      const count = Math.min(BLOCK_BYTES - this.#filled, bytes.length - from);
      // A whole block of one piece is hashed where it lies.
      if (count === BLOCK_BYTES)
        this.#close(bytes.subarray(from, from + count), this.#size - bytes.length + from + count);
      else {
        this.#block.set(bytes.subarray(from, from + count), this.#filled);
        this.#filled += count;
        if (this.#filled === BLOCK_BYTES) {
          this.#close(this.#block, this.#size - bytes.length + from + count);
          this.#filled = 0;
        }
      }
      from += count;
    }
  }

  /** The text before it is closed where it stands, so that a picture is the same picture wherever the blocks fall. */
  addMedia(bytes: Uint8Array): void {
    if (this.#keys.length >= BLOCKS_MAX) return;
    if (this.#filled > 0) this.#close(this.#block.subarray(0, this.#filled), this.#size);
    this.#filled = 0;
    this.#size += MEDIA_BYTES;
    this.#close(bytes, this.#size);
  }

  chain(): PromptChain {
    return { keys: this.#keys, ends: this.#ends, size: this.#size };
  }

  #close(bytes: Uint8Array, end: number): void {
    this.#hash = Bun.hash.wyhash(bytes, this.#hash);
    // 53 bits: what a number holds exactly.
    this.#keys.push(Number(this.#hash >> 11n));
    this.#ends.push(end);
  }
}

/** The prompt of a request of any format. Where the format has no quicker way, its content is parsed. */
export function piecesOf(request: GenerationRequest): Iterable<PromptPiece> {
  const isAsSent = !request.origin.isRevised;
  return (isAsSent ? request.pieces?.() : undefined) ?? contentPieces(request);
}

function* contentPieces({ content }: GenerationRequest): Generator<PromptPiece> {
  const { messages, tools } = content();
  const encoder = new TextEncoder();
  const piece = (text: string, isMedia = false): PromptPiece => ({ bytes: encoder.encode(text), isMedia });
  if (tools.length > 0) yield piece(JSON.stringify(tools));
  for (const message of messages) {
    yield piece(message.role);
    for (const part of message.content) yield piece(...partText(part));
  }
}

function partText(part: Part): readonly [text: string, isMedia: boolean] {
  if (part.type === 'text' || part.type === 'reasoning') return [part.text, false];
  return [JSON.stringify(part), part.type === 'media'];
}
