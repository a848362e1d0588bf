/** The bundled engine as the gateway runs it, HTTP and all: its start, its memory, and how soon it is back from a kill. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { bundledWeights, startBundledEngine } from '../../src/engines/bundled.ts';

const root = join(import.meta.dir, '..', '..');
const ANSWERS = 64;
const AT_ONCE = 8;

export interface WholeProcess {
  /** From nothing to a whole answer, in ms: the check of the weights, the process, loading, HTTP. */
  readonly startMs: number;
  /** The most that it had until all answers were given, in MB. NaN where the system does not tell. */
  readonly peakMb: number;
  /** From a kill to the next whole answer, in ms. */
  readonly revivalMs: number;
}

export async function measureWholeProcess(): Promise<WholeProcess> {
  let pid = 0;
  const log = {
    write: (_level: string, _message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (typeof fields.pid === 'number') pid = fields.pid;
    },
  };
  const command = [process.execPath, join(root, 'engine', 'serve.ts')] as const;
  const startedMs = performance.now();
  const engine = startBundledEngine({
    clock: systemClock,
    log,
    command,
    environment: {},
    weights: bundledWeights(root),
  });
  const ask = async (content: string) => {
    const { baseUrl, secret } = engine.endpointInfo()!;
    const answer = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret.reveal()}` },
      body: JSON.stringify({ messages: [{ role: 'user', content }], stream: true, temperature: 1 }),
    });
    if (!(await answer.text()).endsWith('[DONE]\n\n')) throw new Error(`the engine answered with ${answer.status}`);
  };
  const reach = (type: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (engine.state().type !== type) return;
        forget();
        resolve();
      };
      const forget = engine.onChange(look);
      look();
    });
  await reach('ready');
  await ask('Hi');
  const startMs = performance.now() - startedMs;
  for (let asked = 0; asked < ANSWERS; asked += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask('What can you do? '.repeat(20 * (index + 1)))));
  }
  const peakMb = peakOf(pid);
  const killedMs = performance.now();
  process.kill(pid, 'SIGKILL');
  await reach('waiting');
  await reach('ready');
  await ask('Hi');
  const revivalMs = performance.now() - killedMs;
  await engine.stop();
  return { startMs, peakMb, revivalMs };
}

function peakOf(pid: number): number {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return Number.NaN;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) / 1024;
}
