/**
 * Batches computed by two threads: each takes some of the sequences, over the same weights and the same cache. All that
 * is decided, which tokens, whose turn, which pages, stays in the first thread. Since a sequence scores the same bit for
 * bit whoever shares its batch, nobody can tell from an answer which thread computed it.
 */
import type { Arena } from '../kernels/arena.ts';
import type { OpenText, SecondRoom } from './open-text.ts';
import { JobPoster } from './shared-job.ts';
import { type Run, type Scores, ScoreViews } from './text-model.ts';

/** What the second thread is sent when it starts. */
export interface ThreadOrder {
  readonly kernels: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly room: SecondRoom;
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
/** Attention to so many tokens takes about as long as everything else that one token needs. */
const ATTENDED_TOKENS = 400;

export class SecondThread {
  readonly #options: SecondThreadOptions;
  readonly #room: SecondRoom;
  readonly #jobs: JobPoster;
  readonly #scores: ScoreViews;
  #state: 'not started' | 'starting' | 'running' | 'gone' = 'not started';
  #stepsForTwo = 0;
  #sharedSteps = 0;

  constructor(options: SecondThreadOptions, room: SecondRoom) {
    this.#options = options;
    this.#room = room;
    this.#jobs = new JobPoster(jobMemory(options.arena.memory, room));
    this.#scores = new ScoreViews(room.parts, options.arena);
  }

  /** Batches of which the second thread computed a part. */
  get sharedSteps(): number {
    return this.#sharedSteps;
  }

  /** As `TextModel.forward`. A promise only when the machine kept the second thread from its work, or the thread ended. */
  run(runs: readonly Run[]): Scores | Promise<Scores> {
    const { text } = this.#options;
    if (runs.length < 2 || !this.#isReady()) return text.forward(runs);
    const isOthers = divide(runs);
    const others = runs.filter((_, index) => isOthers[index]);
    if (others.length === 0) return text.forward(runs);
    this.#jobs.post(others);
    const own = text.forward(runs.filter((_, index) => !isOthers[index]));
    if (this.#jobs.takeBack()) {
      // The next call overwrites what the last one returned.
      const kept = own.map((scores) => scores?.slice());
      return merge(isOthers, kept, text.forward(others));
    }
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
    return merge(isOthers, own, this.#scores.of(runs.filter((_, index) => isOthers[index])));
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
    thread.postMessage({ kernels, memory: arena.memory, room: this.#room });
  }
}

/** Where jobs are written. */
export function jobMemory(memory: WebAssembly.Memory, room: SecondRoom): Int32Array<SharedArrayBuffer> {
  // The type of a memory does not tell that it is shared.
  return new Int32Array(memory.buffer as unknown as SharedArrayBuffer, room.jobAddress, room.jobWords);
}

/**
 * Which runs are the second thread's: the longest first, each to whoever has less to do. Pieces of pictures are not in
 * the shared memory and stay here.
 */
function divide(runs: readonly Run[]): readonly boolean[] {
  const isOthers = runs.map(() => false);
  // The first thread has all the rest to do, too.
  let ownWork = 1;
  let othersWork = 0;
  const works = runs.map(({ cache, tokens }) => tokens.length * (ATTENDED_TOKENS + cache.length));
  const order = [...runs.keys()].sort((a, b) => works[b]! - works[a]!);
  for (const index of order) {
    isOthers[index] = othersWork < ownWork && runs[index]!.tokens.every((token) => token >= 0);
    if (isOthers[index]) othersWork += works[index]!;
    else ownWork += works[index]!;
  }
  return isOthers;
}

function merge(isOthers: readonly boolean[], own: Scores, others: Scores): Scores {
  let nextOwn = 0;
  let nextOther = 0;
  return isOthers.map((isOther) => (isOther ? others[nextOther++] : own[nextOwn++]));
}
