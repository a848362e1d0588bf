/** What the files of the weights show before anything is asked: are they Scout's, and would they fit this machine? */
import { basename } from 'node:path';
import { plural } from '../base/plural.ts';
import type { CheckResult } from '../contract/verification.ts';
import { checkScoutProjector, type FileFact } from '../engines/check-scout-file.ts';
import { GgufError } from '../engines/gguf-header.ts';
import { inspectWeights, type Weights } from '../engines/inspect-weights.ts';
import { availableMemory, type MachineMemory, totalMemory } from '../engines/machine-memory.ts';
import { findRemedies, type MemoryAsk, memoryNeed, type Remedy } from '../engines/memory-need.ts';
import { failed, makeResult, passed } from './check.ts';
import { type FileFingerprint, fingerprintFile } from './fingerprint-file.ts';

export interface FileOrder {
  /** GGUF of the text model; any part of a split one. */
  readonly model: string;
  /** GGUF of the vision tower and projector. */
  readonly projector?: string;
  /** Of one request. */
  readonly contextTokens: number;
  /** Requests at a time. */
  readonly slots: number;
  /** Checksums go over all of it, also of 65 GB. */
  readonly wholeChecksum: boolean;
}

export interface FileFindings {
  readonly results: readonly CheckResult[];
  /** Why the model's file is not Scout's, in words fit for anybody; undefined when it is, or cannot be read. */
  readonly whyNotScout?: string;
  /** Of the model, all parts, and the projector. */
  readonly fingerprints: readonly FileFingerprint[];
}

/** `isRunning` says that an engine has loaded the model somewhere: then what this machine could hold is only a remark. */
export async function checkFiles(order: FileOrder, machine: MachineMemory, isRunning: boolean): Promise<FileFindings> {
  const { model, projector, wholeChecksum } = order;
  const weights = await readOr('model', model, () => inspectWeights(model));
  const eyes =
    projector === undefined ? undefined : await readOr('projector', projector, () => checkScoutProjector(projector));
  const results: CheckResult[] = [];
  results.push(...(isRead(weights) ? weights.scoutFacts.map((fact) => factResult(fact, 'model')) : [weights]));
  if (eyes) results.push(...(isRead(eyes) ? eyes.facts.map((fact) => factResult(fact, 'projector')) : [eyes]));
  if (!isRead(weights)) return { results, fingerprints: [] };
  const projectorBytes = eyes && isRead(eyes) ? eyes.bytes : 0;
  results.push(memoryResult({ order, weights, projectorBytes, machine, isRunning }));
  const paths = [...weights.parts, ...(projector !== undefined && eyes && isRead(eyes) ? [projector] : [])];
  const fingerprints: FileFingerprint[] = [];
  for (const path of paths) fingerprints.push(await fingerprintFile(path, wholeChecksum));
  const wrong = weights.scoutFacts.find(({ isRight }) => !isRight);
  return {
    results,
    fingerprints,
    ...(wrong && { whyNotScout: `this is not Scout: ${wrong.what} of the file: ${differenceOf(wrong)}` }),
  };
}

/** Numbers are safe to repeat; a text in a header may be anything. */
function differenceOf({ found, expected }: FileFact): string {
  return `${/^\d{1,20}$/.test(found) ? found : 'something else'}, and Scout has ${expected}`;
}

async function readOr<T extends object>(
  file: 'model' | 'projector',
  path: string,
  read: () => Promise<T>,
): Promise<T | CheckResult> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GgufError)) throw error;
    return makeResult(
      {
        ...{ id: `header-${file}`, group: 'header', question: `${file} ${basename(path)}`, required: true },
        expected: 'a GGUF file with a sound header',
      },
      failed(error.message, 'the file cannot be read as weights'),
    );
  }
}

function isRead<T extends object>(value: T | CheckResult): value is T {
  return !('outcome' in value);
}

function factResult({ what, expected, found, isRight }: FileFact, file: 'model' | 'projector'): CheckResult {
  const question = file === 'model' ? what : `${what} of the projector`;
  const id = `${file === 'model' ? 'header' : 'projector'}-${what.replaceAll(' ', '-')}`;
  return makeResult(
    { id, group: 'header', question, expected, required: true },
    // Of the norm's place the check has words of its own, and a remedy.
    isRight ? passed(found) : failed(found, what === 'second norm' ? found : 'not Scout’s'),
  );
}

function memoryResult(about: {
  readonly order: FileOrder;
  readonly weights: Weights;
  readonly projectorBytes: number;
  readonly machine: MachineMemory;
  readonly isRunning: boolean;
}): CheckResult {
  const { order, weights, projectorBytes, machine } = about;
  const { contextTokens, slots } = order;
  const ask: MemoryAsk = {
    ...{ weightsBytes: weights.bytes, projectorBytes, shape: weights.shape, contextTokens, slots, fullWindows: false },
  };
  const need = memoryNeed(ask);
  // What is taken now may be given back by then: only the whole decides, and what is free is told.
  const haveBytes = totalMemory(machine);
  const remedies = need.totalBytes <= haveBytes ? [] : findRemedies(ask, haveBytes, weights.isScout);
  const gpuBytes = haveBytes - machine.ramTotalBytes;
  const gpus = gpuBytes > 0 ? `, ${gb(gpuBytes)} of it on GPUs` : '';
  const got =
    `needs ${gb(need.totalBytes)} (weights ${gb(need.weightsBytes)}, cache ${gb(need.cacheBytes)}), ` +
    `has ${gb(haveBytes)}${gpus}, ${gb(availableMemory(machine))} free now`;
  const check = {
    ...({ id: 'memory-need', group: 'memory', expected: 'fits this machine', required: !about.isRunning } as const),
    question: `memory for ${contextTokens.toLocaleString('en')} tokens in ${plural(slots, 'slot')}`,
  };
  if (need.totalBytes <= haveBytes) return makeResult(check, passed(got));
  const would = remedies.length === 0 ? 'no file of Scout would fit' : `what would: ${wordsOf(remedies)}`;
  return makeResult(check, failed(got, `it does not fit this machine; ${would}`));
}

function wordsOf(remedies: readonly Remedy[]): string {
  return remedies
    .slice(0, 3)
    .map((remedy) =>
      remedy.type === 'file'
        ? `${remedy.format} (${gb(remedy.totalBytes)})`
        : `${remedy.contextTokens.toLocaleString('en')} tokens in ${plural(remedy.slots, 'slot')} (${gb(remedy.totalBytes)})`,
    )
    .join(', ');
}

/** In thousands, as sizes of files are given. */
function gb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
