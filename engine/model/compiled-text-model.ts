/** The text model by one call of the compiled kernels, bit for bit what `TextModel` computes step by step. */
import type { Arena } from '../kernels/arena.ts';
import type { CompiledKernels } from '../kernels/kernels.ts';
import type { Room } from './room.ts';
import { type Run, type Scores, ScoreViews } from './text-model.ts';
import type { TextWeights } from './text-weights.ts';
import { writeJob } from './write-job.ts';

/** Addresses of what `CompiledKernels.forward` is given. */
export interface Workplace {
  readonly model: number;
  readonly room: number;
  readonly job: number;
}

export interface CompiledModelOptions {
  readonly weights: TextWeights;
  readonly room: Room;
  readonly workplace: Workplace;
  readonly sequencesMax: number;
}

export class CompiledTextModel {
  readonly workplace: Workplace;
  readonly #kernels: CompiledKernels;
  readonly #arena: Arena;
  readonly #options: CompiledModelOptions;
  readonly #scores: ScoreViews;

  constructor(kernels: CompiledKernels, arena: Arena, options: CompiledModelOptions) {
    this.workplace = options.workplace;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#options = options;
    this.#scores = new ScoreViews(options, arena);
  }

  /** As `TextModel.forward`. */
  forward(runs: readonly Run[]): Scores {
    const { model, room, job } = this.workplace;
    this.write(runs);
    this.#placeFeatures(runs);
    this.#kernels.forward(model, room, job);
    return this.scoresOf(runs);
  }

  /** Writes the job of these runs, for this thread or for the one whose workplace it is. */
  write(runs: readonly Run[]): void {
    this.#check(runs);
    writeJob(this.#arena.allWords, this.workplace.job / 4, runs);
  }

  /** What the last job of these runs left. */
  scoresOf(runs: readonly Run[]): Scores {
    return this.#scores.of(runs);
  }

  #check(runs: readonly Run[]): void {
    const { weights, room, sequencesMax } = this.#options;
    const { rows } = weights.embeddings;
    let count = 0;
    for (const { tokens } of runs) {
      count += tokens.length;
      for (let i = 0; i < tokens.length; i++) {
        if (tokens[i]! >= rows) throw new RangeError(`token ${tokens[i]} is not in the vocabulary`);
      }
    }
    if (count > room.tokens || runs.length > sequencesMax) {
      throw new RangeError('more tokens than one batch takes');
    }
  }

  /** Pieces of pictures go straight to where embeddings will be. */
  #placeFeatures(runs: readonly Run[]): void {
    const { weights, room } = this.#options;
    const { width } = weights.shape;
    let row = 0;
    for (const { tokens, features } of runs) {
      for (let i = 0; i < tokens.length; i++, row++) {
        if (tokens[i]! >= 0) continue;
        const from = features?.subarray((-1 - tokens[i]!) * width, -tokens[i]! * width);
        if (from?.length !== width) throw new RangeError('a piece of a picture is not there');
        this.#arena.floats(room.x + row * width * 4, width).set(from);
      }
    }
  }
}
