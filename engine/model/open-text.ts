/** A text model as it was opened from its file: its weights, the cache of its sequences, and room to work in. */
import type { ModelFile } from '../files/model-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { PagePool } from './page-pool.ts';
import { makeRoom, type RoomOptions } from './room.ts';
import type { TextShape } from './shape.ts';
import { jobWords } from './shared-job.ts';
import { type Run, type Scores, TextModel, type TextModelParts } from './text-model.ts';
import { readTextWeights } from './text-weights.ts';

export interface TextModelOptions extends RoomOptions {
  /** Pages of the cache, over all sequences. */
  readonly pagesMax: number;
  /** Whether a second thread may compute, too; for an arena of shared memory. */
  readonly hasSecondRoom?: boolean | undefined;
}

/** What a second thread works with: the same weights and cache, a room of its own, and where its jobs are written. */
export interface SecondRoom {
  readonly parts: TextModelParts;
  readonly jobAddress: number;
  readonly jobWords: number;
}

export class OpenText {
  readonly shape: TextShape;
  readonly pool: PagePool;
  readonly batchTokensMax: number;
  readonly contextTokensMax: number;
  readonly secondRoom: SecondRoom | undefined;
  readonly #model: TextModel;

  constructor(file: ModelFile, kernels: Kernels, arena: Arena, options: TextModelOptions) {
    const weights = readTextWeights(file, kernels, arena);
    this.shape = weights.shape;
    this.batchTokensMax = options.batchTokensMax;
    this.contextTokensMax = Math.min(options.contextTokensMax, this.shape.contextTokensMax);
    const makeParts = () => ({ weights, room: makeRoom(arena, this.shape, options), pages: this.pool.layout });
    this.pool = new PagePool(arena, this.shape, options.pagesMax);
    this.#model = new TextModel(makeParts(), kernels, arena);
    if (!options.hasSecondRoom) return;
    const words = jobWords(options);
    this.secondRoom = { parts: makeParts(), jobAddress: arena.allocate(words * 4), jobWords: words };
  }

  /** As `TextModel.forward`. */
  forward(runs: readonly Run[]): Scores {
    return this.#model.forward(runs);
  }
}
