/**
 * Downloads one large file: goes on where an earlier try ended, makes sure that it is still the same file, checks its length and
 * checksum, and puts it in its place only then.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { sleep } from '../base/clock.ts';
import { printBytes } from '../base/print-bytes.ts';
import type { Secret } from '../base/secret.ts';
import { askNeighbour } from './ask-neighbour.ts';
import { DownloadError } from './download-error.ts';
import { type DownloadParts, type OpenedDownload, openDownload } from './open-download.ts';
import { LockedError, withLock } from './with-lock.ts';

export interface DownloadOrder {
  readonly url: string;
  readonly target: string;
  readonly token?: Secret;
  /** What the file must have, where somebody said so, and who did. */
  readonly sha256?: { readonly hex: string; readonly from: ChecksumSource };
  /** What is there of an earlier file under this address is thrown away. */
  readonly startsAnew?: boolean;
}

export type ChecksumSource = 'the command' | 'the model hub' | 'the server' | 'the file beside it';

export interface DownloadTools extends DownloadParts {
  readonly clock: Clock;
  /** `what` is `Downloading x` or `Checking x`. */
  onProgress(what: string, done: number, total: number | undefined): void;
}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
  /** Who said that the checksum is right; undefined when nobody did. */
  readonly checkedBy?: ChecksumSource;
}

/** Broken off so many times in a row without a byte more, and it is left to the next command. */
const TRIES = 5;
/** A connection that brings nothing for so long is dead. */
const STALL_MS = 60_000;
const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 30_000;
/** A disk that is full to the last byte stops other programs. */
const DISK_RESERVE_BYTES = 256 * 1024 * 1024;

const markSchema = z.object({
  url: z.string(),
  /** Strong: the same tag means the same bytes. */
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  bytes: z.number().int().positive().optional(),
  sha256: z.string().optional(),
});
/** What the server said of the file when its download began. */
type Mark = z.infer<typeof markSchema>;

/** Throws `DownloadError`; what was downloaded so far stays beside the target as `.part`. */
export async function downloadFile(order: DownloadOrder, tools: DownloadTools): Promise<Downloaded> {
  await mkdir(dirname(order.target), { recursive: true, mode: 0o700 });
  try {
    return await withLock(`${order.target}.lock`, () => new Download(order, tools).run());
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new DownloadError(`${basename(order.target)} is being downloaded already, by process ${error.pid}`);
  }
}

class Download {
  readonly #order: DownloadOrder;
  readonly #tools: DownloadTools;
  readonly #part: string;
  readonly #markPath: string;
  readonly #name: string;
  #hash: Hash = createHash('sha256');
  #done = 0;
  #mark: Mark | undefined;
  /** Ends this try when nothing comes; returns what calls that off. */
  #watchStall: () => () => void = () => () => {};

  constructor(order: DownloadOrder, tools: DownloadTools) {
    this.#order = order;
    this.#tools = tools;
    this.#part = `${order.target}.part`;
    this.#markPath = `${this.#part}.json`;
    this.#name = basename(order.target);
  }

  async run(): Promise<Downloaded> {
    await this.#readEarlier();
    let pauseMs = PAUSE_FIRST_MS;
    for (let tries = 0; ; tries++) {
      const before = this.#done;
      try {
        await this.#fetchRest();
        return await this.#finish();
      } catch (error) {
        if (this.#tools.signal.aborted || !(error instanceof DownloadError) || !error.isPassing) throw error;
        if (this.#done > before) {
          tries = 0;
          pauseMs = PAUSE_FIRST_MS;
        }
        if (tries + 1 >= TRIES) throw new DownloadError(`${error.message}. ${this.#goesOn()}`);
        await sleep(this.#tools.clock, pauseMs);
        pauseMs = Math.min(PAUSE_MAX_MS, pauseMs * 2);
      }
    }
  }

  #goesOn(): string {
    return this.#done > 0
      ? `${printBytes(this.#done)} are kept, and the same command goes on from there`
      : 'Nothing was downloaded';
  }

  /** What an earlier try left is taken up where it is known to be of this file; its checksum is counted again. */
  async #readEarlier(): Promise<void> {
    const mark = markSchema.safeParse(await readJson(this.#markPath));
    const length = await sizeOf(this.#part);
    const isOurs = mark.success && mark.data.url === this.#order.url && !this.#order.startsAnew;
    const isTooLong = mark.success && mark.data.bytes !== undefined && length > mark.data.bytes;
    if (!isOurs || isTooLong || length === 0) return await this.#dropEarlier();
    this.#mark = mark.data;
    for await (const chunk of createReadStream(this.#part, {
      signal: this.#tools.signal,
      highWaterMark: 1024 * 1024,
    })) {
      this.#hash.update(chunk as Buffer);
      this.#done += (chunk as Buffer).length;
      this.#tools.onProgress(`Checking ${this.#name}`, this.#done, length);
    }
  }

  async #dropEarlier(): Promise<void> {
    await rm(this.#part, { force: true });
    await rm(this.#markPath, { force: true });
    this.#hash = createHash('sha256');
    this.#done = 0;
    this.#mark = undefined;
  }

  async #fetchRest(): Promise<void> {
    if (this.#mark?.bytes !== undefined && this.#done === this.#mark.bytes) return;
    const stall = new AbortController();
    this.#watchStall = () => this.#tools.clock.after(STALL_MS, () => stall.abort());
    const opened = await this.#open(stall.signal);
    try {
      const total = await this.#begin(opened);
      await this.#checkDisk(total);
      await this.#receive(opened.response, total);
    } finally {
      await opened.response.body?.cancel().catch(() => undefined);
    }
  }

  async #open(stall: AbortSignal): Promise<OpenedDownload> {
    const { url, token } = this.#order;
    const signal = AbortSignal.any([this.#tools.signal, stall]);
    const headers = this.#done > 0 ? this.#rangeHeaders() : {};
    const endWatch = this.#watchStall();
    try {
      return await openDownload({ url, ...(token && { token }), headers }, { ...this.#tools, signal });
    } catch (error) {
      if (!stall.aborted || this.#tools.signal.aborted) throw error;
      throw new DownloadError(`${new URL(url).host} does not answer`, true);
    } finally {
      endWatch();
    }
  }

  #rangeHeaders(): Readonly<Record<string, string>> {
    const validator = this.#mark?.etag ?? this.#mark?.lastModified;
    return { range: `bytes=${this.#done}-`, ...(validator !== undefined && { 'if-range': validator }) };
  }

  /** Makes sure that what comes is what was asked for; returns the length of the whole file. */
  async #begin(opened: OpenedDownload): Promise<number | undefined> {
    const { response, sha256 } = opened;
    const { status, headers } = response;
    if (status !== 200 && status !== 206) throw refusalOf(status, this.#order);
    if (headers.get('content-encoding') && headers.get('content-encoding') !== 'identity')
      throw new DownloadError(`${this.#order.url} is sent packed, so that its length cannot be checked`);
    const total = status === 206 ? totalOfRange(headers.get('content-range'), this.#done) : lengthOf(headers);
    const now = markOf(this.#order.url, opened, total);
    const earlier = this.#mark;
    if (status === 206) {
      if (this.#done === 0 || total === undefined)
        throw new DownloadError(`${this.#order.url} answers with other bytes than were asked for`);
      if (isChanged(earlier, now)) throw this.#changed();
      // Nothing says that it is the same file, and no checksum would tell afterwards.
      if (!hasValidator(earlier) && sha256 === undefined && !this.#order.sha256) return await this.#anew();
      return total;
    }
    if (this.#done > 0) {
      if (isChanged(earlier, now)) throw this.#changed();
      // The same file, from a server that cannot begin in the middle.
      await this.#dropEarlier();
    }
    this.#mark = now;
    await writeJson(this.#markPath, now);
    return total;
  }

  async #anew(): Promise<never> {
    await this.#dropEarlier();
    throw new DownloadError('The server does not say whether the file is still the same', true);
  }

  #changed(): DownloadError {
    return new DownloadError(
      `${this.#name} changed on the server since its download began: --force throws away the ${printBytes(this.#done)} that are here and begins anew`,
    );
  }

  async #checkDisk(total: number | undefined): Promise<void> {
    if (total === undefined) return;
    const { bavail, bsize } = await statfs(dirname(this.#order.target));
    const needed = total - this.#done + DISK_RESERVE_BYTES;
    if (bavail * bsize >= needed) return;
    throw new DownloadError(
      `not enough room on the disk of ${dirname(this.#order.target)}: ${printBytes(needed)} are needed, ${printBytes(bavail * bsize)} are free`,
    );
  }

  async #receive(response: Response, total: number | undefined): Promise<void> {
    const file = await open(this.#part, this.#done > 0 ? 'r+' : 'w', 0o600);
    let isTooLong = false;
    try {
      isTooLong = !(await this.#write(file, response, total));
    } finally {
      await file.close();
    }
    if (isTooLong) {
      await this.#dropEarlier();
      throw new DownloadError(`${this.#name} is longer than the ${printBytes(total!)} that its server said: not kept`);
    }
    if (total !== undefined && this.#done < total) throw this.#brokenOff(total);
  }

  /** False when more comes than was said. */
  async #write(file: FileHandle, response: Response, total: number | undefined): Promise<boolean> {
    const what = `Downloading ${this.#name}`;
    this.#tools.onProgress(what, this.#done, total);
    let endWatch = this.#watchStall();
    try {
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        endWatch();
        if (total !== undefined && this.#done + chunk.length > total) return false;
        await file.write(chunk, 0, chunk.length, this.#done);
        this.#hash.update(chunk);
        this.#done += chunk.length;
        this.#tools.onProgress(what, this.#done, total);
        endWatch = this.#watchStall();
      }
      return true;
    } catch (error) {
      if (this.#tools.signal.aborted) throw this.#tools.signal.reason;
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
        throw new DownloadError(`the disk is full. ${this.#goesOn()}`);
      throw this.#brokenOff(total);
    } finally {
      endWatch();
    }
  }

  #brokenOff(total: number | undefined): DownloadError {
    const of = total === undefined ? '' : ` of ${printBytes(total)}`;
    return new DownloadError(`the download of ${this.#name} was broken off after ${printBytes(this.#done)}${of}`, true);
  }

  async #finish(): Promise<Downloaded> {
    const sha256 = this.#hash.digest('hex');
    const expected = await this.#expected();
    if (expected && expected.hex !== sha256) {
      await this.#dropEarlier();
      throw new DownloadError(
        `${this.#name} has the wrong checksum and was deleted: ${expected.from} says ${expected.hex}, and it is ${sha256}`,
      );
    }
    const file = await open(this.#part, 'r+');
    await file.sync();
    await file.close();
    await chmod(this.#part, 0o600);
    await rename(this.#part, this.#order.target);
    await rm(this.#markPath, { force: true });
    return { bytes: this.#done, sha256, ...(expected && { checkedBy: expected.from }) };
  }

  async #expected(): Promise<{ readonly hex: string; readonly from: ChecksumSource } | undefined> {
    if (this.#order.sha256) return this.#order.sha256;
    if (this.#mark?.sha256 !== undefined) return { hex: this.#mark.sha256, from: 'the server' };
    const hex = await askNeighbour(this.#order, this.#tools);
    return hex === undefined ? undefined : { hex, from: 'the file beside it' };
  }
}

function markOf(url: string, { response, sha256 }: OpenedDownload, bytes: number | undefined): Mark {
  const etag = response.headers.get('etag');
  const lastModified = response.headers.get('last-modified');
  return {
    url,
    ...(etag !== null && !etag.startsWith('W/') && { etag }),
    ...(lastModified !== null && { lastModified }),
    ...(bytes !== undefined && { bytes }),
    ...(sha256 !== undefined && { sha256 }),
  };
}

function hasValidator(mark: Mark | undefined): boolean {
  return mark?.etag !== undefined || mark?.lastModified !== undefined;
}

function isChanged(earlier: Mark | undefined, now: Mark): boolean {
  if (!earlier) return false;
  const fields =
    earlier.etag === undefined
      ? (['sha256', 'bytes', 'lastModified'] as const)
      : (['sha256', 'bytes', 'etag'] as const);
  return fields.some(
    (field) => earlier[field] !== undefined && now[field] !== undefined && earlier[field] !== now[field],
  );
}

function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** `bytes 100-199/200` → 200, when it begins where we are. */
function totalOfRange(text: string | null, start: number): number | undefined {
  const match = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(text ?? '');
  return match && Number(match[1]) === start ? Number(match[2]) : undefined;
}

function refusalOf(status: number, { url, token }: DownloadOrder): DownloadError {
  const { host } = new URL(url);
  if (status === 401 || status === 403)
    return new DownloadError(
      `${host} refuses to hand it out (${status}): ${token ? 'has your account access to it?' : 'if it is the model hub, accept its terms there and set HF_TOKEN'}`,
    );
  if (status === 404 || status === 410) return new DownloadError(`${host} has no such file (${status})`);
  if (status === 416) return new DownloadError(`${host} has less of it than it said: --force begins anew`);
  return new DownloadError(`${host} answered ${status}`, status === 408 || status === 429 || status >= 500);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readJson(path: string): Promise<unknown> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return value;
  } catch {
    return undefined;
  }
}

async function writeJson(path: string, value: object): Promise<void> {
  const file = await open(path, 'w', 0o600);
  await file.writeFile(JSON.stringify(value));
  await file.close();
}
