/** Makes the engine's worker for the page, below `dist`. Run by `npm install`; a server that misses it runs it again. */
import { join } from 'node:path';
import { buildWorker } from '../engine/browser/build-worker.ts';

await buildWorker(join(import.meta.dir, '..', 'dist', 'browser-engine'));
