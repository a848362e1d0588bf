/** A text model as it was opened from its file: its weights, the cache of its sequences, and room to work in. */
import type { ModelFile } from '../files/model-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type { CompiledKernels, Kernels } from '../kernels/kernels.ts';
import { CompiledTextModel } from './compiled-text-model.ts';
import { PagePool } from './page-pool.ts';
import { placeModel, placeRoom } from './place-plan.ts';
import { makeRoom, type RoomOptions } from './room.ts';
import type { TextShape } from './shape.ts';
import { STATE_WORDS } from './shared-job.ts';
import { type Run, type Scores, TextModel } from './text-model.ts';
import { readTextWeights, type TextWeights } from './text-weights.ts';
import { allocateJob } from './write-job.ts';

export interface TextModelOptions extends RoomOptions {
  /** Pages of the cache, over all sequences. */
  readonly pagesMax: number;
  /** Whether a second thread may compute, too; for an arena of shared memory. */
  readonly hasSecondPlace?: boolean | undefined;
}

/** What a second thread works with: the same weights and cache, a room of its own, and a word that says whose turn it is. */
export interface SecondPlace {
  readonly model: CompiledTextModel;
  /** Address of `STATE_WORDS` words. */
  readonly state: number;
}

export class OpenText {
  readonly shape: TextShape;
  readonly pool: PagePool;
  readonly batchTokensMax: number;
  readonly contextTokensMax: number;
  readonly secondPlace: SecondPlace | undefined;
  readonly #model: CompiledTextModel | TextModel;
  readonly #kernels: Kernels;
  readonly #arena: Arena;

  constructor(file: ModelFile, kernels: Kernels | CompiledKernels, arena: Arena, options: TextModelOptions) {
    const weights = readTextWeights(file, kernels, arena);
    this.#kernels = kernels;
    this.#arena = arena;
    this.shape = weights.shape;
    this.batchTokensMax = options.batchTokensMax;
    this.contextTokensMax = Math.min(options.contextTokensMax, this.shape.contextTokensMax);
    this.pool = new PagePool(arena, this.shape, options.pagesMax);
    if (!('forward' in kernels)) {
      const room = makeRoom(arena, this.shape, options);
      this.#model = new TextModel({ weights, room, pages: this.pool.layout }, kernels, arena);
      return;
    }
    const makeModel = this.#placeWeights(weights, kernels, arena, options);
    this.#model = makeModel();
    if (options.hasSecondPlace) this.secondPlace = { model: makeModel(), state: arena.allocate(STATE_WORDS * 4) };
  }

  /** As `TextModel.forward`. */
  forward(runs: readonly Run[]): Scores {
    return this.#model.forward(runs);
  }

  /** The token of the largest of these scores; -1 where any is no finite number, and for others than `forward` returned. */
  findBest(scores: Float32Array): number {
    if (scores.buffer !== this.#arena.memory.buffer) return -1;
    return this.#kernels.findLargest(scores.byteOffset, scores.length);
  }

  /** Returns what makes one model after the other over the same weights, each with a room of its own. */
  #placeWeights(
    weights: TextWeights,
    kernels: CompiledKernels,
    arena: Arena,
    options: TextModelOptions,
  ): () => CompiledTextModel {
    const { layout } = this.pool;
    const model = placeModel(arena, { weights, pages: layout, contextTokensMax: options.contextTokensMax });
    return () => {
      const room = makeRoom(arena, this.shape, options);
      const workplace = { model, room: placeRoom(arena, room), job: allocateJob(arena, options) };
      return new CompiledTextModel(kernels, arena, { weights, room, workplace, sequencesMax: options.sequencesMax });
    };
  }
}
