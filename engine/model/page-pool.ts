/**
 * The cache of keys and values in pages of tokens, for all layers at once. A page is shared by counting its holders, so
 * that sequences with the same beginning keep it once.
 */
import type { Arena } from '../kernels/arena.ts';
import type { TextShape } from './shape.ts';

export const PAGE_TOKENS = 16;

/** Bytes from a page's beginning to a layer's keys are `layer · layerBytes`, to its values half a layer more. */
export interface PageLayout {
  readonly layerBytes: number;
  readonly rowBytes: number;
}

export class PagePool {
  readonly layout: PageLayout;
  readonly pageBytes: number;
  readonly pagesMax: number;
  readonly #first: number;
  readonly #free: number[] = [];
  readonly #holders = new Map<number, number>();
  #made = 0;

  /** All pages have their addresses at once, so that memory never grows under a running thread; unused ones cost nothing. */
  constructor(arena: Arena, shape: TextShape, pagesMax: number) {
    const rowBytes = shape.keyHeads * shape.headSize * 4;
    const layerBytes = rowBytes * PAGE_TOKENS * 2;
    this.layout = { rowBytes, layerBytes };
    this.pageBytes = layerBytes * shape.layers;
    this.pagesMax = pagesMax;
    this.#first = arena.allocate(this.pageBytes * pagesMax);
  }

  get freePages(): number {
    return this.#free.length + this.pagesMax - this.#made;
  }

  get usedPages(): number {
    return this.#holders.size;
  }

  /** The address of a page held once, or undefined when none is left. */
  take(): number | undefined {
    const page = this.#free.pop() ?? this.#make();
    if (page !== undefined) this.#holders.set(page, 1);
    return page;
  }

  share(page: number): void {
    this.#holders.set(page, (this.#holders.get(page) ?? 0) + 1);
  }

  release(page: number): void {
    const holders = this.#holders.get(page);
    if (holders === undefined) throw new RangeError('a page was released that nobody holds');
    if (holders > 1) {
      this.#holders.set(page, holders - 1);
      return;
    }
    this.#holders.delete(page);
    this.#free.push(page);
  }

  #make(): number | undefined {
    if (this.#made >= this.pagesMax) return undefined;
    return this.#first + this.pageBytes * this.#made++;
  }
}

/** The cached tokens of one sequence. */
export interface CachedSequence {
  /** Addresses of its pages, in order; there are enough for `length` and the tokens about to be run. */
  readonly pages: readonly number[];
  /** Tokens whose keys and values are cached. */
  readonly length: number;
}
