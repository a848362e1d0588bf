import type { PromptChain } from './prompt-chain.ts';

/** Blocks of 64 bytes: two megabytes of prompt, half a million tokens, for an engine that does not say what it holds. */
const BLOCKS_USUAL = 32_768;
const BLOCKS_MIN = 1_024;
/** Over all engines: some 150 MB when every one of them is full. */
const BLOCKS_MAX = 2_000_000;
const BYTES_PER_TOKEN = 4;
const BYTES_PER_BLOCK = 64;

/** How much of a prompt lies in an engine's cache by what was sent there before, as shares of the prompt. */
export interface PrefixMatch {
  /** Whatever prompt left it there. */
  readonly any: number;
  /** Up to the end of an earlier prompt: this one goes on where that one ended. */
  readonly chat: number;
}

const NOTHING: PrefixMatch = { any: 0, chat: 0 };

/**
 * Which beginnings of prompts were sent to which engine: a guess at what its cache holds, without asking it. It forgets as the
 * cache does, the longest unused first, and a long prompt's end before its beginning.
 */
export class PrefixIndex {
  readonly #engines = new Map<string, EngineBlocks>();

  match(endpointId: string, chain: PromptChain): PrefixMatch {
    const blocks = this.#engines.get(endpointId);
    if (!blocks || chain.size === 0) return NOTHING;
    const { any, chat } = blocks.match(chain.keys);
    return { any: shareOf(chain, any), chat: shareOf(chain, chat) };
  }

  /** The prompt was sent there. */
  add(endpointId: string, chain: PromptChain): void {
    let blocks = this.#engines.get(endpointId);
    if (!blocks) {
      blocks = new EngineBlocks(BLOCKS_USUAL);
      this.#engines.set(endpointId, blocks);
    }
    blocks.add(chain.keys, Math.floor(BLOCKS_MAX / Math.max(8, this.#engines.size)));
  }

  /** What the engine's cache holds. */
  resize(endpointId: string, cacheTokens: number): void {
    const blocksMax = Math.max(BLOCKS_MIN, Math.floor((cacheTokens * BYTES_PER_TOKEN) / BYTES_PER_BLOCK));
    const blocks = this.#engines.get(endpointId);
    if (blocks) blocks.blocksMax = blocksMax;
    else this.#engines.set(endpointId, new EngineBlocks(blocksMax));
  }

  /** The engine is gone or began anew: its cache is empty. */
  forget(endpointId: string): void {
    this.#engines.delete(endpointId);
  }

  /** Blocks that are remembered, over all engines. */
  get size(): number {
    let size = 0;
    for (const blocks of this.#engines.values()) size += blocks.size;
    return size;
  }
}

function shareOf(chain: PromptChain, blocks: number): number {
  return blocks === 0 ? 0 : chain.ends[blocks - 1]! / chain.size;
}

class EngineBlocks {
  blocksMax: number;
  /** Oldest first. True where an earlier prompt ended. */
  readonly #blocks = new Map<number, boolean>();

  constructor(blocksMax: number) {
    this.blocksMax = blocksMax;
  }

  get size(): number {
    return this.#blocks.size;
  }

  /** Numbers of blocks. Where a block is known all before it are, so that a few looks find the last one. */
  match(keys: readonly number[]): { readonly any: number; readonly chat: number } {
    let known = 0;
    let unknown = keys.length + 1;
    while (unknown - known > 1) {
      const middle = (known + unknown) >> 1;
      if (this.#blocks.has(keys[middle - 1]!)) known = middle;
      else unknown = middle;
    }
    let chat = known;
    while (chat > 0 && this.#blocks.get(keys[chat - 1]!) !== true) chat--;
    return { any: known, chat };
  }

  /** From the end to the beginning, so that the beginning is the newest and forgotten last. */
  add(keys: readonly number[], blocksMax: number): void {
    const most = Math.min(this.blocksMax, blocksMax);
    // What would not fit anyway is not held: the engine's cache could not either.
    for (let index = Math.min(keys.length, most) - 1; index >= 0; index--) {
      const key = keys[index]!;
      const isEnd = index === keys.length - 1 || this.#blocks.get(key) === true;
      this.#blocks.delete(key);
      this.#blocks.set(key, isEnd);
    }
    if (this.#blocks.size <= most) return;
    for (const key of this.#blocks.keys()) {
      this.#blocks.delete(key);
      if (this.#blocks.size <= most) return;
    }
  }
}
