import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelOrder, ModelProgress } from '../cli/model-order.ts';
import type { Engine } from '../engines/engine.ts';
import { makeFakeLlamaServer } from '../engines/fake-llama-server.test-data.ts';
import { makeGguf, SCOUT_PROJECTOR_TENSORS, SCOUT_PROJECTOR_VALUES } from '../engines/make-gguf.test-data.ts';
import { addModel } from './add-model.ts';
import { readSettings } from './settings.ts';

/** A small model that is nobody's, and a projector of Scout's shape. */
export const POET = makeGguf({
  ...{ 'general.architecture': 'llama', 'general.name': 'Poet', 'general.file_type': 15, 'llama.block_count': 2 },
  ...{ 'llama.embedding_length': 64, 'llama.context_length': 8192, 'tokenizer.chat_template': '{{ tools }}' },
});
export const EYES = makeGguf(SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS);

export interface Added {
  /** One fact a line. */
  readonly told: string;
  readonly progress: readonly ModelProgress[];
  readonly questions: readonly string[];
  readonly error?: string;
}

export interface AddSurroundings {
  readonly environment?: Readonly<Record<string, string>>;
  /** Whoever is asked says so. */
  readonly agrees?: boolean;
  readonly engines?: readonly Engine[];
}

/** A data folder, and beside it a folder with a scripted llama-server, which is the PATH. */
export function openAddScene() {
  const home = mkdtempSync(join(tmpdir(), 'trunkline-add-'));
  const folder = join(home, 'elsewhere');
  mkdirSync(folder);
  makeFakeLlamaServer(folder);
  return {
    home,
    folder,
    put(name: string, bytes: Buffer): string {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    },
    async add(
      order: Partial<ModelOrder> & { readonly source: string },
      { environment = {}, agrees = false, engines = [] }: AddSurroundings = {},
    ): Promise<Added> {
      const lines: string[] = [];
      const progress: ModelProgress[] = [];
      const questions: string[] = [];
      const parts = {
        settings: readSettings({ TRUNKLINE_HOME: home, PATH: folder, ...environment }),
        installation: folder,
        signal: new AbortController().signal,
        findEngines: async () => engines,
      };
      const view = {
        tell: (title: string, text: string) => void lines.push(`${title}: ${text}`),
        progress: (step: ModelProgress) => void progress.push(step),
        confirm: async (question: string) => {
          questions.push(question);
          return agrees;
        },
      };
      const error = await addModel(parts, { autoload: false, force: false, yes: false, ...order }, view).then(
        () => undefined,
        (thrown: Error) => thrown.message,
      );
      return { told: lines.join('\n'), progress, questions, ...(error !== undefined && { error }) };
    },
    close: () => rmSync(home, { recursive: true }),
  };
}
