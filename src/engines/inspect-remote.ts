/** Looks at weights before they are downloaded: their headers are the first megabytes, and say all that decides. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import { DownloadError } from './download-error.ts';
import { GgufError, parseGgufHeader } from './gguf-header.ts';
import { inspectProjector, inspectWeights, type Projector, type Weights } from './inspect-weights.ts';
import { type DownloadParts, openDownload } from './open-download.ts';

export interface RemoteFile {
  readonly url: string;
  /** As it will be called here. */
  readonly name: string;
  readonly token?: Secret;
}

export interface LookParts extends DownloadParts {
  readonly clock: Clock;
}

export interface RemoteModel {
  readonly weights: Weights;
  readonly projector?: Projector;
}

/** A connection that brings nothing for so long is dead. */
const STALL_MS = 60_000;
const FIRST_BYTES = 1024 * 1024;
const HEADER_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Undefined where a server does not say how long its files are, so that a look would mean little. Throws `GgufError` and
 * `DownloadError`.
 */
export async function inspectRemote(
  files: readonly RemoteFile[],
  projector: RemoteFile | undefined,
  parts: LookParts,
): Promise<RemoteModel | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-headers-'));
  try {
    for (const file of projector ? [...files, projector] : files) {
      const head = await fetchHead(file, parts);
      if (!head) return undefined;
      await writeSparse(join(folder, file.name), head);
    }
    const weights = await inspectWeights(join(folder, files[0]!.name));
    const eyes = projector && (await inspectProjector(join(folder, projector.name), weights));
    return { weights, ...(eyes && { projector: eyes }) };
  } catch (error) {
    // What is wrong is wrong with the file there, not with our copy of its beginning.
    throw error instanceof GgufError ? new GgufError(error.message.replaceAll(`${folder}/`, '')) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Head {
  readonly bytes: Uint8Array;
  readonly total: number;
}

/** As much of the beginning as its header takes. */
async function fetchHead(file: RemoteFile, parts: LookParts): Promise<Head | undefined> {
  for (let length = FIRST_BYTES; ; length *= 4) {
    const head = await fetchBytes(file, Math.min(length, HEADER_BYTES_MAX), parts);
    if (!head) return undefined;
    const isAll = head.bytes.length >= Math.min(head.total, HEADER_BYTES_MAX);
    try {
      parseGgufHeader(head.bytes, head.total, file.name);
      return head;
    } catch (error) {
      if (isAll || !(error instanceof GgufError) || !/ends too early/.test(error.message)) throw error;
    }
  }
}

/** Bytes from the beginning. A server that falls silent or breaks off is told by its name. */
async function fetchBytes(file: RemoteFile, length: number, parts: LookParts): Promise<Head | undefined> {
  const { clock, signal } = parts;
  const where = new URL(file.url).host;
  const stall = new AbortController();
  const watch = () =>
    clock.after(STALL_MS, () => {
      const seconds = STALL_MS / 1000;
      stall.abort(
        new DownloadError(`${where} sent nothing more of the header of ${file.name} for ${seconds} s: ${AGAIN}`, true),
      );
    });
  let calm = watch();
  const onBytes = () => {
    calm();
    calm = watch();
  };
  try {
    return await readBytes(file, length, { ...parts, signal: AbortSignal.any([signal, stall.signal]), onBytes });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (stall.signal.aborted) throw stall.signal.reason;
    if (error instanceof DownloadError) throw error;
    throw new DownloadError(`${where} broke off in the header of ${file.name}: ${AGAIN}`, true);
  } finally {
    calm();
  }
}

const AGAIN = 'the same command tries again';

async function readBytes(
  { url, token }: RemoteFile,
  length: number,
  { onBytes, ...parts }: DownloadParts & { onBytes(): void },
): Promise<Head | undefined> {
  const headers = { range: `bytes=0-${length - 1}` };
  const { response } = await openDownload({ url, headers, ...(token && { token }) }, parts);
  const { status } = response;
  if (status !== 200 && status !== 206) {
    await response.body?.cancel();
    throw new DownloadError(statusWords(status, new URL(url).host, basename(new URL(url).pathname)));
  }
  const range = /\/(\d{1,15})$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const total = Number((status === 206 ? range : response.headers.get('content-length')) ?? Number.NaN);
  const chunks: Uint8Array[] = [];
  let got = 0;
  if (total > 0) {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      onBytes();
      chunks.push(chunk);
      got += chunk.length;
      // A server without ranges would send all of it.
      if (got >= length) break;
    }
  }
  await response.body?.cancel().catch(() => undefined);
  return total > 0 ? { bytes: Buffer.concat(chunks).subarray(0, length), total } : undefined;
}

function statusWords(status: number, host: string, name: string): string {
  if (status === 404) return `${host} has no ${name} (404)`;
  if (status === 401 || status === 403)
    return `${host} refuses to hand out ${name} (${status}): if it is the model hub, accept its terms there and set HF_TOKEN`;
  return `${host} answered ${status} for ${name}`;
}

/** A file of its full length that holds no more than its beginning. */
async function writeSparse(path: string, { bytes, total }: Head): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.write(bytes, 0, bytes.length, 0);
    await file.truncate(total);
  } finally {
    await file.close();
  }
}
