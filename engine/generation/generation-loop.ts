/** Steps the scheduler as long as there is work, and lets the rest of the process have its turn between two steps. */
import type { Scheduler, SchedulerStatus } from './scheduler.ts';
import type { GenerationSink, GenerationTask } from './task.ts';

export interface GenerationLoopOptions {
  readonly scheduler: Scheduler;
  /** Resolves when requests, cancellations and answers that wait have been dealt with: a macrotask later. */
  readonly pause: () => Promise<void>;
  /** The model cannot compute any more. Nothing runs after this. */
  readonly onBroken: (error: unknown) => void;
}

export class GenerationLoop {
  readonly #options: GenerationLoopOptions;
  #isRunning = false;
  #isBroken = false;

  constructor(options: GenerationLoopOptions) {
    this.#options = options;
  }

  status(): SchedulerStatus {
    return this.#options.scheduler.status();
  }

  /** As `Scheduler.submit`. */
  submit(task: GenerationTask, sink: GenerationSink): () => void {
    const cancel = this.#options.scheduler.submit(task, sink);
    if (!this.#isRunning && !this.#isBroken) void this.#run();
    return cancel;
  }

  async #run(): Promise<void> {
    const { scheduler, pause, onBroken } = this.#options;
    this.#isRunning = true;
    try {
      // Requests that came together begin together.
      await pause();
      while (scheduler.hasWork) {
        const late = scheduler.step();
        if (late) await late;
        await pause();
      }
    } catch (error) {
      this.#isBroken = true;
      onBroken(error);
    } finally {
      this.#isRunning = false;
    }
  }
}
