/** A thread that says it is ready and never begins a job, as one that the machine does not let run. */
self.onmessage = () => {
  self.postMessage('ready');
};
