/** The engine's memory: one growing block that kernels and TypeScript both see. Nothing is given back singly. */
const PAGE_BYTES = 65_536;
/** The module keeps its constants in the first page. */
const FIRST_FREE = PAGE_BYTES;
/** SIMD loads are fastest, and pages of the cache tidy, on whole cache lines. */
const ALIGNMENT = 64;

/** 4 MiB. */
const GROWTH_PAGES = 64;
/** 4 GiB. */
const PAGES_MAX = 65_536;

export class OutOfMemory extends Error {}

interface ArenaOptions {
  readonly shared?: boolean;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #bytesMax: number;
  #allBytes = new Uint8Array(0);
  #allWords = new Uint32Array(0);
  #next = FIRST_FREE;

  /**
   * `bytesMax`: what this engine may take; at most 4 GiB, which is what 32-bit addresses reach. A page without certain
   * headers may not have memory that is `shared` between threads.
   */
  constructor(bytesMax: number, { shared = false }: ArenaOptions = {}) {
    this.#bytesMax = Math.min(bytesMax, PAGES_MAX * PAGE_BYTES);
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES_MAX, shared });
  }

  get usedBytes(): number {
    return this.#next;
  }

  /** The address of `bytes` fresh zeroed bytes. Views taken before may be detached by it. Throws `OutOfMemory`. */
  allocate(bytes: number): number {
    const address = this.#next;
    const end = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (end > this.#bytesMax) throw new OutOfMemory(`the model needs more than ${this.#bytesMax} bytes of memory`);
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) this.#grow(Math.max(Math.ceil(missing / PAGE_BYTES), this.#growthPages));
    this.#next = end;
    return address;
  }

  /** Shared memory that grows by less is written to by JavaScriptCore, and so taken from the machine before it is used. */
  get #growthPages(): number {
    return Math.min(GROWTH_PAGES, Math.floor((this.#bytesMax - this.memory.buffer.byteLength) / PAGE_BYTES));
  }

  #grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch (error) {
      throw new OutOfMemory('the machine has no more memory for the model', { cause: error });
    }
    // Views of memory that is shared do not notice that it has grown.
    this.#allBytes = new Uint8Array(0);
    this.#allWords = new Uint32Array(0);
  }

  /** All of the memory, for whoever reads or writes a few values at a time: making a view costs more than that. */
  get allBytes(): Uint8Array<ArrayBuffer> {
    if (this.#allBytes.length === 0) this.#allBytes = new Uint8Array(this.memory.buffer as ArrayBuffer);
    return this.#allBytes;
  }

  /** The same by words: address `a` is word `a / 4`. */
  get allWords(): Uint32Array<ArrayBuffer> {
    if (this.#allWords.length === 0) this.#allWords = new Uint32Array(this.memory.buffer as ArrayBuffer);
    return this.#allWords;
  }

  floats(address: number, count: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.memory.buffer as ArrayBuffer, address, count);
  }

  words(address: number, count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer as ArrayBuffer, address, count);
  }

  bytes(address: number, count: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer, address, count);
  }

  /** A copy of `values` in the arena. */
  place(values: Float32Array): number {
    const address = this.allocate(values.byteLength);
    this.floats(address, values.length).set(values);
    return address;
  }
}
