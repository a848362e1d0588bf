import { expect, test } from 'bun:test';
import { availableMemory, type MachineReaders, readMachineMemory, totalMemory } from './machine-memory.ts';

const GIB = 1024 ** 3;
const MEMINFO = 'MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   50331648 kB\n';

function readers(
  files: Readonly<Record<string, string>>,
  programs: Readonly<Record<string, string>> = {},
): MachineReaders {
  return {
    platform: 'linux',
    totalBytes: 32 * GIB,
    freeBytes: 8 * GIB,
    readText: (path) => files[path],
    run: async (program, [first]) => programs[`${program} ${first}`] ?? programs[program],
  };
}
const gib = (...bytes: readonly number[]) => bytes.map((one) => one / GIB);

test('without limits it is the machine’s memory, with what caches would give back', async () => {
  const memory = await readMachineMemory(readers({ '/proc/meminfo': MEMINFO }));
  expect(memory).toMatchObject({ ramLimit: 'machine', gpus: [], unusedGpus: [] });
  expect(gib(memory.ramTotalBytes, memory.ramAvailableBytes)).toEqual([64, 48]);
});

test('a container’s limit counts where it is lower, its file cache does not', async () => {
  const memory = await readMachineMemory(
    readers({
      '/proc/meminfo': MEMINFO,
      '/proc/self/cgroup': '0::/kube/pod\n',
      '/sys/fs/cgroup/kube/memory.max': `${20 * GIB}\n`,
      '/sys/fs/cgroup/kube/memory.current': `${12 * GIB}\n`,
      '/sys/fs/cgroup/kube/memory.stat': `anon 1\ninactive_file ${10 * GIB}\nactive_file 2\n`,
      '/sys/fs/cgroup/kube/pod/memory.max': 'max\n',
      '/sys/fs/cgroup/kube/pod/memory.current': '5\n',
    }),
  );
  expect(memory.ramLimit).toBe('container');
  expect(gib(memory.ramTotalBytes, memory.ramAvailableBytes)).toEqual([20, 18]);
});

test('the first version of control groups is read too, and its number for no limit is none', async () => {
  const old = (limit: string) =>
    readMachineMemory(
      readers({
        '/proc/meminfo': MEMINFO,
        '/proc/self/cgroup': '5:cpu:/x\n4:memory:/docker/abc\n',
        '/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': limit,
        '/sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes': String(GIB),
      }),
    );
  expect(gib((await old(String(4 * GIB))).ramAvailableBytes)).toEqual([3]);
  expect((await old('9223372036854771712')).ramLimit).toBe('machine');
});

test('GPUs that the engine can use add their memory; ones that share the machine’s do not', async () => {
  const devices =
    'Available devices:\n  CUDA0: NVIDIA H100 80GB HBM3 (81920 MiB, 40960 MiB free)\n  Vulkan1: Intel(R) Graphics (32000 MiB, 31000 MiB free)\n';
  const memory = await readMachineMemory(
    readers({ '/proc/meminfo': MEMINFO }, { '/opt/llama-server': devices }),
    '/opt/llama-server',
  );
  expect(memory.gpus).toEqual([{ name: 'NVIDIA H100 80GB HBM3', totalBytes: 80 * GIB, freeBytes: 40 * GIB }]);
  expect(gib(totalMemory(memory), availableMemory(memory))).toEqual([144, 88]);
});

test('NVIDIA’s tool is believed without an engine, and shows what an engine cannot use', async () => {
  const smi = {
    'nvidia-smi': 'NVIDIA H200, 143771, 143000\nNVIDIA H200, 143771, 1\n',
    '/cpu/llama-server': 'Available devices:\n  (none)\n',
  };
  const files = { '/proc/meminfo': MEMINFO };
  expect((await readMachineMemory(readers(files, smi))).gpus.length).toBe(2);
  const unused = await readMachineMemory(readers(files, smi), '/cpu/llama-server');
  expect([unused.gpus.length, unused.unusedGpus.length]).toEqual([0, 2]);
});

test('what is no answer is no memory', async () => {
  const silly = { 'nvidia-smi': 'NVIDIA-SMI has failed because it could not talk to the driver\n' };
  const memory = await readMachineMemory(readers({ '/proc/meminfo': 'nonsense', '/proc/self/cgroup': ':::' }, silly));
  expect(memory.gpus).toEqual([]);
  expect(gib(memory.ramTotalBytes, memory.ramAvailableBytes)).toEqual([32, 8]);
});

test('macOS shares its memory with the GPU, which gets three quarters', async () => {
  const memory = await readMachineMemory({ ...readers({}), platform: 'darwin', totalBytes: 128 * GIB });
  expect(gib(memory.ramTotalBytes, memory.ramAvailableBytes)).toEqual([96, 96]);
});
