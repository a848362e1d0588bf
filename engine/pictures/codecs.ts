/**
 * The compiled codecs, each run in a sandbox of its own for one picture: they are C code that reads hostile bytes, so
 * a picture that breaks one can reach neither the process nor the next caller's picture.
 */
import { PictureError, unreadable } from './picture.ts';

/** `jpeg` is `jpeg-turbo.wasm` of @cwasm/jpeg-turbo, `webp` is `webp.wasm` of @cwasm/webp. */
export type CodecName = 'jpeg' | 'webp';

export type ReadCodec = (codec: CodecName) => Promise<Uint8Array<ArrayBuffer>>;

/** What both codecs export. */
interface Allocator {
  readonly memory: WebAssembly.Memory;
  /** Gives 0 when there is no room. */
  malloc(bytes: number): number;
}

export class Codecs {
  readonly #read: ReadCodec;
  readonly #modules = new Map<CodecName, Promise<WebAssembly.Module>>();

  /** `read` is called once for each codec, when the first picture needs it. */
  constructor(read: ReadCodec) {
    this.#read = read;
  }

  async open<Exports>(codec: CodecName): Promise<Sandbox<Exports>> {
    const module = this.#modules.get(codec) ?? this.#compile(codec);
    const instance = await WebAssembly.instantiate(await module, IMPORTS);
    // The exports that @cwasm's packages call themselves; the tests decode with each.
    return new Sandbox(instance.exports as unknown as Exports & Allocator);
  }

  #compile(codec: CodecName): Promise<WebAssembly.Module> {
    const module = this.#read(codec).then((bytes) => WebAssembly.compile(bytes));
    this.#modules.set(codec, module);
    // A file that could not be read may be there the next time.
    module.catch(() => this.#modules.delete(codec));
    return module;
  }
}

export class Sandbox<Exports> {
  readonly #codec: Exports & Allocator;

  constructor(codec: Exports & Allocator) {
    this.#codec = codec;
  }

  /** Copies the bytes in and tells their address. */
  place(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length);
    this.view(address, bytes.length).set(bytes);
    return address;
  }

  allocate(bytes: number): number {
    const address = this.run((codec) => codec.malloc(bytes));
    if (address === 0) throw new PictureError('picture_too_large', 'the picture needs more memory than its codec has');
    return address;
  }

  /** Only until the next call: the memory may then have moved. */
  view(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.#codec.memory.buffer, address, bytes);
  }

  /** Whatever a codec throws, be it a trap or its own way out, means that it could not read the picture. */
  run<T>(call: (codec: Exports & Allocator) => T): T {
    try {
      return call(this.#codec);
    } catch (error) {
      throw unreadable('the picture is damaged', error);
    }
  }
}

function giveUp(): never {
  throw new Error('the codec gave up');
}

/** The codecs ask for no more than this; none of it reaches outside. */
const IMPORTS = {
  // libjpeg jumps out on a fatal error. The jump is never taken: the instance is thrown away.
  env: { setjmp: () => 0, longjmp: giveUp },
  wasi_snapshot_preview1: {
    environ_sizes_get: () => 0,
    environ_get: giveUp,
    proc_exit: giveUp,
    fd_close: giveUp,
    fd_seek: giveUp,
    fd_write: giveUp,
  },
};
