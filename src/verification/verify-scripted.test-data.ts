/** Runs the whole check against a scripted engine, for tests. */
import { WoundClock } from '../base/clock.ts';
import { type CheckGroup, type Verification, verificationSchema } from '../contract/verification.ts';
import type { MachineMemory } from '../engines/machine-memory.ts';
import type { FileOrder } from './check-files.ts';
import { SCOUT } from './scout-checks.ts';
import { type ScriptedScout, type ScriptedScoutOptions, startScriptedScout } from './scripted-scout.test-data.ts';
import { type VerifyTarget, verifyScout } from './verify-scout.ts';

export const MACHINE: MachineMemory = {
  ...{ ramTotalBytes: 128e9, ramAvailableBytes: 100e9, ramLimit: 'machine', gpus: [], unusedGpus: [] },
};
const WAIT_MS = 30_000;

export interface ScriptedRun extends ScriptedScoutOptions {
  readonly groups?: readonly CheckGroup[];
  readonly target?: Partial<VerifyTarget>;
  readonly files?: FileOrder;
}

const running: ScriptedScout[] = [];

/** The clock stands still, so that no check depends on the speed of this machine; what is stuck moves it on. */
export async function verifyScripted(run: ScriptedRun = {}): Promise<Verification> {
  const { groups, target, files, ...options } = run;
  const clock = new WoundClock();
  const engine = startScriptedScout({ ...options, onStuck: () => void clock.advance(WAIT_MS + 1) });
  running.push(engine);
  const verification = await verifyScout({
    target: { baseUrl: engine.baseUrl, model: '', isHere: true, ...target },
    ...(groups && { groups }),
    ...(files && { files }),
    ...{ machine: MACHINE, fetch: (url, init) => fetch(url, init), clock, waitMs: WAIT_MS, salt: 7 },
    ...{ id: 'v-1', version: '1.2.3', matchModel },
  });
  // What is kept must be what can be read again.
  return verificationSchema.parse(verification);
}

/** The engine of the last run. */
export function lastScripted(): ScriptedScout {
  return running.at(-1)!;
}

export async function stopScripted(): Promise<void> {
  for (const engine of running.splice(0)) await engine.stop();
}

export function matchModel(name: string): string | undefined {
  if (/llama-?4[-:_]scout/i.test(name)) return SCOUT;
  if (/llama-?4[-:_]maverick/i.test(name)) return 'meta-llama/llama-4-maverick';
  return /qwen3/i.test(name) ? 'qwen/qwen3-8b' : undefined;
}

export const idsOf = ({ checks }: Verification, outcome: 'passed' | 'failed' | 'skipped'): readonly string[] =>
  checks.filter((check) => check.outcome === outcome).map(({ id }) => id);

export const whyOf = ({ checks }: Verification, id: string): string | undefined =>
  checks.find((check) => check.id === id)?.why;
