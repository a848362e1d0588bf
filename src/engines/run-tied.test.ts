import { afterEach, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const RUN_TIED = join(import.meta.dir, 'run-tied.ts');
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function tie(...command: readonly string[]) {
  const child = spawn(process.execPath, [RUN_TIED, ...command], { stdio: ['pipe', 'pipe', 'pipe'] });
  started.push(child);
  const pid = Promise.withResolvers<number>();
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    const match = /^\{"tied":(\d+)\}$/m.exec(out);
    if (match) pid.resolve(Number(match[1]));
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, pid: pid.promise, ended, out: () => out };
}

/** Resolves when there is no such process, or only one that nobody has buried yet. */
async function whenGone(pid: number): Promise<void> {
  while (await isAlive(pid)) await new Promise((resolve) => setImmediate(resolve));
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await Bun.file(`/proc/${pid}/stat`)
    .text()
    .catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
}

test('it ends as the program ends, after saying which process that is', async () => {
  const { ended, pid, out } = tie('sh', '-c', 'echo said; exit 7');
  expect(await pid).toBeGreaterThan(1);
  expect(await ended).toBe(7);
  expect(out()).toContain('said\n');
});

test('a program that is not there is told', async () => {
  expect(await tie('/nowhere/at/all').ended).toBe(127);
});

test.skipIf(process.platform !== 'linux')('the program goes when our end of its input goes', async () => {
  const { child, pid } = tie('sleep', '600');
  const program = await pid;
  child.stdin!.end();
  await whenGone(program);
});

test.skipIf(process.platform !== 'linux')('the program goes when the one between is killed', async () => {
  const { child, pid } = tie('sleep', '600');
  const program = await pid;
  child.kill('SIGKILL');
  await whenGone(program);
});
