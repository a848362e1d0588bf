/** The operator's own models for the commands, and how one is forgotten. */
import { rmSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import type { LocalModelList, LocalModelRow } from '../cli/model-order.ts';
import { changeLocalModels, type LocalModelEntry, readLocalModels } from '../engines/local-model.ts';
import { type LocalModelState, readLocalState } from '../engines/local-state.ts';
import { memoryNeed } from '../engines/memory-need.ts';
import { modelsFolder } from './fetch-model.ts';

export function listLocalModels(home: string): LocalModelList {
  const state = readLocalState(home);
  const models = readLocalModels(home).map((entry) =>
    rowOf(
      entry,
      state?.models.find(({ id }) => id === entry.id),
    ),
  );
  return { models, ...(state && { gateway: state.address }) };
}

/** Returns the files that stay, or those that were deleted: of what lies elsewhere we delete nothing. */
export function removeModel(home: string, id: string, deletesFiles: boolean): readonly string[] {
  const entry = readLocalModels(home).find((model) => model.id === id);
  if (!entry) throw new Error(`there is no model of your own called '${id}': trunkline models local`);
  const left = changeLocalModels(home, (models) => models.filter((model) => model.id !== id));
  const files = filesOf(entry);
  if (!deletesFiles) return files;
  const used = new Set(left.flatMap(filesOf));
  const ours = files.filter((file) => isBelow(modelsFolder(home), file) && !used.has(file));
  for (const file of ours) rmSync(file, { force: true });
  return ours;
}

function filesOf({ parts, projector }: LocalModelEntry): readonly string[] {
  return projector === undefined ? parts : [...parts, projector];
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}

function rowOf(entry: LocalModelEntry, state: LocalModelState | undefined): LocalModelRow {
  const { shape, contextTokens, slots, projectorBytes, projector } = entry;
  const ask = { weightsBytes: entry.bytes, projectorBytes, shape, contextTokens, slots, fullWindows: false };
  return {
    id: entry.id,
    state:
      state === undefined
        ? 'asleep'
        : state.share === undefined
          ? state.state
          : `${state.state} ${Math.floor(state.share * 100)} %`,
    ...(state?.reason !== undefined && { reason: state.reason }),
    ...(entry.format !== undefined && { format: entry.format }),
    contextTokens: state?.contextTokens ?? contextTokens,
    slots: state?.slots ?? slots,
    vision: projector !== undefined && state?.vision !== false,
    fileBytes: entry.bytes + projectorBytes,
    needBytes: memoryNeed(ask).totalBytes,
    ...(state?.residentBytes !== undefined && { residentBytes: state.residentBytes }),
    ...(state && { users: state.users }),
    path: entry.parts[0]!,
    ...(projector !== undefined && { projector }),
    ...(entry.idleMinutes !== undefined && { idleMinutes: entry.idleMinutes }),
    autoload: entry.autoload,
  };
}
