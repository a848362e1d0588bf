/** The engine in a browser: a Web Worker that runs the very code of the process. Speaks `messages.ts`. */
import { answerChat } from '../chat/chat.ts';
import { decodeChatRequest } from '../chat/chat-request.ts';
import { type Engine, openEngine } from '../open-engine.ts';
import type { CodecName } from '../pictures/codecs.ts';
import { Rejection } from '../rejection.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** A few conversations of one person. */
const SLOTS = 4;
const WAITING_MAX = 16;
const MEMORY_BYTES_MAX = 2 ** 30;

const running = new Map<number, AbortController>();
let opening: Promise<Engine> | undefined;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'open') opening ??= open(data);
  else if (data.type === 'cancel') cancel(data.id);
  else void answer(data.id, data.request);
};

function tell(message: FromWorker): void {
  self.postMessage(message);
}

async function open(files: ToWorker & { readonly type: 'open' }): Promise<Engine> {
  const startedMs = performance.now();
  try {
    const engine = await openEngine(
      {
        weights: new Uint8Array(files.weights),
        projector: files.projector && new Uint8Array(files.projector),
        kernels: new Uint8Array(files.kernels),
        readCodec: (codec) => fetchCodec(files.codecs, codec),
      },
      {
        slots: SLOTS,
        waitingMax: WAITING_MAX,
        contextTokens: files.contextTokens,
        outputTokensMax: files.outputTokensMax,
        cacheTokens: 2 * files.contextTokens,
        memoryBytesMax: MEMORY_BYTES_MAX,
        pictureTilesMax: 1,
      },
      { pause: makePause(), onBroken: (error) => tell({ type: 'unavailable', message: wordsOf(error) }) },
    );
    tell({ type: 'opened', loadMs: performance.now() - startedMs, readsPictures: engine.pictures !== undefined });
    return engine;
  } catch (error) {
    tell({ type: 'unavailable', message: wordsOf(error) });
    throw error;
  }
}

async function answer(id: number, request: unknown): Promise<void> {
  const leaving = new AbortController();
  running.set(id, leaving);
  const refuse = (error: unknown) => {
    running.delete(id);
    if (leaving.signal.aborted) return;
    const code = error instanceof Rejection ? error.code : 'engine_failed';
    tell({ type: 'refused', id, code, message: error instanceof Rejection ? error.message : 'the engine failed' });
  };
  try {
    const engine = await opening;
    if (!engine) throw new Rejection(503, 'not_open', 'the engine was not opened');
    const chat = decodeChatRequest(request);
    await answerChat(
      engine,
      chat,
      (event) => {
        if (event.type === 'failed') return refuse(event.error);
        if (event.type === 'ended') running.delete(id);
        tell({ type: 'answer', id, event });
      },
      leaving.signal,
    );
  } catch (error) {
    refuse(error);
  }
}

function cancel(id: number): void {
  running.get(id)?.abort();
  running.delete(id);
}

async function fetchCodec(
  codecs: Readonly<Record<CodecName, string>>,
  codec: CodecName,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(codecs[codec]);
  if (!response.ok) throw new Error(`the ${codec} codec was not found`);
  return new Uint8Array(await response.arrayBuffer());
}

const TIMER_EVERY_MS = 16;

/**
 * A message to itself lets most others have their turn, at no cost. Some runtimes deliver all such messages before any
 * other, so every now and then a timer stands in, which browsers slow down to 4 ms.
 */
function makePause(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  let timerMs = 0;
  return () =>
    new Promise((resolve) => {
      if (performance.now() - timerMs > TIMER_EVERY_MS) {
        setTimeout(() => {
          timerMs = performance.now();
          resolve();
        });
        return;
      }
      waiting.push(resolve);
      port2.postMessage(undefined);
    });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
