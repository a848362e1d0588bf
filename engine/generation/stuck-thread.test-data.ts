/** A thread that begins its first job and never ends it. */
import { jobMemory, type ThreadOrder } from '../model/second-thread.ts';
import { JobTaker } from '../model/shared-job.ts';

self.onmessage = ({ data }: MessageEvent<ThreadOrder>) => {
  self.postMessage('ready');
  new JobTaker(jobMemory(data.memory, data.room)).take();
  self.postMessage('begun');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
