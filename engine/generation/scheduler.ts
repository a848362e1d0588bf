/**
 * Runs many generations on one model: each step takes the next token of every running one and a piece of the prompts
 * still to be read, all in one batch. Prompts never hold up running answers for longer than one such piece.
 */

import type { OpenText } from '../model/open-text.ts';
import { PAGE_TOKENS } from '../model/page-pool.ts';
import type { Run, Scores } from '../model/text-model.ts';
import { PrefixCache } from './prefix-cache.ts';
import { Sequence, type SequenceVocabulary } from './sequence.ts';
import type { GenerationSink, GenerationTask } from './task.ts';
import { WaitingLine } from './waiting-line.ts';

export interface SchedulerLimits {
  /** Generations that run at once; no more than the model scores at once. */
  readonly sequencesMax: number;
  /** Generations that may wait for their turn; more are refused. */
  readonly waitingMax: number;
}

/** Tokens of prompts read in a step that also continues answers: a few milliseconds of work. */
const PROMPT_TOKENS_BESIDE_ANSWERS = 64;

export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/** The task can never run here, however long it waits. */
export class TaskTooLong extends Error {
  override readonly name = 'TaskTooLong';
  readonly promptTokens: number;
  readonly contextTokensMax: number;

  constructor(promptTokens: number, contextTokensMax: number) {
    super(`the prompt has ${promptTokens} tokens, the context ${contextTokensMax}`);
    this.promptTokens = promptTokens;
    this.contextTokensMax = contextTokensMax;
  }
}

export interface SchedulerStatus {
  readonly running: number;
  readonly waiting: number;
  readonly slots: number;
  readonly waitingMax: number;
  /** Of the cache of keys and values: held by running answers, kept for beginnings to come, and all there may be. */
  readonly pagesUsed: number;
  readonly pagesKept: number;
  readonly pagesMax: number;
}

/** Computes one batch, as `TextModel.forward`. */
export type RunBatch = (runs: readonly Run[]) => Scores | Promise<Scores>;

interface BatchItem {
  readonly sequence: Sequence;
  readonly run: Run;
}

export class Scheduler {
  readonly #model: OpenText;
  readonly #run: RunBatch;
  readonly #vocabulary: SequenceVocabulary;
  readonly #limits: SchedulerLimits;
  readonly #prefixes: PrefixCache;
  readonly #running: Sequence[] = [];
  readonly #waiting = new WaitingLine<Sequence>();
  #reservedPages = 0;

  constructor(
    model: OpenText,
    vocabulary: SequenceVocabulary,
    limits: SchedulerLimits,
    run: RunBatch = (runs) => model.forward(runs),
  ) {
    this.#model = model;
    this.#run = run;
    this.#vocabulary = vocabulary;
    this.#limits = limits;
    this.#prefixes = new PrefixCache(model.pool);
  }

  status(): SchedulerStatus {
    const { pool } = this.#model;
    return {
      running: this.#running.length,
      waiting: this.#waiting.length,
      slots: this.#limits.sequencesMax,
      waitingMax: this.#limits.waitingMax,
      pagesUsed: pool.usedPages,
      pagesKept: this.#prefixes.pages,
      pagesMax: pool.pagesMax,
    };
  }

  get hasWork(): boolean {
    return this.#running.length > 0 || this.#waiting.length > 0;
  }

  /**
   * Queues a task; `sink` hears of it later, during a `step` or when another request takes its place in the queue. The
   * returned function gives it up: not one more token is computed for it and its room is free at once. Throws
   * `TaskTooLong` and `QueueFull`.
   */
  submit(task: GenerationTask, sink: GenerationSink): () => void {
    const { contextTokensMax, pool } = this.#model;
    const promptTokens = task.prompt.tokens.length;
    if (promptTokens >= contextTokensMax || this.#pagesFor(task) > pool.pagesMax) {
      throw new TaskTooLong(promptTokens, contextTokensMax);
    }
    const sequence = new Sequence(task, sink, this.#vocabulary);
    // Who begins with the next step stands in the line until then, but takes nobody's place in it.
    const placesMax = this.#limits.waitingMax + this.#limits.sequencesMax - this.#running.length;
    const turnedAway = this.#waiting.join(sequence, placesMax);
    if (turnedAway === sequence) throw new QueueFull('all places of the queue are taken');
    turnedAway?.end('refused');
    return () => this.#giveUp(sequence);
  }

  /**
   * One batch. Where a promise is returned, the next step may come when it is resolved. Throws what the model throws,
   * which it does only when it is broken.
   */
  step(): Promise<void> | undefined {
    this.#admit();
    const batch = this.#assemble();
    if (batch.length === 0) return undefined;
    const scores = this.#run(batch.map(({ run }) => run));
    if (scores instanceof Promise) return scores.then((late) => this.#advance(batch, late));
    this.#advance(batch, scores);
    return undefined;
  }

  #advance(batch: readonly BatchItem[], scores: Scores): void {
    for (const [index, { sequence, run }] of batch.entries()) {
      // A reader may have given up another one's answer meanwhile.
      if (sequence.isOver) continue;
      sequence.advance(run.tokens.length);
      if (sequence.isPromptRead && !sequence.isKept) this.#keep(sequence);
      const own = scores[index];
      if (own) sequence.choose(own, this.#model.contextTokensMax);
      if (sequence.isOver) this.#finish(sequence);
    }
  }

  #admit(): void {
    while (this.#running.length < this.#limits.sequencesMax) {
      const sequence = this.#waiting.first();
      if (!sequence) return;
      const needed = this.#pagesFor(sequence.task);
      if (this.#reservedPages + needed > this.#model.pool.pagesMax) return;
      this.#waiting.takeFirst();
      this.#reservedPages += needed;
      this.#running.push(sequence);
      sequence.begin(this.#prefixes.find(sequence.task.salt, sequence.keys));
      if (sequence.isOver) this.#finish(sequence);
    }
  }

  #assemble(): readonly BatchItem[] {
    const answers = this.#running.filter((sequence) => sequence.isPromptRead);
    const prompts = this.#running.filter((sequence) => !sequence.isPromptRead);
    let room = this.#model.batchTokensMax - answers.length;
    if (answers.length > 0) room = Math.min(room, PROMPT_TOKENS_BESIDE_ANSWERS);
    const batch = answers.map((sequence) => this.#runOf(sequence, 1));
    for (const [index, sequence] of prompts.entries()) {
      const share = Math.ceil(room / (prompts.length - index));
      if (share <= 0) break;
      const item = this.#runOf(sequence, share);
      room -= item.run.tokens.length;
      batch.push(item);
    }
    // Whoever read first in this step reads last in the next.
    const first = this.#running.shift();
    if (first) this.#running.push(first);
    return batch;
  }

  #runOf(sequence: Sequence, tokensMax: number): BatchItem {
    const run = sequence.nextRun(tokensMax, () => this.#takePage());
    return { sequence, run };
  }

  #takePage(): number {
    let page = this.#model.pool.take();
    while (page === undefined && this.#prefixes.evict()) page = this.#model.pool.take();
    if (page === undefined) throw new RangeError('pages were promised that do not exist');
    return page;
  }

  #keep(sequence: Sequence): void {
    sequence.isKept = true;
    this.#prefixes.keep(sequence.task.salt, sequence.keys, sequence.pages, sequence.length);
  }

  #finish(sequence: Sequence): void {
    const index = this.#running.indexOf(sequence);
    if (index < 0) return;
    this.#running.splice(index, 1);
    this.#reservedPages -= this.#pagesFor(sequence.task);
    this.#prefixes.keep(sequence.task.salt, sequence.keys, sequence.pages, sequence.length);
    for (const page of sequence.pages) this.#model.pool.release(page);
  }

  #giveUp(sequence: Sequence): void {
    sequence.isOver = true;
    this.#finish(sequence);
    this.#waiting.leave(sequence);
  }

  /** Promised when a task begins, so that it never stops for want of room. */
  #pagesFor({ prompt, resumed, outputTokensMax }: GenerationTask): number {
    const most = prompt.tokens.length + (resumed?.length ?? 0) + outputTokensMax;
    return Math.ceil(Math.min(most, this.#model.contextTokensMax) / PAGE_TOKENS);
  }
}
