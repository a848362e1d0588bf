/**
 * Chooses the next token from the model's scores.
 *
 * The order of steps is vLLM's (docs.vllm.ai, vllm.v1.sample.sampler, 0.22): what the grammar allows, logit bias,
 * repetition penalty, frequency penalty, presence penalty; then, unless greedy, temperature, min_p, top_k, top_p, and a
 * draw. top_a, which vLLM lacks, stands beside min_p. Each truncation sees the probabilities that the one before left,
 * divided anew. Among equal scores the lowest id counts as the better one, for greedy choice and for truncation.
 *
 * Log-probabilities are vLLM's default, `raw_logprobs`, too: the model's own distribution, before all of these steps.
 * So they do not change with the caller's settings, and a token that the grammar forced can have a very small one.
 */
import { Candidates } from './candidates.ts';
import { checkOptions } from './check-options.ts';
import { exponential } from './exponential.ts';
import { SeededRandom } from './random.ts';
import { SamplingError } from './sampling-error.ts';
import type { TokenMask } from './token-mask.ts';

/** What a caller may set; names and ranges are OpenRouter's. */
export interface SamplingOptions {
  /** 0 to 2. 0, and all below 0.00001, is greedy: always the best token. */
  readonly temperature: number;
  /** 0 to 1. Only the likeliest tokens that together have this probability; 1 is off. */
  readonly topP: number;
  /** Only so many of the likeliest tokens; 0 is off. */
  readonly topK: number;
  /** 0 to 1. Only tokens with at least this share of the likeliest one's probability. */
  readonly minP: number;
  /** 0 to 1. Only tokens whose probability is at least this times the square of the likeliest one's. */
  readonly topA?: number | undefined;
  /** Above 0, up to 2. Weakens tokens of prompt and answer; 1 is off. */
  readonly repetitionPenalty: number;
  /** -2 to 2, taken off a token's score for each time it was generated. */
  readonly frequencyPenalty: number;
  /** -2 to 2, taken off a token's score once it was generated. */
  readonly presencePenalty: number;
  /** By token id, -100 to 100, added to its score. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** A whole number; it counts modulo 2^64. */
  readonly seed: bigint | number;
  /**
   * How many of the likeliest tokens to report with their log-probabilities, 0 to 20, beside the chosen one's. Absent, none
   * is worked out at all, which saves the exponentials of a whole vocabulary for each token.
   */
  readonly topLogprobs?: number | undefined;
}

/** Below this, dividing by the temperature says nothing any more, and the choice is greedy: vLLM's limit. */
const TEMPERATURE_MIN = 1e-5;

export interface TokenScore {
  readonly token: number;
  /** Natural logarithm, from the model's own distribution. */
  readonly logprob: number;
}

export interface Sampled {
  readonly token: number;
  /** As in `TokenScore`; undefined unless the options ask for it. */
  readonly logprob: number | undefined;
  /** The model's likeliest tokens, best first; fewer than asked for when the rest has no chance at all. */
  readonly top: readonly TokenScore[];
}

/** The token of the largest score, the first of equals; -1 where any is no finite number. */
export type FindBest = (scores: Float32Array) => number;

/** Says nothing: then the scores are looked through here. */
const unknown: FindBest = () => -1;

export class Sampler {
  readonly #findBest: FindBest;
  readonly #options: SamplingOptions;
  readonly #isGreedy: boolean;
  readonly #isScored: boolean;
  readonly #size: number;
  readonly #biasTokens: Uint32Array;
  readonly #biases: Float64Array;
  /** How often each token was generated. */
  readonly #counts: Uint32Array;
  /** Tokens of prompt and answer, each once, in the first `#seenCount` places: those that a penalty may touch. */
  readonly #seen: Uint32Array;
  readonly #isSeen: Uint8Array;
  #seenCount = 0;
  /** The scores after bias and penalties, where there are any. */
  readonly #adjusted: Float32Array;
  readonly #candidates: Candidates;
  readonly #random: SeededRandom;
  readonly #topTokens: Uint32Array;
  readonly #topScores: Float64Array;
  #topCount = 0;
  /** Of the model's own distribution: the best token, its score, and the logarithm of the sum of all chances. */
  #bestToken = 0;
  #bestScore = 0;
  #logSum = 0;

  /**
   * `findBest`: a quicker way to the best token than JavaScript has. Throws a SamplingError for an option out of range and
   * for a token that the vocabulary lacks.
   */
  constructor(
    options: SamplingOptions,
    vocabularySize: number,
    promptTokens: Iterable<number>,
    findBest: FindBest = unknown,
  ) {
    checkOptions(options);
    this.#options = options;
    this.#findBest = findBest;
    this.#isGreedy = options.temperature < TEMPERATURE_MIN;
    this.#isScored = options.topLogprobs !== undefined;
    this.#size = vocabularySize;
    this.#counts = new Uint32Array(vocabularySize);
    this.#seen = new Uint32Array(vocabularySize);
    this.#isSeen = new Uint8Array(vocabularySize);
    for (const token of options.logitBias.keys()) this.#check(token);
    this.#biasTokens = Uint32Array.from(options.logitBias.keys());
    this.#biases = Float64Array.from(options.logitBias.values());
    for (const token of promptTokens) this.#see(token);
    this.#adjusted = new Float32Array(vocabularySize);
    this.#candidates = new Candidates(this.#isGreedy ? 0 : vocabularySize);
    this.#random = new SeededRandom(options.seed);
    this.#topTokens = new Uint32Array(options.topLogprobs ?? 0);
    this.#topScores = new Float64Array(options.topLogprobs ?? 0);
  }

  /**
   * Chooses among the allowed tokens, all of them where no mask is given. Changes nothing but the state of chance:
   * `accept` what was chosen. Throws a SamplingError when the scores or the mask leave nothing to choose.
   */
  sample(logits: Float32Array, allowed?: TokenMask): Sampled {
    if (logits.length !== this.#size || (allowed && allowed.length * 32 < this.#size)) {
      throw new SamplingError('scores-wrong-size', `scores or mask are not for ${this.#size} tokens`);
    }
    this.#measure(logits);
    const scores = this.#adjust(logits);
    const token = this.#isGreedy ? this.#best(scores, allowed) : this.#draw(scores, allowed);
    if (!this.#isScored) return { token, logprob: undefined, top: NONE };
    const top: TokenScore[] = [];
    for (let index = 0; index < this.#topCount; index++) {
      top.push({ token: this.#topTokens[index]!, logprob: this.#logprob(this.#topScores[index]!) });
    }
    return { token, logprob: this.#logprob(logits[token]!), top };
  }

  /** Counts a token as generated, for the penalties. */
  accept(token: number): void {
    this.#see(token);
    this.#counts[token]!++;
  }

  #logprob(score: number): number {
    return score - this.#bestScore - this.#logSum;
  }

  #see(token: number): void {
    this.#check(token);
    if (this.#isSeen[token] === 1) return;
    this.#isSeen[token] = 1;
    this.#seen[this.#seenCount++] = token;
  }

  #check(token: number): void {
    if (Number.isInteger(token) && token >= 0 && token < this.#size) return;
    throw new SamplingError('token-unknown', `the vocabulary has no token ${token}`);
  }

  /** Reads the model's own distribution. */
  #measure(logits: Float32Array): void {
    const found = this.#findBest(logits);
    this.#bestToken = found >= 0 ? found : this.#lookForBest(logits);
    if (!this.#isScored) return;
    const best = logits[this.#bestToken]!;
    let sum = 0;
    for (let token = 0; token < logits.length; token++) sum += exponential(logits[token]! - best);
    this.#bestScore = best;
    this.#logSum = Math.log(sum);
    if (this.#topTokens.length > 0) this.#rank(logits);
  }

  #lookForBest(logits: Float32Array): number {
    let best = Number.NEGATIVE_INFINITY;
    let bestToken = 0;
    let total = 0;
    for (let token = 0; token < logits.length; token++) {
      const score = logits[token]!;
      total += score;
      if (score > best) {
        best = score;
        bestToken = token;
      }
    }
    if (best === Number.NEGATIVE_INFINITY && !logits.some(Number.isNaN)) throw nothingAllowed();
    // A single NaN makes the sum NaN.
    if (best === Number.POSITIVE_INFINITY || Number.isNaN(total)) throw notFinite();
    return bestToken;
  }

  /** Finds the likeliest tokens by insertion into a short list. */
  #rank(logits: Float32Array): void {
    const max = this.#topTokens.length;
    let count = 0;
    let worst = Number.NEGATIVE_INFINITY;
    for (let token = 0; token < logits.length; token++) {
      const score = logits[token]!;
      if (score <= worst) continue;
      if (count < max) count++;
      let place = count - 1;
      for (; place > 0 && this.#topScores[place - 1]! < score; place--) {
        this.#topScores[place] = this.#topScores[place - 1]!;
        this.#topTokens[place] = this.#topTokens[place - 1]!;
      }
      this.#topScores[place] = score;
      this.#topTokens[place] = token;
      if (count === max) worst = this.#topScores[max - 1]!;
    }
    this.#topCount = count;
  }

  /** Logit bias is added to the score, as OpenAI defines it; the penalties follow. */
  #adjust(logits: Float32Array): Float32Array {
    const { repetitionPenalty, frequencyPenalty, presencePenalty } = this.#options;
    const isPenalized = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
    if (!isPenalized && this.#biasTokens.length === 0) return logits;
    const scores = this.#adjusted;
    scores.set(logits);
    for (let index = 0; index < this.#biasTokens.length; index++) {
      scores[this.#biasTokens[index]!]! += this.#biases[index]!;
    }
    if (!isPenalized) return scores;
    for (let index = 0; index < this.#seenCount; index++) {
      const token = this.#seen[index]!;
      const count = this.#counts[token]!;
      let score = scores[token]!;
      // As in transformers and vLLM: of prompt and answer, divided above 0 and multiplied below it.
      score = score > 0 ? score / repetitionPenalty : score * repetitionPenalty;
      // As OpenAI defines them: of the answer only, once per occurrence and once for any.
      if (count > 0) score -= count * frequencyPenalty + presencePenalty;
      scores[token] = score;
    }
    return scores;
  }

  #best(scores: Float32Array, allowed: TokenMask | undefined): number {
    if (allowed === undefined && scores !== this.#adjusted) return this.#bestToken;
    const size = scores.length;
    let best = Number.NEGATIVE_INFINITY;
    let bestToken = 0;
    for (let start = 0; start < size; start += 32) {
      const word = allowed === undefined ? -1 : allowed[start >>> 5]!;
      if (word === 0) continue;
      const end = Math.min(start + 32, size);
      for (let token = start; token < end; token++) {
        if (((word >>> (token & 31)) & 1) === 0 || !(scores[token]! > best)) continue;
        best = scores[token]!;
        bestToken = token;
      }
    }
    checkBest(best);
    return bestToken;
  }

  #draw(scores: Float32Array, allowed: TokenMask | undefined): number {
    const { temperature, minP, topA, topK, topP } = this.#options;
    const candidates = this.#candidates;
    const best = candidates.fill(scores, allowed);
    checkBest(best);
    candidates.weigh(best, temperature);
    // Both measure against the whole distribution, so the one with the higher bar decides.
    candidates.keepLikelySquared(topA ?? 0);
    candidates.keepLikely(minP);
    if (topK > 0) candidates.keepBest(topK);
    candidates.keepMass(topP);
    return candidates.draw(this.#random);
  }
}

const NONE: readonly TokenScore[] = [];

function checkBest(best: number): void {
  if (best === Number.NEGATIVE_INFINITY) throw nothingAllowed();
  if (best === Number.POSITIVE_INFINITY) throw notFinite();
}

function nothingAllowed(): SamplingError {
  return new SamplingError('nothing-allowed', 'no token is allowed that has any chance');
}

function notFinite(): SamplingError {
  return new SamplingError('scores-not-finite', 'the scores are not all finite numbers');
}
