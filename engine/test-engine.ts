/** A real engine process for tests, and pictures to show it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { readGguf } from './files/read-gguf.ts';
import type { SchedulerStatus } from './generation/scheduler.ts';
import type { EngineOrders } from './serve.ts';
import { openTokenizer, type Tokenizer } from './tokenizer/tokenizer.ts';

export const WEIGHTS = join(import.meta.dir, 'models', 'mini-q8_0.gguf');
export const PROJECTOR = join(import.meta.dir, 'models', 'mini-q8_0-mmproj.gguf');
export const KEY = 'a-key-for-tests-only';

export interface TestEngine {
  readonly baseUrl: string;
  readonly pid: number;
  ask(body: Readonly<Record<string, unknown>>, init?: RequestInit): Promise<Response>;
  health(): Promise<SchedulerStatus & { readonly sharedSteps: number }>;
  /** Ends the engine's standard input, as the death of its parent does; resolves with the time until it was gone. */
  orphan(): Promise<number>;
  kill(): void;
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>;
}

export async function startTestEngine(changes: Partial<EngineOrders> = {}): Promise<TestEngine> {
  const orders: EngineOrders = {
    key: KEY,
    model: 'trunkline/mini',
    weights: WEIGHTS,
    projector: PROJECTOR,
    slots: 4,
    waitingMax: 8,
    contextTokens: 1024,
    outputTokensMax: 900,
    cacheTokens: 4096,
    memoryBytesMax: 512 * 1024 * 1024,
    pictureTilesMax: 1,
    ...changes,
  };
  const child = spawn(process.execPath, [join(import.meta.dir, 'serve.ts')], { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin.write(`${JSON.stringify(orders)}\n`);
  const port = await new Promise<number>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (text) => {
      printed = (printed + text).slice(-20_000);
      const found = /^\{"engine":"trunkline","port":(\d+)\b/m.exec(printed);
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', () => reject(new Error(`the engine did not start: ${printed.slice(-500)}`)));
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  return {
    baseUrl,
    pid: child.pid ?? 0,
    ask: (body, init) =>
      fetch(`${baseUrl}/v1/chat/completions`, { method: 'POST', headers, body: JSON.stringify(body), ...init }),
    health: async () => (await fetch(`${baseUrl}/health`, { headers })).json() as never,
    orphan: async () => {
      const startMs = performance.now();
      child.stdin.end();
      await gone;
      return performance.now() - startMs;
    },
    kill: () => void child.kill('SIGKILL'),
    gone,
  };
}

/** The tokenizer of the bundled model. */
export async function bundledTokenizer(): Promise<Tokenizer> {
  return openTokenizer(readGguf(await Bun.file(WEIGHTS).bytes()).metadata);
}

/** With this `logit_bias` an answer goes on to its limit. */
export async function endlessBias(): Promise<Readonly<Record<string, number>>> {
  const { endTokens } = await bundledTokenizer();
  return Object.fromEntries([...endTokens].map((token) => [token, -100]));
}

export function user(content: unknown): { role: string; content: unknown } {
  return { role: 'user', content };
}

/** A square of one colour in the middle of another. */
export function drawPng(size: number, shape: readonly number[], background: readonly number[]): Buffer {
  const rows = Buffer.alloc(size * (1 + size * 3));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const isShape = Math.abs(x - size / 2) < size / 4 && Math.abs(y - size / 2) < size / 4;
      rows.set(isShape ? shape : background, y * (1 + size * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const parts = [pngPart('IHDR', header), pngPart('IDAT', deflateSync(rows)), pngPart('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

function pngPart(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

export function dataUrl(bytes: Uint8Array, type = 'png'): string {
  return `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
