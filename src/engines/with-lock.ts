import { open, readFile, rm } from 'node:fs/promises';

/** Another process of ours is at it. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly pid: number;

  constructor(pid: number) {
    super(`process ${pid} is at it already`);
    this.pid = pid;
  }
}

/** Does what it is given while no other process does, by a file that names the owner; one that died holds nothing. */
export async function withLock<T>(path: string, use: () => Promise<T>): Promise<T> {
  await takeLock(path);
  try {
    return await use();
  } finally {
    await rm(path, { force: true });
  }
}

async function takeLock(path: string): Promise<void> {
  for (;;) {
    try {
      const lock = await open(path, 'wx', 0o600);
      await lock.write(String(process.pid));
      await lock.close();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = Number(await readFile(path, 'utf8').catch(() => ''));
      if (owner > 0 && owner !== process.pid && isRunning(owner)) throw new LockedError(owner);
      await rm(path, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
