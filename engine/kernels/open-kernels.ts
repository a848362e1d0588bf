import type { Arena } from './arena.ts';
import type { CompiledKernels } from './kernels.ts';

/** The compiled kernels over the arena's memory. Throws `WebAssembly.CompileError` where SIMD is not supported. */
export async function openKernels(compiled: Uint8Array<ArrayBuffer>, arena: Arena): Promise<CompiledKernels> {
  return startKernels(await compileKernels(compiled), arena.memory);
}

/** `shared`: for an arena whose memory is shared between threads. */
export function compileKernels(
  compiled: Uint8Array<ArrayBuffer>,
  { shared = false } = {},
): Promise<WebAssembly.Module> {
  return WebAssembly.compile(shared ? withSharedMemory(compiled) : compiled);
}

export function startKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): CompiledKernels {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  // The exports of `engine/assembly/kernels.ts`; a test calls each one.
  return instance.exports as unknown as CompiledKernels;
}

/** How the import of the memory is written: `env`, `memory`, kind 2, then the flags: 1 has a maximum, 2 is shared. */
const MEMORY_IMPORT = '\x03env\x06memory\x02';
const HAS_MAXIMUM = 1;
const IS_SHARED = 2;

/** The one byte in which both kinds of module differ; a second file of kernels would say the rest twice. */
function withSharedMemory(compiled: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const changed = compiled.slice();
  const flags = new TextDecoder('latin1').decode(compiled).indexOf(MEMORY_IMPORT) + MEMORY_IMPORT.length;
  if (changed[flags] !== HAS_MAXIMUM) throw new TypeError('the kernels do not import their memory as expected');
  changed[flags] = HAS_MAXIMUM | IS_SHARED;
  return changed;
}
