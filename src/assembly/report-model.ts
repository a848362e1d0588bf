/** What is told of weights before anything is started: what they are, what they need, and what would fit. */
import { basename } from 'node:path';
import { printBytes } from '../base/print-bytes.ts';
import type { ModelView } from '../cli/model-order.ts';
import { hasColumnOrder } from '../engines/engine-facts.ts';
import type { Projector, Weights } from '../engines/inspect-weights.ts';
import { availableMemory, type MachineMemory, totalMemory } from '../engines/machine-memory.ts';
import { findRemedies, type MemoryAsk, memoryNeed, SCOUT_FILES } from '../engines/memory-need.ts';

export function tellWeights(weights: Weights, view: ModelView): void {
  const { name, architecture, shape, experts, format, bytes, parts, isScout, scoutFacts } = weights;
  const facts = [
    architecture,
    `${shape.layers} blocks`,
    ...(experts === undefined ? [] : [`${experts} experts`]),
    ...(format === undefined ? [] : [format]),
    parts.length === 1 ? printBytes(bytes) : `${printBytes(bytes)} in ${parts.length} parts`,
  ];
  view.tell('Model', `${name ?? basename(parts[0]!)}: ${facts.join(', ')}`);
  if (isScout) view.tell('', 'Llama 4 Scout, by every number of its header');
  else if (architecture === 'llama4') {
    const wrong = scoutFacts
      .filter(({ isRight }) => !isRight)
      .map(({ what, found, expected }) => `${what} ${found}, not ${expected}`);
    view.tell('', `not Llama 4 Scout: ${wrong.join('; ')}`);
  }
  if (!weights.hasChatTemplate) view.tell('', 'it has no chat template of its own, so the engine guesses one');
}

export function tellProjector(
  path: string | undefined,
  projector: Projector | undefined,
  weights: Weights,
  view: ModelView,
): void {
  if (path === undefined || !projector) {
    view.tell('Pictures', 'none: text only, without --mmproj');
    return;
  }
  view.tell('Pictures', `${basename(path)}, ${printBytes(projector.bytes)}`);
  for (const fault of projector.faults) view.tell('', fault);
  if (hasColumnOrder(weights.architecture))
    view.tell(
      '',
      'llama.cpp shows this architecture its pictures column by column: answers about left and above mislead',
    );
}

/** Is it more than the machine has, whatever gives way? */
export function tellMemory(ask: MemoryAsk, limits: MemoryLimits, weights: Weights, view: ModelView): boolean {
  const { machine, budgetBytes } = limits;
  const need = memoryNeed(ask);
  const { contextTokens, slots } = ask;
  const parts = [
    `weights ${printBytes(need.weightsBytes)}`,
    ...(need.projectorBytes > 0 ? [`projector ${printBytes(need.projectorBytes)}`] : []),
    `cache ${printBytes(need.cacheBytes + need.checkpointBytes)} (${slots} x ${tokens(contextTokens)})`,
    `working room ${printBytes(need.marginBytes)}`,
  ];
  view.tell('Memory', `needs ${printBytes(need.totalBytes)}: ${parts.join(', ')}`);
  view.tell('', `has ${machineWords(machine)}`);
  if (budgetBytes !== undefined)
    view.tell('', `local_engines.memory_gb leaves ${printBytes(budgetBytes)} for all models together`);
  const have = totalOf(limits);
  if (need.totalBytes <= have) {
    if (need.totalBytes > freeOf(limits)) view.tell('', 'it is not free now: the model is loaded when it is');
    return false;
  }
  const remedies = findRemedies(ask, have, weights.isScout);
  view.tell('Would fit', remedies.length === 0 ? `nothing of this model${smallestWords(ask, weights)}` : '');
  for (const remedy of remedies) {
    const total = `${printBytes(remedy.totalBytes)} in all`;
    if (remedy.type === 'file')
      view.tell('', `${remedy.format}, a file of ${printBytes(remedy.weightsBytes)}: ${total}`);
    else
      view.tell(
        '',
        `${remedy.slots} x ${tokens(remedy.contextTokens)}: ${total} (--slots ${remedy.slots} --context ${remedy.contextTokens})`,
      );
  }
  return true;
}

/** Somebody may have another machine. */
function smallestWords(ask: MemoryAsk, { isScout }: Weights): string {
  const smallest = SCOUT_FILES.at(-1)!;
  if (!isScout || smallest.bytes >= ask.weightsBytes) return '';
  const { totalBytes } = memoryNeed({ ...ask, weightsBytes: smallest.bytes, slots: 1, contextTokens: 4096 });
  return `: the smallest file that is known, ${smallest.format} with ${printBytes(smallest.bytes)}, needs ${printBytes(totalBytes)}`;
}

export interface MemoryLimits {
  readonly machine: MachineMemory;
  readonly budgetBytes?: number;
}

export function totalOf({ machine, budgetBytes = Number.POSITIVE_INFINITY }: MemoryLimits): number {
  return Math.min(totalMemory(machine), budgetBytes);
}

export function freeOf({ machine, budgetBytes = Number.POSITIVE_INFINITY }: MemoryLimits): number {
  return Math.min(availableMemory(machine), budgetBytes);
}

function machineWords(machine: MachineMemory): string {
  const { ramTotalBytes, ramAvailableBytes, ramLimit, gpus, unusedGpus } = machine;
  const whose = ramLimit === 'container' ? ' (the limit of this container)' : '';
  const ram = `${printBytes(ramTotalBytes)} of memory${whose}, ${printBytes(ramAvailableBytes)} free`;
  const cards = gpus.map(
    ({ name, totalBytes, freeBytes }) => `${name}: ${printBytes(totalBytes)}, ${printBytes(freeBytes)} free`,
  );
  const unused = unusedGpus.map(({ name }) => `${name}, which this llama-server was not built for`);
  return [ram, ...cards, ...unused].join('; ');
}

function tokens(count: number): string {
  return `${count.toLocaleString('en-US')} tokens`;
}
