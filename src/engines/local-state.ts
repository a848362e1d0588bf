/** What a running gateway says of its own models, in a file beside theirs, for the commands of this installation. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LocalEngine } from './local-engine.ts';
import { writeWhole } from './local-model.ts';

const count = z.number().min(0);
const modelSchema = z.object({
  id: z.string(),
  state: z.enum(['asleep', 'queued', 'loading', 'ready', 'restarting', 'failed']),
  /** From 0 to 1, while it loads. */
  share: count.max(1).optional(),
  reason: z.string().optional(),
  needBytes: count,
  /** In memory now, where the system says so. */
  residentBytes: count.optional(),
  users: z.int().min(0),
  contextTokens: z.int().optional(),
  slots: z.int().optional(),
  vision: z.boolean().optional(),
  /** The last wish of the operator that it heard; milliseconds since 1970. */
  wishMs: z.number().optional(),
});

const stateSchema = z.object({
  /** Of the gateway. */
  pid: z.int().positive(),
  address: z.string(),
  models: z.array(modelSchema),
});

export type LocalModelState = z.infer<typeof modelSchema>;
export type LocalState = z.infer<typeof stateSchema>;

export function localStatePath(home: string): string {
  return join(home, 'models-state.json');
}

export function describeLocalEngine(engine: LocalEngine): LocalModelState {
  const { entry, needBytes, users } = engine;
  const state = engine.state();
  const info = engine.info();
  const residentBytes = engine.resident()?.totalBytes;
  return {
    id: entry.id,
    state: state.type,
    ...(state.type === 'loading' && state.share !== undefined && { share: state.share }),
    ...('reason' in state && state.reason !== undefined && { reason: state.reason }),
    ...{ needBytes, users },
    ...(residentBytes !== undefined && { residentBytes }),
    ...(info && { contextTokens: info.contextTokens, slots: info.slots, vision: info.vision }),
    ...(engine.wishMs !== undefined && { wishMs: engine.wishMs }),
  };
}

export function writeLocalState(home: string, state: LocalState): void {
  writeWhole(localStatePath(home), `${JSON.stringify(state)}\n`);
}

export function dropLocalState(home: string): void {
  rmSync(localStatePath(home), { force: true });
}

/** Undefined where no gateway with this data folder runs. */
export function readLocalState(home: string, isAlive: (pid: number) => boolean = isRunning): LocalState | undefined {
  let text: string;
  try {
    text = readFileSync(localStatePath(home), 'utf8');
  } catch {
    return undefined;
  }
  const parsed = stateSchema.safeParse(parse(text));
  // One that was killed could not take its file with it.
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
