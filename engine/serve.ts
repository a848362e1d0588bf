/**
 * The bundled engine as a process of its own: `bun engine/serve.ts`. Reads its orders as one JSON line on standard
 * input, prints one JSON line when it is ready or cannot run here, and ends when standard input does, so that it never
 * outlives its parent. It imports nothing of the gateway.
 */
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { openDoor } from './door.ts';
import { ModelFileError } from './files/model-file.ts';
import { openEngine } from './open-engine.ts';
import { prepareApart } from './pictures/prepare-apart.ts';
import { readInstalledCodec } from './pictures/read-installed-codec.ts';
import { threadFor } from './start-thread.ts';

const orders = z.object({
  key: z.string().min(16),
  model: z.string(),
  weights: z.string(),
  /** A file that is not there is no reason not to start: the model then reads text only. */
  projector: z.string(),
  slots: z.int().min(1).max(64),
  waitingMax: z.int().min(0).max(10_000),
  contextTokens: z.int().min(256).max(1_000_000),
  outputTokensMax: z.int().min(1),
  cacheTokens: z.int().min(256),
  memoryBytesMax: z.int().min(1_000_000),
  pictureTilesMax: z.int().min(1).max(64),
});
export type EngineOrders = z.infer<typeof orders>;

const MB = 1024 * 1024;
/** The aim is 100 MB for all. A second thread takes some 5 of them. */
const WITH_ROOM_FOR_A_THREAD_BYTES = 90 * MB;

/** The word to look for: whatever else is printed is not meant for the parent. */
function report(message: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ engine: 'trunkline', ...message })}\n`);
}

async function serve(order: EngineOrders): Promise<void> {
  const startedMs = performance.now();
  const [weights, projector, kernels] = await Promise.all([
    Bun.file(order.weights).bytes(),
    readIfThere(order.projector),
    Bun.file(new URL('./kernels/kernels.wasm', import.meta.url)).bytes(),
  ]);
  const engine = await openEngine({ weights, projector, kernels, readCodec: readInstalledCodec }, order, {
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    onBroken: leaveBroken,
    preparePicture: prepareApart,
    startThread: threadFor({ cores: availableParallelism(), residentBytesMax: WITH_ROOM_FOR_A_THREAD_BYTES }),
  });
  const loadMs = Math.round((performance.now() - startedMs) * 10) / 10;
  const facts = { loadMs, pictures: engine.pictures !== undefined };
  const door = openDoor({ engine, key: order.key, model: order.model, facts });
  report({ port: door.port, ...facts });
  // What loading left behind: by then nothing of this function is in use.
  setTimeout(() => Bun.gc(true), 50);
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = Bun.file(path);
  return (await file.exists()) ? file.bytes() : undefined;
}

/** A model that threw once is not trusted again: the parent starts a fresh process. */
function leaveBroken(error: unknown): void {
  process.stderr.write(`the model broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

function leave(): void {
  process.exit(0);
}

process.on('SIGTERM', leave);
process.on('SIGINT', leave);

let received = '';
let isServing = false;
process.stdin.setEncoding('utf8');
process.stdin.on('end', leave);
process.stdin.on('close', leave);
process.stdin.on('data', (text: string) => {
  received += text;
  if (isServing || !received.includes('\n')) return;
  isServing = true;
  serve(orders.parse(JSON.parse(received.slice(0, received.indexOf('\n'))))).catch((error: unknown) => {
    const reason = error instanceof ModelFileError ? error.message : `the engine does not start: ${String(error)}`;
    report({ unavailable: reason.slice(0, 500) });
    process.exitCode = 1;
    process.stdin.pause();
    setTimeout(leaveBroken, 200, error);
  });
});
