import { totalmem } from 'node:os';

export interface MachineMemory {
  readonly ramBytes: number;
  /** Of all cards together; 0 where none was found, or where it is the RAM itself. */
  readonly gpuBytes: number;
}

/** Runs a program and gives its output; undefined when it is not there, fails or takes too long. */
export type RunProgram = (command: readonly [program: string, ...parameters: string[]]) => Promise<string | undefined>;

const MIB = 1024 * 1024;
const GPUS_MAX = 64;
/** What the system and everything else on the machine keeps of the RAM. */
const RAM_USABLE = 0.92;

/** What a model may take here: the cards, and the RAM without the system's part. llama.cpp splits a model over both. */
export function usableBytes({ ramBytes, gpuBytes }: MachineMemory): number {
  return Math.floor(ramBytes * RAM_USABLE) + gpuBytes;
}

/** RAM as far as this process may use it, and the memory of NVIDIA cards. Apple's GPUs share the RAM; others are not asked. */
export async function readMachineMemory(run: RunProgram): Promise<MachineMemory> {
  const limit = process.constrainedMemory();
  const ramBytes = limit > 0 ? Math.min(totalmem(), limit) : totalmem();
  const listed = await run(['nvidia-smi', '--query-gpu=memory.total', '--format=csv,noheader,nounits']);
  return { ramBytes, gpuBytes: readGpuBytes(listed ?? '') };
}

/** One line per card, in MiB. Anything else counts as no card. */
export function readGpuBytes(text: string): number {
  const lines = text.trim().split('\n').slice(0, GPUS_MAX);
  return lines.reduce((sum, line) => sum + (/^\s*\d{1,8}\s*$/.test(line) ? Number(line) * MIB : 0), 0);
}
