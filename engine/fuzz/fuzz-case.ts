/** One damaged model, tried as a user would: opened, and when it opens, asked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelFile, ModelFileError } from '../files/model-file.ts';
import { readGguf } from '../files/read-gguf.ts';
import { readHubFolder } from '../files/read-hub-folder.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { type ModelFiles, type OpenModel, openModel } from '../model/open-model.ts';
import { Chance } from './chance.ts';
import { findPlaces, type GgufPlaces, ggufMutations } from './mutate-gguf.ts';
import { hubMutations } from './mutate-hub.ts';

/** `garbled`: it answered, with scores that are no numbers, as damaged weights may give. */
export type Outcome = 'refused' | 'answered' | 'garbled';

export interface FuzzResult {
  /** What was damaged, and how. */
  readonly what: string;
  readonly outcome: Outcome;
  /** Why it was refused. */
  readonly message?: string;
  readonly memoryBytes: number;
}

interface GgufFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly file: ModelFile;
  readonly places: GgufPlaces;
}

const engine = join(import.meta.dir, '..');
export const MEMORY_BYTES_MAX = 1 << 27;

export class FuzzBase {
  readonly #openKernels: (arena: Arena) => Promise<Kernels>;
  readonly #pairs: readonly { readonly model: GgufFile; readonly projector: GgufFile }[];
  readonly #folder: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

  constructor(openKernels: (arena: Arena) => Promise<Kernels>) {
    this.#openKernels = openKernels;
    const golden = join(engine, 'parity', 'golden');
    const models = join(engine, 'models');
    const bundled = readdirSync(models).filter((name) => name.endsWith('.gguf'));
    const projector = bundled.find((name) => name.includes('mmproj'))!;
    this.#pairs = [
      { model: openFile(join(golden, 'model.gguf')), projector: openFile(join(golden, 'projector.gguf')) },
      {
        model: openFile(join(models, bundled.find((name) => name !== projector)!)),
        projector: openFile(join(models, projector)),
      },
    ];
    const hub = join(engine, 'parity', 'hub');
    this.#folder = new Map(readdirSync(hub).map((name) => [name, new Uint8Array(readFileSync(join(hub, name)))]));
  }

  /** The same number makes the same file. Throws what the engine must never throw. */
  async run(number: number): Promise<FuzzResult> {
    const chance = new Chance(number);
    const form = chance.pick(['model', 'model', 'projector', 'folder'] as const);
    const kind = chance.pick(Object.keys(form === 'folder' ? hubMutations : ggufMutations));
    const what = `${form}: ${kind}`;
    let open: OpenModel | undefined;
    try {
      open = await this.#open(form === 'folder' ? this.#readFolder(kind, chance) : this.#readPair(form, kind, chance));
      const outcome = ask(open) ? 'answered' : 'garbled';
      return { what, outcome, memoryBytes: open.arena.usedBytes };
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw new Error(`${what}: ${String(error)}`, { cause: error });
      return { what, outcome: 'refused', message: error.message, memoryBytes: open?.arena.usedBytes ?? 0 };
    }
  }

  #readPair(form: 'model' | 'projector', kind: string, chance: Chance): ModelFiles {
    const pair = chance.pick(this.#pairs);
    const { bytes, places } = pair[form];
    const damaged = readGguf(ggufMutations[kind]!(new Uint8Array(bytes), chance, places));
    return form === 'model'
      ? { model: damaged, projector: pair.projector.file }
      : { model: pair.model.file, projector: damaged };
  }

  #readFolder(kind: string, chance: Chance): ModelFiles {
    const folder = new Map(this.#folder);
    const { name, bytes } = hubMutations[kind]!(folder, chance);
    if (bytes) folder.set(name, bytes);
    else folder.delete(name);
    return readHubFolder(folder);
  }

  #open(files: ModelFiles): Promise<OpenModel> {
    return openModel(files, this.#openKernels, {
      batchTokensMax: 16,
      pagesMax: 2,
      contextTokensMax: 64,
      sequencesMax: 1,
      memoryBytesMax: MEMORY_BYTES_MAX,
    });
  }
}

function openFile(path: string): GgufFile {
  const bytes = new Uint8Array(readFileSync(path));
  const file = readGguf(bytes);
  return { bytes, file, places: findPlaces(bytes, file.metadata.keys(), file.tensors.keys()) };
}

/** A few tokens of text, and a picture when there is an eye. Whether all scores are numbers. */
function ask({ tokenizer, text, vision }: OpenModel): boolean {
  const tokens = tokenizer.encode('What is it? <|eot|> 123', { special: 'parse' }).slice(0, 12);
  const features = vision?.encode(new Float32Array(3 * vision.shape.tilePixels ** 2).fill(0.25));
  const seen = features ? [-1, -2] : [];
  const page = text.pool.take()!;
  const run = { cache: { pages: [page], length: 0 }, tokens: [...seen, ...tokens], features, wantsScores: true };
  const scores = text.forward([run])[0]!;
  tokenizer.decode(tokens);
  return scores.every(Number.isFinite);
}
