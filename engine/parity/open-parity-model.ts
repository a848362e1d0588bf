/** The models of the comparison, opened as the engine opens any. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readGguf } from '../files/read-gguf.ts';
import { readHubFolder } from '../files/read-hub-folder.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { openKernels } from '../kernels/open-kernels.ts';
import { plainKernels } from '../kernels/plain-kernels.ts';
import { type ModelFiles, type OpenModel, openModel } from '../model/open-model.ts';
import { PAGE_TOKENS } from '../model/page-pool.ts';
import { golden } from './answers.ts';

export type KernelChoice = 'wasm' | 'plain';

const CONTEXT_TOKENS = 16_512;

/** `gguf`: all layers have experts, as in Scout. `hub`: every second one, from a folder as on Hugging Face. */
export function openParityModel(format: 'gguf' | 'hub', kernels: KernelChoice): Promise<OpenModel> {
  const files = format === 'gguf' ? readGolden() : readHub();
  return openModel(files, kernels === 'wasm' ? openCompiled : plainKernels, {
    batchTokensMax: 256,
    pagesMax: CONTEXT_TOKENS / PAGE_TOKENS,
    contextTokensMax: CONTEXT_TOKENS,
    sequencesMax: 1,
    memoryBytesMax: 1 << 28,
  });
}

function readGolden(): ModelFiles {
  const read = (name: string) => readGguf(readFileSync(join(golden, name)));
  return { model: read('model.gguf'), projector: read('projector.gguf') };
}

function readHub(): ModelFiles {
  const folder = join(import.meta.dir, 'hub');
  return readHubFolder(new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))])));
}

function openCompiled(arena: Arena): Promise<Kernels> {
  const file = join(import.meta.dir, '..', 'kernels', 'kernels.wasm');
  return openKernels(new Uint8Array(readFileSync(file)), arena);
}
