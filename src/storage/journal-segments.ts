import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { decodeLine, type Line, LineEncoder, type LineKind, scanLines } from './journal-lines.ts';

/** One append-only file. Kept while it holds a record that isn't in storage or the newest checkpoint of an open generation. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly replicaId: string;
  size: number;
  undrained: number;
  open: number;
}

export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
}

const NAME = /^segment-(\d{10})\.log$/;

/** The files of a journal, oldest first; only the last is written to. */
export class JournalSegments {
  readonly #directory: string;
  readonly #replicaId: string;
  readonly #bytesMax: number;
  readonly #log: Log;
  readonly #encoder = new LineEncoder();
  readonly #segments: Segment[] = [];
  /** Written but maybe not on disk yet. */
  #unsynced = new Set<number>();
  /** Full: to be closed after one more sync. */
  #full = new Set<number>();
  #current: Segment | undefined;
  #descriptor = -1;
  #isBroken = false;
  #hasNewFile = false;

  constructor(options: { directory: string; replicaId: string; bytesMax: number; log: Log }) {
    this.#directory = options.directory;
    this.#replicaId = options.replicaId;
    this.#bytesMax = options.bytesMax;
    this.#log = options.log;
  }

  /** Reads what earlier processes left, line by line, cutting torn ends; then begins a new file. */
  open(onLine: (line: Line, segment: Segment) => void): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const numbers = readdirSync(this.#directory).flatMap((name) => NAME.exec(name)?.[1] ?? []);
    for (const number of numbers.map(Number).sort((a, b) => a - b)) this.#scan(number, onLine);
    this.#begin();
  }

  get current(): Segment | undefined {
    return this.#current;
  }

  isFull(): boolean {
    return this.#isBroken || !this.#current || this.#current.size >= this.#bytesMax;
  }

  /** Goes on in a new file. */
  rotate(): void {
    this.#current = undefined;
    this.#begin();
  }

  /** Returns when the operating system has the line. Throws when it does not take all of it; then none of it stays. */
  write(kind: LineKind, json: string): Place {
    if (this.isFull()) this.rotate();
    const segment = this.#current!;
    const bytes = this.#encoder.encode(kind, json);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      this.#cutTail(segment);
      throw error;
    }
    this.#unsynced.add(this.#descriptor);
    const place = { segment, offset: segment.size, length: bytes.length };
    segment.size += bytes.length;
    return place;
  }

  read({ segment, offset, length }: Place): Line | undefined {
    const descriptor = openSync(segment.path, 'r');
    try {
      const bytes = Buffer.alloc(length);
      readSync(descriptor, bytes, 0, length, offset);
      return decodeLine(bytes, offset);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Deletes files from the oldest on while nothing in them is needed. In order, so that no settled line goes before its checkpoint. */
  deleteFinished(isLast = false): void {
    for (;;) {
      const segment = this.#segments[0];
      if (!segment || segment.undrained > 0 || segment.open > 0) return;
      if (segment === this.#current && !isLast) return;
      try {
        unlinkSync(segment.path);
      } catch (error) {
        this.#log.write('warn', 'journal segment cannot be deleted', { reason: String(error) });
        return;
      }
      this.#segments.shift();
    }
  }

  /** Brings what was written to the disk itself. Off this thread, since a disk may take long. */
  async sync(): Promise<void> {
    const full = this.#full;
    const descriptors = this.#unsynced.union(full);
    this.#full = new Set();
    this.#unsynced = new Set();
    for (const descriptor of descriptors) {
      const failed = await new Promise<unknown>((resolve) => fdatasync(descriptor, resolve));
      if (failed) {
        // The kernel may have dropped the unwritten pages: this file is not trusted with more.
        this.#log.write('error', 'journal cannot be synced to disk', { reason: String(failed) });
        if (descriptor === this.#descriptor) this.#isBroken = true;
      }
      if (full.has(descriptor)) closeSync(descriptor);
    }
    if (this.#hasNewFile) this.#syncDirectory();
  }

  async close(): Promise<void> {
    await this.sync();
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
    this.#current = undefined;
  }

  #begin(): void {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const path = join(this.#directory, `segment-${String(number).padStart(10, '0')}.log`);
    const before = this.#descriptor;
    this.#descriptor = openSync(path, 'ax', 0o600);
    if (before >= 0) this.#full.add(before);
    this.#current = { number, path, replicaId: this.#replicaId, size: 0, undrained: 0, open: 0 };
    this.#segments.push(this.#current);
    this.#isBroken = false;
    this.#hasNewFile = true;
    this.write('h', JSON.stringify({ replicaId: this.#replicaId }));
  }

  #scan(number: number, onLine: (line: Line, segment: Segment) => void): void {
    const path = join(this.#directory, `segment-${String(number).padStart(10, '0')}.log`);
    const bytes = readFileSync(path);
    let segment: Segment = { number, path, replicaId: this.#replicaId, size: 0, undrained: 0, open: 0 };
    const { soundLength, damaged } = scanLines(bytes, (line) => {
      if (line.kind === 'h') segment = { ...segment, replicaId: readHead(line.json) ?? segment.replicaId };
      else onLine(line, segment);
    });
    segment.size = soundLength;
    this.#segments.push(segment);
    if (soundLength < bytes.length) truncateSync(path, soundLength);
    if (damaged > 0) this.#log.write('error', 'journal has damaged lines', { segment: number, damaged });
  }

  #cutTail(segment: Segment): void {
    try {
      ftruncateSync(this.#descriptor, segment.size);
    } catch {
      this.#isBroken = true;
    }
  }

  #syncDirectory(): void {
    this.#hasNewFile = false;
    try {
      const descriptor = openSync(this.#directory, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // Some systems can't sync a directory; there the file name reaches the disk a little later.
    }
  }
}

function readHead(json: string): string | undefined {
  const head: unknown = JSON.parse(json);
  if (typeof head !== 'object' || head === null || !('replicaId' in head)) return undefined;
  return typeof head.replicaId === 'string' ? head.replicaId : undefined;
}
