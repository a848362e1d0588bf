import type { JsonObject } from '../../base/json.ts';
import { type AnswerHealing, healAnswer } from './heal-answer.ts';
import type { HealingTask } from './heal-worker.ts';

/** Mended at once: starting a thread would take longer. Even the worst text of this length takes some 50 ms. */
const QUICK_LENGTH_MAX = 8_192;
/** Long enough for a megabyte of honest JSON on a small machine. */
const HEALING_MS_MAX = 5_000;
/** More wait in line. */
const THREADS_MAX = 2;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * As `healAnswer`, but what may take long is done in a thread of its own that is ended when it does: some broken texts take time
 * with the square of their length, and references in a schema can multiply without end.
 */
export async function healApart(
  text: string,
  schema: JsonObject | undefined,
  healingMsMax = HEALING_MS_MAX,
): Promise<AnswerHealing> {
  if (isQuick(text, schema)) return healAnswer(text, schema);
  if (running >= THREADS_MAX) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await healInThread({ text, schema }, healingMsMax);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

function isQuick(text: string, schema: JsonObject | undefined): boolean {
  if (text.length > QUICK_LENGTH_MAX) return false;
  if (!schema) return true;
  const spelled = JSON.stringify(schema);
  return spelled.length <= QUICK_LENGTH_MAX && !/\$\w*ref/i.test(spelled);
}

function healInThread(task: HealingTask, healingMsMax: number): Promise<AnswerHealing> {
  const { promise, resolve } = Promise.withResolvers<AnswerHealing>();
  const worker = new Worker(new URL('./heal-worker.ts', import.meta.url));
  const alarm = setTimeout(() => resolve({ outcome: 'left', why: 'mending it takes too long' }), healingMsMax);
  worker.onmessage = ({ data }: MessageEvent<AnswerHealing>) => resolve(data);
  worker.onerror = () => resolve({ outcome: 'left', why: 'it could not be mended' });
  worker.postMessage(task);
  return promise.finally(() => {
    clearTimeout(alarm);
    worker.terminate();
  });
}
