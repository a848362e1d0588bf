/** Hands weights over to an Ollama of this machine, by its own API: its files first, each by its checksum, then what they make up. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { isOlderThan } from './compare-versions.ts';
import type { EngineFetch } from './probe.ts';
import { type ReadingTools, readWithProgress } from './read-with-progress.ts';

export interface OllamaImport {
  /** Of Ollama, without a path. */
  readonly baseUrl: string;
  readonly version?: string;
  /** What it will be called there. */
  readonly name: string;
  /** The file, or all parts of a split one. */
  readonly parts: readonly string[];
  readonly projector?: string;
  readonly contextTokens: number;
}

export interface OllamaTools extends ReadingTools {
  readonly fetch: EngineFetch;
}

/** It cannot be handed over; the message is for the person at the terminal. */
export class OllamaError extends Error {
  override readonly name = 'OllamaError';
}

const SPLIT_SINCE = '0.35';
const ERROR_BYTES_MAX = 2_000;
const eventSchema = z.object({ status: z.string().optional(), error: z.string().optional() });

/** Throws `OllamaError`. What was uploaded once is not uploaded again. */
export async function importToOllama(order: OllamaImport, tools: OllamaTools): Promise<void> {
  if (order.parts.length > 1 && isOlderThan(order.version, SPLIT_SINCE))
    throw new OllamaError(
      `Ollama ${order.version} takes no split files, ${SPLIT_SINCE} and later do: join them with llama-gguf-split --merge`,
    );
  const files: Record<string, string> = {};
  for (const path of order.projector === undefined ? order.parts : [...order.parts, order.projector]) {
    const digest = `sha256:${await hashFile(path, tools)}`;
    if (!(await hasBlob(order.baseUrl, digest, tools))) await upload(order.baseUrl, path, digest, tools);
    files[basename(path)] = digest;
  }
  await create(order, files, tools);
}

async function hashFile(path: string, tools: OllamaTools): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readWithProgress(path, `Hashing ${basename(path)}`, tools)) hash.update(chunk);
  return hash.digest('hex');
}

async function hasBlob(baseUrl: string, digest: string, { fetch, signal }: OllamaTools): Promise<boolean> {
  const answer = await reach(fetch(`${baseUrl}/api/blobs/${digest}`, { method: 'HEAD', signal, redirect: 'manual' }));
  return answer.status === 200;
}

async function upload(baseUrl: string, path: string, digest: string, tools: OllamaTools): Promise<void> {
  const bytes = Readable.from(readWithProgress(path, `Handing over ${basename(path)}`, tools));
  // Node's type of the same thing.
  const body = Readable.toWeb(bytes) as unknown as BodyInit;
  // Its checksum is counted there, too: 65 GB take their time.
  const init = { method: 'POST', body, duplex: 'half', signal: tools.signal, redirect: 'manual', timeout: false };
  const answer = await reach(tools.fetch(`${baseUrl}/api/blobs/${digest}`, init as RequestInit));
  if (answer.status !== 200 && answer.status !== 201) throw await refusalOf(answer);
  await answer.body?.cancel();
}

async function create(order: OllamaImport, files: Readonly<Record<string, string>>, tools: OllamaTools): Promise<void> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: order.name, files, parameters: { num_ctx: order.contextTokens }, stream: true }),
    ...{ signal: tools.signal, redirect: 'manual', timeout: false },
  };
  const answer = await reach(tools.fetch(`${order.baseUrl}/api/create`, init as RequestInit));
  if (answer.status !== 200 || !answer.body) throw await refusalOf(answer);
  let isDone = false;
  for await (const line of linesOf(answer.body)) {
    const event = eventSchema.safeParse(line).data;
    if (event?.error !== undefined) throw new OllamaError(`Ollama does not take it: ${event.error.slice(0, 300)}`);
    if (event?.status === 'success') isDone = true;
  }
  if (!isDone) throw new OllamaError('Ollama ended its answer before it was done; its own log says why');
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parse(line);
  }
  if (rest !== '') yield parse(rest);
}

function parse(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
}

async function reach(asking: Promise<Response>): Promise<Response> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw new OllamaError('Ollama closed the connection; its own log says why');
  }
}

async function refusalOf(answer: Response): Promise<OllamaError> {
  const text = (await answer.text().catch(() => '')).slice(0, ERROR_BYTES_MAX);
  const reason = eventSchema.safeParse(parse(text)).data?.error ?? `it answered ${answer.status}`;
  return new OllamaError(`Ollama does not take it: ${reason.slice(0, 300)}`);
}
