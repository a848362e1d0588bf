import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** The compiled kernels over the arena's memory. Throws `WebAssembly.CompileError` where SIMD is not supported. */
export async function openKernels(compiled: Uint8Array<ArrayBuffer>, arena: Arena): Promise<Kernels> {
  const module = await WebAssembly.compile(compiled);
  const instance = await WebAssembly.instantiate(module, { env: { memory: arena.memory } });
  // The exports of `engine/assembly/kernels.ts`; a test calls each one.
  return instance.exports as unknown as Kernels;
}
