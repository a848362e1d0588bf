/**
 * The bundled engine as a process of its own: `bun engine/serve.ts`. Reads its orders as one JSON line on standard
 * input, prints one JSON line when it is ready or cannot run here, and ends when standard input does, so that it never
 * outlives its parent. It imports nothing of the gateway.
 */
import { z } from 'zod';
import { openDoor } from './door.ts';
import { Generator } from './generator.ts';
import { EngineUnavailable, loadNative } from './native.ts';

const orders = z.object({
  key: z.string().min(16),
  model: z.string(),
  weights: z.string(),
  projector: z.string(),
  threads: z.int().min(1).max(64),
  slots: z.int().min(1).max(64),
  waitingMax: z.int().min(0).max(10_000),
  contextTokens: z.int().min(256).max(1_000_000),
  outputTokensMax: z.int().min(1),
});
export type EngineOrders = z.infer<typeof orders>;

/** Native code prints to the same pipe, at times half a line: hence the line break before and the word to look for. */
function report(message: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`\n${JSON.stringify({ engine: 'trunkline', ...message })}\n`);
}

async function serve(order: EngineOrders): Promise<void> {
  const { LlamaContext } = loadNative(process.platform, process.arch);
  LlamaContext.toggleNativeLog(true, () => {});
  const native = new LlamaContext({
    model: order.weights,
    n_ctx: order.contextTokens * order.slots,
    n_parallel: order.slots,
    n_batch: 512,
    n_threads: order.threads,
    n_gpu_layers: 0,
    // Each slot has its own share, so a long prompt never takes a neighbour's room.
    kv_unified: false,
    ctx_shift: false,
    // Measured against the reference: flash attention on a CPU costs two digits, enough to flip the router.
    flash_attn_type: 'off',
    cache_type_k: 'f32',
    cache_type_v: 'f32',
  });
  if (!native.initMultimodal({ path: order.projector, use_gpu: false })) {
    throw new EngineUnavailable('the engine cannot load the projector for pictures');
  }
  if (!native.enableParallelMode({ n_parallel: order.slots, n_batch: 512 })) {
    throw new EngineUnavailable('the engine cannot run requests side by side');
  }
  const door = openDoor({ generator: new Generator(native, order), key: order.key, model: order.model });
  report({ port: door.port });
}

/** Native destructors are not safe while a generation runs, so nothing is torn down. */
function leave(): void {
  process.kill(process.pid, 'SIGKILL');
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
    const reason = error instanceof EngineUnavailable ? error.message : `the engine does not start: ${String(error)}`;
    report({ unavailable: reason.slice(0, 500) });
    process.exitCode = 1;
    process.stdin.pause();
    setTimeout(leave, 200);
  });
});
