/** The second thread of `second-thread.ts`: computes one job after the other, until the process ends. */
import { Arena } from '../kernels/arena.ts';
import { startKernels } from '../kernels/open-kernels.ts';
import { jobMemory, type ThreadOrder } from './second-thread.ts';
import { JobTaker } from './shared-job.ts';
import { TextModel } from './text-model.ts';

self.onmessage = ({ data }: MessageEvent<ThreadOrder>) => {
  const { kernels, memory, room } = data;
  const arena = Arena.over(memory);
  const model = new TextModel(room.parts, startKernels(kernels, arena), arena);
  const jobs = new JobTaker(jobMemory(memory, room));
  self.postMessage('ready');
  for (;;) {
    const runs = jobs.take();
    try {
      model.forward(runs);
      jobs.finish(true);
    } catch {
      // The first thread tries the same and then has the error.
      jobs.finish(false);
    }
  }
};
