/**
 * Keeps the keys and values of beginnings already computed, page by page, so that the next request with the same
 * beginning starts behind it. A page is found by the whole path of tokens before it, never by a hash that could collide.
 */
import { PAGE_TOKENS, type PagePool } from '../model/page-pool.ts';

/** What stands at one position: a token id, or a text that names a piece of a picture by the picture's content. */
export type PositionKey = number | string;

interface Node {
  readonly id: number;
  readonly key: string;
  readonly page: number;
  readonly parent: Node | undefined;
  children: number;
}

export class PrefixCache {
  readonly #pool: PagePool;
  /** By parent and content; in order of last use, oldest first. */
  readonly #nodes = new Map<string, Node>();
  #nextId = 1;

  constructor(pool: PagePool) {
    this.#pool = pool;
  }

  get pages(): number {
    return this.#nodes.size;
  }

  /**
   * The longest known beginning of `positions`, in whole pages, its pages now held once more for the caller. At least
   * one position is left over, since the scores after the last one are not kept. `salt` keeps callers apart whose
   * timing must not tell one what another has sent.
   */
  find(salt: string, positions: readonly PositionKey[]): readonly number[] {
    const path: Node[] = [];
    for (let start = 0; start + PAGE_TOKENS < positions.length; start += PAGE_TOKENS) {
      const node = this.#nodes.get(keyOf(path.at(-1), salt, positions, start));
      if (!node) break;
      this.#pool.share(node.page);
      path.push(node);
    }
    this.#touch(path);
    return path.map(({ page }) => page);
  }

  /** Remembers the full pages of a sequence whose first `computed` positions stand in `pages`. */
  keep(salt: string, positions: readonly PositionKey[], pages: readonly number[], computed: number): void {
    const path: Node[] = [];
    for (let index = 0; (index + 1) * PAGE_TOKENS <= computed; index++) {
      const parent = path.at(-1);
      const key = keyOf(parent, salt, positions, index * PAGE_TOKENS);
      path.push(this.#nodes.get(key) ?? this.#add(key, pages[index]!, parent));
    }
    this.#touch(path);
  }

  /** Lets go of the page unused for longest that no other page builds on. False when nothing is left to let go. */
  evict(): boolean {
    for (const node of this.#nodes.values()) {
      if (node.children > 0) continue;
      this.#nodes.delete(node.key);
      if (node.parent) node.parent.children--;
      this.#pool.release(node.page);
      return true;
    }
    return false;
  }

  #add(key: string, page: number, parent: Node | undefined): Node {
    this.#pool.share(page);
    if (parent) parent.children++;
    return { id: this.#nextId++, key, page, parent, children: 0 };
  }

  /** The end of a path counts as older than its beginning, so that pages are let go from the end and found at once. */
  #touch(path: readonly Node[]): void {
    for (const node of path.toReversed()) {
      this.#nodes.delete(node.key);
      this.#nodes.set(node.key, node);
    }
  }
}

function keyOf(parent: Node | undefined, salt: string, positions: readonly PositionKey[], start: number): string {
  const own = positions.slice(start, start + PAGE_TOKENS).join(',');
  return parent ? `${parent.id}:${own}` : `${JSON.stringify(salt)}:${own}`;
}
