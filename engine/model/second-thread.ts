/**
 * Batches computed by two threads: each takes some of the sequences, over the same weights and the same cache. All that
 * is decided, which tokens, whose turn, which pages, stays in the first thread. Since a sequence scores the same bit for
 * bit whoever shares its batch, nobody can tell from an answer which thread computed it.
 */
import type { Arena } from '../kernels/arena.ts';
import type { CompiledTextModel, Workplace } from './compiled-text-model.ts';
import type { OpenText, SecondPlace } from './open-text.ts';
import { JobPoster, stateOf } from './shared-job.ts';
import type { Run, Scores } from './text-model.ts';
import { WorkDivision } from './work-division.ts';

/** What the second thread is sent when it starts. */
export interface ThreadOrder {
  readonly kernels: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the word that says whose turn it is. */
  readonly state: number;
  readonly workplace: Workplace;
}

/** As much of a worker as is needed of it. */
export interface Thread {
  postMessage(order: ThreadOrder): void;
  addEventListener(type: 'message' | 'close' | 'error', listener: () => void): void;
}

/** Starts `compute-thread.ts`; undefined when there is no room for it now. Asked when there is work for two. */
export type StartThread = () => Thread | undefined;

export interface SecondThreadOptions {
  readonly text: OpenText;
  readonly arena: Arena;
  readonly kernels: WebAssembly.Module;
  readonly start: StartThread;
  /** Resolves a macrotask later. */
  readonly pause: () => Promise<void>;
}

/** Such steps pass before the thread is started, or asked for again: who only now and then meets another does not need it. */
const STEPS_FOR_TWO = 16;
/** The most that one half of a step may take while nothing else goes on here. Beyond it, the thread was interrupted. */
const WAIT_MS = 100;

export class SecondThread {
  readonly #options: SecondThreadOptions;
  readonly #place: SecondPlace;
  readonly #model: CompiledTextModel;
  readonly #jobs: JobPoster;
  readonly #division = new WorkDivision();
  #state: 'not started' | 'starting' | 'running' | 'gone' = 'not started';
  #stepsForTwo = 0;
  #sharedSteps = 0;

  constructor(options: SecondThreadOptions, place: SecondPlace) {
    this.#options = options;
    this.#place = place;
    this.#model = place.model;
    this.#jobs = new JobPoster(stateOf(options.arena.memory, place.state));
  }

  /** Batches of which the second thread computed a part. */
  get sharedSteps(): number {
    return this.#sharedSteps;
  }

  /** As `TextModel.forward`. A promise only when the machine kept the second thread from its work, or the thread ended. */
  run(runs: readonly Run[]): Scores | Promise<Scores> {
    const { text } = this.#options;
    if (runs.length < 2 || !this.#isReady()) return text.forward(runs);
    const isOthers = this.#division.divide(runs);
    const others = runs.filter((_, index) => isOthers[index]);
    if (others.length === 0) return text.forward(runs);
    this.#model.write(others);
    this.#jobs.post();
    const own = text.forward(runs.filter((_, index) => !isOthers[index]));
    // In the other thread's place, which is free: there, it does not overwrite what was just computed.
    if (this.#jobs.takeBack()) return merge(isOthers, own, this.#model.forward(others));
    this.#jobs.waitFor(WAIT_MS);
    return this.#jobs.isOver ? this.#join(runs, isOthers, own) : this.#waitOut(runs, isOthers, own);
  }

  /** Nothing may touch the pages of these runs before it is certain that the thread does not. */
  async #waitOut(runs: readonly Run[], isOthers: readonly boolean[], own: Scores): Promise<Scores> {
    while (!this.#jobs.isOver && this.#state === 'running') await this.#options.pause();
    return this.#join(runs, isOthers, own);
  }

  #join(runs: readonly Run[], isOthers: readonly boolean[], own: Scores): Scores {
    // Computed once more, the same keys and values take the same places.
    if (!this.#jobs.isDone) return this.#options.text.forward(runs);
    this.#sharedSteps++;
    return merge(isOthers, own, this.#model.scoresOf(runs.filter((_, index) => isOthers[index])));
  }

  #isReady(): boolean {
    if (this.#state === 'not started' && ++this.#stepsForTwo >= STEPS_FOR_TWO) this.#start();
    return this.#state === 'running';
  }

  /** A thread that ended is not started again: the first one can do it all. */
  #start(): void {
    const { start, kernels, arena } = this.#options;
    const thread = start();
    this.#stepsForTwo = 0;
    if (!thread) return;
    this.#state = 'starting';
    thread.addEventListener('message', () => {
      if (this.#state === 'starting') this.#state = 'running';
    });
    const leave = () => {
      this.#state = 'gone';
    };
    thread.addEventListener('close', leave);
    thread.addEventListener('error', leave);
    const { state, model } = this.#place;
    thread.postMessage({ kernels, memory: arena.memory, state, workplace: model.workplace });
  }
}

function merge(isOthers: readonly boolean[], own: Scores, others: Scores): Scores {
  let nextOwn = 0;
  let nextOther = 0;
  return isOthers.map((isOther) => (isOther ? others[nextOther++] : own[nextOwn++]));
}
