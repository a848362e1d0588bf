import type { Clock } from '../base/clock.ts';

export interface CachedPage {
  readonly text: string;
  readonly status: number;
  /** False where the browser has to draw what could not be drawn here in time: the next visitor shall have it drawn. */
  readonly isWhole: boolean;
}

export const LRU_BYTES_MAX = 64 * 1024 * 1024;
const FRESH_MS = 30_000;
const STALE_MS_MAX = 600_000;
/** Of a missing address nothing is kept for long: anybody may ask for any number of them. */
const KEPT_STATUS = 200;

interface Entry {
  readonly page: CachedPage;
  readonly drawnMs: number;
}

/** Drawn pages of visitors who are nobody in particular: fresh for half a minute, then shown once more while a new one is drawn. */
export class PageCache {
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #drawing = new Map<string, Promise<CachedPage>>();
  #bytes = 0;

  constructor(clock: Clock, bytesMax: number) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  /** Without a key nothing is kept. Many who ask at once wait for one drawing. */
  async get(key: string | undefined, draw: () => Promise<CachedPage>): Promise<CachedPage> {
    if (key === undefined) return draw();
    const entry = this.#entries.get(key);
    const ageMs = entry ? this.#clock.monotonicMs() - entry.drawnMs : Number.POSITIVE_INFINITY;
    if (entry && ageMs < FRESH_MS) return entry.page;
    const drawing = this.#drawing.get(key) ?? this.#draw(key, draw);
    if (!entry || ageMs >= STALE_MS_MAX) return drawing;
    drawing.catch(() => undefined);
    return entry.page;
  }

  #draw(key: string, draw: () => Promise<CachedPage>): Promise<CachedPage> {
    const drawing = draw()
      .then((page) => {
        if (page.status === KEPT_STATUS && page.isWhole) this.#keep(key, page);
        return page;
      })
      .finally(() => this.#drawing.delete(key));
    this.#drawing.set(key, drawing);
    return drawing;
  }

  #keep(key: string, page: CachedPage): void {
    this.#drop(key);
    this.#entries.set(key, { page, drawnMs: this.#clock.monotonicMs() });
    this.#bytes += sizeOf(page);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= sizeOf(entry.page);
  }
}

/** JavaScript keeps most texts as two bytes a letter. */
function sizeOf({ text }: CachedPage): number {
  return text.length * 2;
}
