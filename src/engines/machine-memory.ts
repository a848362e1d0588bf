/** How much memory this machine has for a model: of the machine, of the container around us, and of GPUs that the engine can use. */

export interface Gpu {
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface MachineMemory {
  /** The machine's, or the container's limit where that is lower. */
  readonly ramTotalBytes: number;
  readonly ramAvailableBytes: number;
  /** Whose limit `ramTotalBytes` is. */
  readonly ramLimit: 'machine' | 'container';
  /** GPUs with memory of their own that the engine can use. */
  readonly gpus: readonly Gpu[];
  /** NVIDIA GPUs that are there and that the engine was not built for. */
  readonly unusedGpus: readonly Gpu[];
}

export interface MachineReaders {
  readonly platform: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Undefined where there is no such file. */
  readText(path: string): string | undefined;
  /** Standard output and error; undefined when the program is not there, fails, or takes too long. */
  run(program: string, parameters: readonly string[]): Promise<string | undefined>;
}

const KIB = 1024;
const MIB = 1024 * 1024;
/** What macOS gives its GPU of the memory that both share; the engine's buffers live there. */
const UNIFIED_SHARE = 0.75;
const GPUS_MAX = 64;

/** `engine`: path of a `llama-server`, which knows best what it can use; without one NVIDIA's own tool is asked. */
export async function readMachineMemory(readers: MachineReaders, engine?: string): Promise<MachineMemory> {
  const ram = readRam(readers);
  const [devices, nvidia] = await Promise.all([
    engine === undefined ? undefined : readers.run(engine, ['--list-devices']),
    readers.run('nvidia-smi', ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits']),
  ]);
  const installed = nvidia === undefined ? [] : readNvidia(nvidia);
  if (devices === undefined) return { ...ram, gpus: installed, unusedGpus: [] };
  const gpus = readDevices(devices);
  return { ...ram, gpus, unusedGpus: gpus.length === 0 ? installed : [] };
}

export function totalMemory(machine: MachineMemory): number {
  return machine.gpus.reduce((sum, gpu) => sum + gpu.totalBytes, machine.ramTotalBytes);
}

export function availableMemory(machine: MachineMemory): number {
  return machine.gpus.reduce((sum, gpu) => sum + gpu.freeBytes, machine.ramAvailableBytes);
}

type Ram = Pick<MachineMemory, 'ramTotalBytes' | 'ramAvailableBytes' | 'ramLimit'>;

function readRam(readers: MachineReaders): Ram {
  const machine = readMachine(readers);
  const limits = readLimits(readers).filter(({ limit }) => limit < machine.ramTotalBytes);
  if (limits.length === 0) return machine;
  return {
    ramTotalBytes: Math.min(...limits.map(({ limit }) => limit)),
    ramAvailableBytes: Math.min(
      machine.ramAvailableBytes,
      ...limits.map(({ limit, used }) => Math.max(0, limit - used)),
    ),
    ramLimit: 'container',
  };
}

function readMachine({ platform, readText, totalBytes, freeBytes }: MachineReaders): Ram {
  const text = platform === 'linux' ? readText('/proc/meminfo') : undefined;
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1] ?? Number.NaN);
  const ramTotalBytes = kib('MemTotal') * KIB;
  const ramAvailableBytes = kib('MemAvailable') * KIB;
  if (ramTotalBytes > 0 && ramAvailableBytes >= 0) return { ramTotalBytes, ramAvailableBytes, ramLimit: 'machine' };
  if (platform === 'darwin') {
    // Its free memory leaves out what caches would give back at once.
    const bytes = Math.floor(totalBytes * UNIFIED_SHARE);
    return { ramTotalBytes: bytes, ramAvailableBytes: bytes, ramLimit: 'machine' };
  }
  return { ramTotalBytes: totalBytes, ramAvailableBytes: freeBytes, ramLimit: 'machine' };
}

interface Limit {
  readonly limit: number;
  /** Without the file cache, which gives way. */
  readonly used: number;
}

/** The limits of all control groups around this process, of version 2 and 1. */
function readLimits({ platform, readText }: MachineReaders): readonly Limit[] {
  if (platform !== 'linux') return [];
  const groups = (readText('/proc/self/cgroup') ?? '').split('\n');
  const unified = groups.find((line) => line.startsWith('0::'))?.slice(3);
  const memory = groups.find((line) => line.split(':')[1]?.split(',').includes('memory'));
  const old = memory?.split(':').slice(2).join(':');
  return [
    ...foldersOf('/sys/fs/cgroup', unified).map((folder) => ({
      limit: readNumber(readText(`${folder}/memory.max`)),
      used:
        readNumber(readText(`${folder}/memory.current`)) - readStat(readText(`${folder}/memory.stat`), 'inactive_file'),
    })),
    ...foldersOf('/sys/fs/cgroup/memory', old).map((folder) => ({
      limit: readNumber(readText(`${folder}/memory.limit_in_bytes`)),
      used:
        readNumber(readText(`${folder}/memory.usage_in_bytes`)) -
        readStat(readText(`${folder}/memory.stat`), 'total_inactive_file'),
    })),
  ].filter(({ limit, used }) => limit > 0 && used >= 0);
}

/** A container sees its own group as the root, and its path as the host has it: both are looked at, and all between. */
function foldersOf(root: string, path: string | undefined): readonly string[] {
  const folders = [root];
  for (const name of (path ?? '').split('/').filter((part) => part !== '' && part !== '..'))
    folders.push(`${folders.at(-1)}/${name}`);
  return folders;
}

function readNumber(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
}

function readStat(text: string | undefined, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '')?.[1] ?? 0);
}

/** Lines such as `NVIDIA H100 80GB HBM3, 81559, 81000`, in MiB. */
function readNvidia(text: string): readonly Gpu[] {
  return [...text.matchAll(/^(.+), (\d+), (\d+)\s*$/gm)].slice(0, GPUS_MAX).map(makeGpu);
}

/**
 * Lines such as `  CUDA0: NVIDIA H100 (81559 MiB, 81000 MiB free)`. Others than CUDA and ROCm may share the machine's memory,
 * which would then count twice.
 */
function readDevices(text: string): readonly Gpu[] {
  const lines = text.matchAll(/^\s+(?:CUDA|ROCm|HIP|MUSA)\d+: (.+) \((\d+) MiB, (\d+) MiB free\)\s*$/gm);
  return [...lines].slice(0, GPUS_MAX).map(makeGpu);
}

function makeGpu([, name = '', total, free]: RegExpMatchArray): Gpu {
  return { name: name.trim().slice(0, 100), totalBytes: Number(total) * MIB, freeBytes: Number(free) * MIB };
}
