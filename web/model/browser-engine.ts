import { withBase } from '../api/fetch-api.ts';

const CONTEXT_TOKENS = 2048;
const OUTPUT_TOKENS_MAX = 512;

/** What is said to the engine's worker and heard of it: the parts of `engine/browser/messages.ts` that a page needs. */
type ToWorker =
  | {
      readonly type: 'open';
      readonly weights: ArrayBuffer;
      readonly projector: ArrayBuffer;
      readonly kernels: ArrayBuffer;
      readonly codecs: { readonly jpeg: string; readonly webp: string };
      readonly contextTokens: number;
      readonly outputTokensMax: number;
    }
  | { readonly type: 'generate'; readonly id: number; readonly request: unknown }
  | { readonly type: 'cancel'; readonly id: number };

type FromWorker =
  | { readonly type: 'opened' }
  | { readonly type: 'unavailable'; readonly message: string }
  | { readonly type: 'refused'; readonly id: number; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly event: AnswerEvent };

type AnswerEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'ended'; readonly counts: Ended };

export interface Ended {
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** The bundled model in a worker of this page. */
export interface BrowserEngine {
  /** Without chance, so that the answer is the server's. Resolves at its end; a cancelled one resolves as undefined. */
  ask(content: unknown, onText: (text: string) => void): Promise<Ended | undefined>;
  cancel(): void;
  close(): void;
}

/** What the page's policy lets pass as the address of a script. */
interface ScriptPolicy {
  createScriptURL(address: string): string;
}

declare global {
  interface Window {
    readonly trustedTypes?: {
      createPolicy(name: string, rules: { createScriptURL(address: string): string }): ScriptPolicy;
    };
  }
}

let policy: ScriptPolicy | undefined;

/** The page's policy takes no text for a script's address; this one lets a single address through. A name can be taken only once. */
function workerAddress(): string {
  const address = new URL(withBase('/engine/worker.js'), location.href).href;
  const only = (asked: string): string => {
    if (asked !== address) throw new TypeError('no script of this site');
    return asked;
  };
  policy ??= window.trustedTypes?.createPolicy('trunkline', { createScriptURL: only });
  return policy ? policy.createScriptURL(address) : address;
}

async function fetchBytes(name: string): Promise<ArrayBuffer> {
  const response = await fetch(withBase(`/engine/${name}`));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.arrayBuffer();
}

/** Fetches weights and kernels, and starts the worker. Rejects with what is missing in this browser. */
export async function openBrowserEngine(): Promise<BrowserEngine> {
  const [weights, projector, kernels] = await Promise.all([
    fetchBytes('weights.gguf'),
    fetchBytes('projector.gguf'),
    fetchBytes('kernels.wasm'),
  ]);
  const worker = new Worker(workerAddress(), { type: 'module' });
  const opened = new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'opened') resolve();
      if (data.type === 'unavailable') reject(new Error(data.message));
    });
    worker.addEventListener('error', (event) => reject(new Error(event.message || 'the worker did not start')));
  });
  const at = (name: string) => new URL(withBase(`/engine/${name}`), location.href).href;
  const open: ToWorker = {
    type: 'open',
    ...{ weights, projector, kernels },
    codecs: { jpeg: at('jpeg.wasm'), webp: at('webp.wasm') },
    contextTokens: CONTEXT_TOKENS,
    outputTokensMax: OUTPUT_TOKENS_MAX,
  };
  worker.postMessage(open, [weights, projector, kernels]);
  try {
    await opened;
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return askWorker(worker);
}

function askWorker(worker: Worker): BrowserEngine {
  let current = 0;
  let leave: (() => void) | undefined;
  const say = (message: ToWorker) => worker.postMessage(message);
  return {
    ask(content, onText) {
      const id = ++current;
      return new Promise((resolve, reject) => {
        const done = (): void => worker.removeEventListener('message', hear);
        const hear = ({ data }: MessageEvent<FromWorker>): void => {
          if (data.type === 'refused' && data.id === id) {
            done();
            reject(new Error(data.message));
          }
          if (data.type !== 'answer' || data.id !== id) return;
          if (data.event.type === 'text') onText(data.event.text);
          if (data.event.type !== 'ended') return;
          done();
          resolve(data.event.counts);
        };
        worker.addEventListener('message', hear);
        leave = () => {
          done();
          resolve(undefined);
        };
        say({ type: 'generate', id, request: { messages: [{ role: 'user', content }], temperature: 0 } });
      });
    },
    cancel() {
      say({ type: 'cancel', id: current });
      leave?.();
    },
    close: () => worker.terminate(),
  };
}
