/** The machine under the bench: processes, the cores they are pinned to, and what they cost by the scheduler's account. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dir, '..');
/** Built tools and installed peers stay here between runs; `npm ci` clears it. */
export const cache = join(root, 'node_modules', '.cache', 'bench');

export const CANDIDATE_CORE = 0;
export const LOAD_CORE = 1;

export interface Running {
  readonly pid: number;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** Scheduler run time of every thread, in ns. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** The command that runs `command` on one core, where the machine has `taskset` and a second core. */
export function pinned(core: number, command: readonly string[]): string[] {
  const canPin = Bun.which('taskset') !== null && navigator.hardwareConcurrency > LOAD_CORE;
  return canPin ? ['taskset', '-c', String(core), ...command] : [...command];
}

/** Starts a long-lived process. What it prints goes to `logPath` and `logPath`.err. */
export function start(command: readonly string[], environment: Record<string, string> = {}, logPath?: string): Running {
  const child = Bun.spawn([...command], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdin: 'ignore',
    stdout: logPath ? Bun.file(logPath) : 'ignore',
    stderr: logPath ? Bun.file(`${logPath}.err`) : 'ignore',
  });
  return {
    pid: child.pid,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      const tree = processTree(child.pid);
      for (const pid of tree) signal(pid, 'SIGTERM');
      const ended = await Promise.race([child.exited.then(() => true), Bun.sleep(3_000).then(() => false)]);
      if (!ended) for (const pid of tree) signal(pid, 'SIGKILL');
      await child.exited;
    },
  };
}

/** Runs a command to its end. Throws with its error output when it fails. */
export async function runToEnd(command: readonly string[], environment: Record<string, string> = {}): Promise<string> {
  const child = Bun.spawn([...command], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, errors, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0)
    throw new Error(`${command.slice(0, 4).join(' ')}: status ${status}: ${(errors || output).slice(-600)}`);
  return output;
}

/** What a process and all its descendants have run so far, thread by thread. */
export function threadTimes(pid: number): ThreadTimes {
  const times = new Map<string, number>();
  for (const member of processTree(pid)) {
    for (const thread of listOr(`/proc/${member}/task`)) {
      const path = `/proc/${member}/task/${thread}/schedstat`;
      times.set(`${member}/${thread}`, Number(readOr(path, '0').split(' ')[0]));
    }
  }
  return times;
}

/** A thread that has ended between the two took its time with it: idle compiler threads do, and they had little of it. */
export function runTimeNs(before: ThreadTimes, after: ThreadTimes): number {
  let total = 0;
  for (const [thread, ns] of after) total += ns - (before.get(thread) ?? 0);
  return total;
}

export function residentBytes(pid: number): number {
  return processTree(pid)
    .map((member) => Number(/^VmRSS:\s+(\d+)/m.exec(readOr(`/proc/${member}/status`, ''))?.[1] ?? 0) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** Busy time of all cores since boot, in ns; with what is known of our own it tells how much others disturbed us. */
export function machineBusyNs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = (
    readOr('/proc/stat', '').split('\n')[0] ?? ''
  )
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * 1e7;
}

export function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

/**
 * The mock upstream and the load generator: C where there is a compiler, the same in TypeScript where there is none, or
 * where `BENCH_FALLBACK` asks for it.
 */
export async function buildTools(): Promise<{ mock: string[]; load: string[]; language: string }> {
  const compiler = Bun.which('cc') ?? Bun.which('gcc') ?? Bun.which('clang');
  if (!compiler || process.platform !== 'linux' || process.env.BENCH_FALLBACK) {
    const run = (file: string) => [process.execPath, join(import.meta.dir, 'fallback', file)];
    return {
      mock: run('mock.ts'),
      load: run('load.ts'),
      language: 'TypeScript (no C compiler: its own cost hides more)',
    };
  }
  mkdirSync(cache, { recursive: true });
  const build = async (name: string) => {
    const output = join(cache, name);
    await runToEnd([compiler, '-O2', '-o', output, join(import.meta.dir, 'native', `${name}.c`)]);
    return [output];
  };
  return { mock: await build('mock'), load: await build('load'), language: 'C' };
}

export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of listOr('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // The second field is the name in brackets, which may itself hold blanks and brackets.
    const parent = Number(readOr(`/proc/${entry}/stat`, '').split(') ').at(-1)?.split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const tree = [pid];
  for (const member of tree) tree.push(...(children.get(member) ?? []));
  return tree;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function listOr(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
