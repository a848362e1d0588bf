/** The part of a model's page that runs the bundled model in the browser. The page works without it, but for this. */
import type { FromWorker, ToWorker } from './messages.ts';

const CONTEXT_TOKENS = 2048;
const OUTPUT_TOKENS_MAX = 512;
const PICTURE_BYTES_MAX = 10 * 1024 * 1024;

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found as T;
}

const form = element<HTMLFormElement>('mini');
const question = element<HTMLTextAreaElement>('question');
const picture = element<HTMLInputElement>('picture');
const answer = element<HTMLOutputElement>('answer');
const state = element('state');
const stop = element<HTMLButtonElement>('stop');
const run = form.querySelector<HTMLButtonElement>('button[type=submit]')!;

const here = new URL('.', import.meta.url);
const at = (name: string) => new URL(name, here).href;
let worker: Worker | undefined;
let current = 0;
let startedMs = 0;

function say(message: ToWorker, transfer: Transferable[] = []): void {
  worker?.postMessage(message, transfer);
}

async function fetchBytes(name: string): Promise<ArrayBuffer> {
  const response = await fetch(at(name));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.arrayBuffer();
}

/** Loaded with the first question: a visitor who only reads the page fetches nothing. */
async function open(): Promise<void> {
  state.textContent = 'Loading the model…';
  const parts = await Promise.all(['weights.gguf', 'projector.gguf', 'kernels.wasm'].map(fetchBytes));
  const [weights, projector, kernels] = parts as [ArrayBuffer, ArrayBuffer, ArrayBuffer];
  worker = new Worker(at('worker.js'), { type: 'module' });
  const opened = new Promise<void>((resolve, reject) => {
    worker!.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === 'opened') resolve();
      if (data.type === 'unavailable') reject(new Error(data.message));
    });
    worker!.addEventListener('error', (event) => reject(new Error(event.message)));
  });
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => hear(data));
  const codecs = { jpeg: at('jpeg.wasm'), webp: at('webp.wasm') };
  const limits = { contextTokens: CONTEXT_TOKENS, outputTokensMax: OUTPUT_TOKENS_MAX };
  say({ type: 'open', weights, projector, kernels, codecs, ...limits }, [weights, projector, kernels]);
  await opened;
}

function hear(message: FromWorker): void {
  if (message.type === 'refused' && message.id === current) end(message.message);
  if (message.type !== 'answer' || message.id !== current) return;
  const { event } = message;
  if (event.type === 'text') answer.textContent += event.text;
  if (event.type !== 'ended') return;
  const seconds = (performance.now() - startedMs) / 1000;
  const { promptTokens, outputTokens } = event.counts;
  end(`${promptTokens} tokens read, ${outputTokens} written in ${seconds.toFixed(2)} s, in this browser.`);
}

function end(words: string): void {
  state.textContent = words;
  run.disabled = false;
  stop.disabled = true;
}

async function readPicture(): Promise<string | undefined> {
  const file = picture.files?.[0];
  if (!file) return undefined;
  if (file.size > PICTURE_BYTES_MAX) throw new Error('The picture is too large.');
  const reader = new FileReader();
  const read = new Promise<string>((resolve, reject) => {
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
  });
  reader.readAsDataURL(file);
  return read;
}

async function ask(): Promise<void> {
  run.disabled = true;
  answer.textContent = '';
  try {
    const url = await readPicture();
    if (!worker) await open();
    const text = { type: 'text', text: question.value };
    const content = url === undefined ? question.value : [{ type: 'image_url', image_url: { url } }, text];
    current++;
    startedMs = performance.now();
    state.textContent = 'Thinking…';
    stop.disabled = false;
    // Without chance, so that the answer is the server's.
    say({ type: 'generate', id: current, request: { messages: [{ role: 'user', content }], temperature: 0 } });
  } catch (error) {
    worker?.terminate();
    worker = undefined;
    end(`The model does not run in this browser: ${error instanceof Error ? error.message : error}`);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void ask();
});
stop.addEventListener('click', () => {
  say({ type: 'cancel', id: current });
  current++;
  end('Stopped.');
});
run.disabled = false;
state.textContent = 'Loads about 5 MB when you run it.';
