/**
 * Llama 4's text model: embeddings, then layers of attention and a feed-forward part that is mostly a mixture of
 * experts, then a score for every token of the vocabulary. Read `forward` first; it is the architecture.
 */
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { type CachedSequence, PAGE_TOKENS, type PageLayout } from './page-pool.ts';
import { Products } from './products.ts';
import type { Room } from './room.ts';
import type { TextShape } from './shape.ts';
import * as shapes from './shape.ts';
import type { FeedForward, Layer, TextWeights } from './text-weights.ts';

/** Tokens of one sequence to be run next, whose keys and values go into its pages behind those already cached. */
export interface Run {
  readonly cache: CachedSequence;
  /** Token ids. A negative one, -1 - i, stands for row i of `features`: a piece of a picture. */
  readonly tokens: readonly number[] | Int32Array;
  readonly features?: Float32Array | undefined;
  /** Whether scores after the last token are wanted. */
  readonly wantsScores: boolean;
}

export interface TextModelParts {
  readonly weights: TextWeights;
  readonly room: Room;
  readonly pages: PageLayout;
}

/** For each run the scores of every token to come next, where they were wanted. */
export type Scores = readonly (Float32Array | undefined)[];

/** Where a model left the scores of its last runs. */
export class ScoreViews {
  readonly #arena: Arena;
  readonly #first: number;
  readonly #vocabulary: number;
  /** Kept, since views cost more to make than to read. */
  readonly #views: Float32Array[] = [];

  constructor({ weights, room }: Pick<TextModelParts, 'weights' | 'room'>, arena: Arena) {
    this.#arena = arena;
    this.#first = room.logits;
    this.#vocabulary = weights.shape.vocabulary;
  }

  of(runs: readonly Run[]): Scores {
    let index = 0;
    return runs.map(({ wantsScores }) => (wantsScores ? this.#view(index++) : undefined));
  }

  #view(index: number): Float32Array {
    this.#views[index] ??= this.#arena.floats(this.#first + index * this.#vocabulary * 4, this.#vocabulary);
    return this.#views[index];
  }
}

export class TextModel {
  readonly #weights: TextWeights;
  readonly #room: Room;
  readonly #pages: PageLayout;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #products: Products;
  /** Tokens of each expert. */
  readonly #counts: Uint32Array;
  readonly #scores: ScoreViews;

  constructor({ weights, room, pages }: TextModelParts, kernels: Kernels, arena: Arena) {
    this.#weights = weights;
    this.#room = room;
    this.#pages = pages;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#products = new Products(kernels, room.products);
    this.#scores = new ScoreViews({ weights, room }, arena);
    this.#counts = new Uint32Array(weights.shape.experts);
  }

  get shape(): TextShape {
    return this.#weights.shape;
  }

  /** Most tokens that one call of `forward` takes. */
  get batchTokensMax(): number {
    return this.#room.tokens;
  }

  /**
   * Runs the next tokens of one or more sequences. Returns, for each run in order, the scores of every token of the
   * vocabulary to come next, or undefined where none were wanted. The arrays are overwritten by the next call.
   */
  forward(runs: readonly Run[]): Scores {
    const kernels = this.#kernels;
    const { shape } = this;
    const room = this.#room;
    const tokens = runs.reduce((sum, run) => sum + run.tokens.length, 0);
    if (tokens > this.batchTokensMax) throw new RangeError('more tokens than one batch takes');

    this.#embed(runs);
    for (const [index, layer] of this.#weights.layers.entries()) {
      kernels.rmsNorm(room.x, layer.attentionNorm, tokens, shape.width, shape.epsilon, room.normed);
      this.#attend(layer, index, runs, tokens);
      kernels.add(room.x, room.result, tokens * shape.width);

      kernels.rmsNorm(room.x, layer.feedForwardNorm, tokens, shape.width, shape.epsilon, room.normed);
      this.#feedForward(layer.shared, room.normed, tokens, room.result);
      if (layer.experts) this.#addExpert(layer.experts, tokens);
      kernels.add(room.x, room.result, tokens * shape.width);
    }
    return this.#score(runs);
  }

  #embed(runs: readonly Run[]): void {
    const { width, headSize } = this.shape;
    let row = 0;
    for (const { tokens, features, cache } of runs) {
      for (let i = 0; i < tokens.length; i++, row++) {
        const into = this.#room.x + row * width * 4;
        const token = tokens[i]!;
        if (token < 0) this.#arena.floats(into, width).set(features!.subarray((-1 - token) * width, -token * width));
        else this.#embedToken(token, into);
        const angles = this.#room.angles + row * headSize * 4;
        this.#kernels.rotaryAngles(cache.length + i, this.#weights.frequencies, headSize / 2, angles);
      }
    }
  }

  #embedToken(token: number, into: number): void {
    const { weights, scales, columns } = this.#weights.embeddings;
    if (token >= this.#weights.embeddings.rows) throw new RangeError(`token ${token} is not in the vocabulary`);
    if (scales === 0) {
      this.#arena.bytes(into, columns * 4).set(this.#arena.bytes(weights + token * columns * 4, columns * 4));
      return;
    }
    this.#kernels.widenRow(weights, scales, token, columns, into);
  }

  /** result = the attention of `normed`, whose keys and values join the cache first. */
  #attend(layer: Layer, index: number, runs: readonly Run[], tokens: number): void {
    const kernels = this.#kernels;
    const { shape } = this;
    const room = this.#room;
    const { heads, keyHeads, headSize } = shape;
    const isChunked = shapes.isChunkedLayer(index);
    this.#products.load(room.normed, tokens, shape.width);
    this.#products.multiply(layer.query, room.queries);
    this.#products.multiply(layer.key, room.keys);
    this.#products.multiply(layer.value, room.values);
    if (isChunked) {
      kernels.rotate(room.queries, room.angles, tokens, heads, headSize);
      kernels.rotate(room.keys, room.angles, tokens, keyHeads, headSize);
    }
    if (isChunked && shape.normalisesQueries) {
      kernels.rmsNorm(room.queries, 0, tokens * heads, headSize, shape.epsilon, room.queries);
      kernels.rmsNorm(room.keys, 0, tokens * keyHeads, headSize, shape.epsilon, room.keys);
    }
    const keysAt = index * this.#pages.layerBytes;
    const valuesAt = keysAt + this.#pages.layerBytes / 2;
    const chunk = isChunked ? shapes.CHUNK_TOKENS : 0;
    let row = 0;
    for (const { cache, tokens: own } of runs) {
      const queries = room.queries + row * heads * headSize * 4;
      if (!isChunked) this.#warm(queries, cache.length, own.length);
      this.#store(cache, own.length, row, keysAt, valuesAt);
      this.#placePages(cache.pages);
      const mixed = room.mixed + row * heads * headSize * 4;
      kernels.attend(
        queries,
        own.length,
        cache.length,
        heads,
        keyHeads,
        headSize,
        room.pages,
        PAGE_TOKENS,
        keysAt,
        valuesAt,
        chunk,
        1,
        1 / Math.sqrt(headSize),
        room.scores,
        mixed,
      );
      row += own.length;
    }
    this.#products.load(room.mixed, tokens, heads * headSize);
    this.#products.multiply(layer.output, room.result);
  }

  /** Layers without rotation sharpen queries with the distance they look back, by steps of 8192 tokens. */
  #warm(queries: number, position: number, count: number): void {
    const size = this.shape.heads * this.shape.headSize;
    for (let i = 0; i < count; i++) {
      const steps = Math.floor((position + i + 1) / shapes.TEMPERATURE_FLOOR_TOKENS);
      if (steps === 0) continue;
      this.#kernels.scale(queries + i * size * 4, size, shapes.temperatureAfter(steps));
    }
  }

  #placePages(pages: readonly number[]): void {
    const memory = this.#arena.allWords;
    const at = this.#room.pages / 4;
    for (let i = 0; i < pages.length; i++) memory[at + i] = pages[i]!;
  }

  #store(cache: CachedSequence, count: number, row: number, keysAt: number, valuesAt: number): void {
    const { rowBytes } = this.#pages;
    const memory = this.#arena.allBytes;
    for (let i = 0; i < count; i++) {
      const position = cache.length + i;
      const page = cache.pages[Math.floor(position / PAGE_TOKENS)]!;
      const into = page + (position % PAGE_TOKENS) * rowBytes;
      const from = (row + i) * rowBytes;
      memory.copyWithin(into + keysAt, this.#room.keys + from, this.#room.keys + from + rowBytes);
      memory.copyWithin(into + valuesAt, this.#room.values + from, this.#room.values + from + rowBytes);
    }
  }

  #feedForward(part: FeedForward, x: number, tokens: number, out: number): void {
    const room = this.#room;
    this.#products.load(x, tokens, this.shape.width);
    this.#products.multiply(part.gate, room.gate);
    this.#products.multiply(part.up, room.up);
    this.#kernels.gateSilu(room.gate, room.up, tokens * part.gate.rows);
    this.#products.load(room.gate, tokens, part.gate.rows);
    this.#products.multiply(part.down, out);
  }

  /** Each token goes through the one expert that its router scores best, its input weighted by the sigmoid of that score. */
  #addExpert(experts: NonNullable<Layer['experts']>, tokens: number): void {
    const kernels = this.#kernels;
    const { width } = this.shape;
    const room = this.#room;
    this.#products.load(room.normed, tokens, width);
    this.#products.multiply(experts.router, room.scores);
    kernels.chooseExperts(room.scores, tokens, experts.parts.length, room.chosen, room.weights);
    const counts = this.#orderByExpert(tokens, experts.parts.length);
    kernels.gatherRows(room.normed, room.order, room.weights, tokens, width, room.gathered);

    this.#products.load(room.gathered, tokens, width);
    const expertWidth = experts.parts[0]!.gate.rows;
    this.#eachExpert(counts, (expert, first, count) => {
      this.#products.multiply(experts.parts[expert]!.gate, room.gate + first * expertWidth * 4, first, count);
      this.#products.multiply(experts.parts[expert]!.up, room.up + first * expertWidth * 4, first, count);
    });
    kernels.gateSilu(room.gate, room.up, tokens * expertWidth);
    this.#products.load(room.gate, tokens, expertWidth);
    this.#eachExpert(counts, (expert, first, count) => {
      this.#products.multiply(experts.parts[expert]!.down, room.gathered + first * width * 4, first, count);
    });
    kernels.scatterRows(room.result, room.order, room.gathered, tokens, width);
  }

  /** Writes the rows sorted by their expert and returns how many each expert has. */
  #orderByExpert(tokens: number, experts: number): Uint32Array {
    const memory = this.#arena.allWords;
    const chosen = this.#room.chosen / 4;
    const order = this.#room.order / 4;
    const counts = this.#counts.fill(0);
    for (let row = 0; row < tokens; row++) counts[memory[chosen + row]!]!++;
    let next = 0;
    for (let expert = 0; expert < experts; expert++) {
      if (counts[expert] === 0) continue;
      for (let row = 0; row < tokens; row++) if (memory[chosen + row] === expert) memory[order + next++] = row;
    }
    return counts;
  }

  #eachExpert(counts: Uint32Array, run: (expert: number, first: number, count: number) => void): void {
    let first = 0;
    for (let expert = 0; expert < counts.length; expert++) {
      const count = counts[expert]!;
      if (count > 0) run(expert, first, count);
      first += count;
    }
  }

  #score(runs: readonly Run[]): Scores {
    const { width, epsilon } = this.shape;
    const room = this.#room;
    let row = -1;
    let wanted = 0;
    for (const run of runs) {
      row += run.tokens.length;
      if (!run.wantsScores) continue;
      const into = room.normed + wanted * width * 4;
      this.#kernels.rmsNorm(room.x + row * width * 4, this.#weights.outputNorm, 1, width, epsilon, into);
      wanted++;
    }
    if (wanted === 0) return runs.map(() => undefined);
    this.#products.load(room.normed, wanted, width);
    this.#products.multiply(this.#weights.output, room.logits);
    return this.#scores.of(runs);
  }
}
