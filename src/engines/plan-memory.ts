/** Whether there is room for one more model, and which of those that are awake would have to leave for it. */
import { printBytes } from '../base/print-bytes.ts';
import { availableMemory, type MachineMemory } from './machine-memory.ts';
import type { ResidentMemory } from './resident-memory.ts';

/** A model that is awake. */
export interface HeldModel {
  readonly id: string;
  readonly needBytes: number;
  readonly weightsBytes: number;
  /** Undefined where the system does not say. */
  readonly resident?: ResidentMemory;
  /** It answers somebody: it is never sent away. */
  readonly isBusy: boolean;
  /** When it last answered, on the monotonic clock. */
  readonly usedMs: number;
}

export type MemoryPlan =
  /** `spareBytes` are left after it. */
  | { readonly type: 'fits'; readonly spareBytes: number }
  /** This one leaves, and then it is looked at again. */
  | { readonly type: 'evict'; readonly id: string }
  /** It would fit if those that answer now had ended. */
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'never'; readonly reason: string };

export interface MemoryAsked {
  readonly needBytes: number;
  readonly machine: MachineMemory;
  readonly platform: string;
  /** The operator's limit for all models together. */
  readonly budgetBytes?: number;
  readonly held: readonly HeldModel[];
}

/** The one that was not used for the longest time leaves first, and none that is answering. */
export function planMemory(asked: MemoryAsked): MemoryPlan {
  const { needBytes, held, budgetBytes } = asked;
  const room = roomBytes(asked);
  if (needBytes <= room) return { type: 'fits', spareBytes: room - needBytes };
  const sum = (models: readonly HeldModel[]) => models.reduce((bytes, model) => bytes + model.needBytes, 0);
  const idle = held.filter(({ isBusy }) => !isBusy).toSorted((a, b) => a.usedMs - b.usedMs);
  if (idle.length > 0 && needBytes <= room + sum(idle)) return { type: 'evict', id: idle[0]!.id };
  const whose = budgetBytes !== undefined && budgetBytes < needBytes ? 'the budget leaves' : 'there are';
  const need = `it needs ${printBytes(needBytes)}`;
  if (needBytes > room + sum(held)) return { type: 'never', reason: `${need}, and ${whose} ${printBytes(room)}` };
  const busy = held.filter(({ isBusy }) => isBusy).map(({ id }) => id);
  return { type: 'wait', reason: `${need}, which ${busy.join(' and ')} hold while they answer` };
}

/** Of the machine's memory and of the operator's budget, what models that are awake leave. */
function roomBytes({ machine, held, budgetBytes, platform }: MemoryAsked): number {
  const hidden = held.reduce((bytes, model) => bytes + hiddenBytes(model, machine, platform), 0);
  const free = availableMemory(machine) - hidden;
  const budgeted =
    budgetBytes === undefined
      ? Number.POSITIVE_INFINITY
      : budgetBytes - held.reduce((bytes, model) => bytes + model.needBytes, 0);
  return Math.max(0, Math.min(free, budgeted));
}

/** What a model takes of the memory that the system still calls available. */
function hiddenBytes(model: HeldModel, machine: MachineMemory, platform: string): number {
  // It tells the machine's size only.
  if (platform === 'darwin') return model.needBytes;
  // Mapped weights count as a cache that would give way; if they did, each token would come from the disk.
  if (platform !== 'linux') return 0;
  const mapped = model.resident?.fileBytes ?? 0;
  return machine.gpus.length > 0 ? mapped : Math.max(mapped, model.weightsBytes);
}
