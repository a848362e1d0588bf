/** A thread that begins its first job and never ends it. */
import type { ThreadOrder } from '../model/second-thread.ts';
import { JobTaker, stateOf } from '../model/shared-job.ts';

self.onmessage = ({ data }: MessageEvent<ThreadOrder>) => {
  self.postMessage('ready');
  new JobTaker(stateOf(data.memory, data.state)).take();
  self.postMessage('begun');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
