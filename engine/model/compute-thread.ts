/**
 * The second thread of `second-thread.ts`: computes one job after the other, until the process ends. It runs next to no
 * JavaScript and imports next to none, since what it compiles of it, it compiles anew.
 */
import { startKernels } from '../kernels/open-kernels.ts';
import type { ThreadOrder } from './second-thread.ts';
import { JobTaker, stateOf } from './shared-job.ts';

self.onmessage = ({ data }: MessageEvent<ThreadOrder>) => {
  const { kernels, memory, state, workplace } = data;
  const { forward } = startKernels(kernels, memory);
  const jobs = new JobTaker(stateOf(memory, state));
  self.postMessage('ready');
  for (;;) {
    jobs.take();
    try {
      forward(workplace.model, workplace.room, workplace.job);
      jobs.finish(true);
    } catch {
      // The first thread tries the same and then has the error.
      jobs.finish(false);
    }
  }
};
