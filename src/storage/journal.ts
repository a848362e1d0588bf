import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { Journal, OpenGeneration } from '../billing/journal.ts';
import type { LedgerStore } from '../billing/ledger-store.ts';
import { DataRefused } from './database.ts';
import type { Line } from './journal-lines.ts';
import { lockJournal } from './journal-lock.ts';
import { JournalSegments, type Place } from './journal-segments.ts';
import { type PendingRecord, PendingRecords } from './pending-records.ts';
import { recordFromJson, recordToJson } from './record-json.ts';

export interface JournalOptions {
  /** Of the journal alone. */
  readonly directory: string;
  readonly store: Pick<LedgerStore, 'settle'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly drainEveryMs: number;
  /** Whose leases charges are taken from. Absent: an id of its own, kept in the directory. */
  readonly replicaId?: string;
  /** A file is closed when it has grown to this. */
  readonly segmentBytes?: number;
  /** More pending records than this are kept as places in the files only. */
  readonly inMemoryMax?: number;
}

const SEGMENT_BYTES = 8 * 1024 * 1024;
const IN_MEMORY_MAX = 50_000;
const DRAIN_RECORDS_MAX = 200;
/** What a loss of power, unlike a killed process, may cost at most. */
const SYNC_EVERY_MS = 100;
const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 10_000;
/** An open generation's checkpoint is copied forward when its file is this many files old, so that old files can go. */
const CARRY_AFTER_SEGMENTS = 4;

/**
 * Opens the journal of a directory and takes up what earlier processes left there. A written line survives SIGKILL, because the
 * operating system has it when `append` returns; it survives a loss of power at the latest 100 ms later, when the file is synced
 * in the background. Throws `JournalInUse` when another process has the directory.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const lock = lockJournal(options.directory);
  try {
    return new FileJournal(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

class FileJournal implements Journal {
  readonly replicaId: string;
  readonly #options: JournalOptions;
  readonly #lock: { release(): void };
  readonly #segments: JournalSegments;
  readonly #pending: PendingRecords;
  /** The newest checkpoint of each generation that has begun and isn't settled. */
  readonly #open = new Map<string, Place>();
  readonly #leftOpen: readonly OpenGeneration[];
  readonly #stops: readonly (() => void)[];
  #draining: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #retryAfterMs = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: JournalOptions, lock: { release(): void }) {
    const { directory, clock, log } = options;
    this.#options = options;
    this.#lock = lock;
    this.replicaId = options.replicaId ?? keptReplicaId(directory);
    this.#pending = new PendingRecords(options.inMemoryMax ?? IN_MEMORY_MAX);
    this.#segments = new JournalSegments({
      directory,
      replicaId: this.replicaId,
      bytesMax: options.segmentBytes ?? SEGMENT_BYTES,
      log,
    });
    this.#leftOpen = this.#takeUp();
    this.#segments.deleteFinished();
    this.#stops = [
      clock.every(SYNC_EVERY_MS, () => this.#sync()),
      clock.every(options.drainEveryMs, () => {
        if (clock.monotonicMs() >= this.#retryAtMs) void this.drain();
      }),
    ];
  }

  get pendingCount(): number {
    return this.#pending.count;
  }

  append(record: GenerationRecord): void {
    assert(!this.#isClosed, 'append to a closed journal');
    if (this.#pending.has(record.id)) {
      // The first one stands, as it would in storage.
      this.#options.log.write('error', 'generation settled twice', { id: record.id });
      return;
    }
    const place = this.#write('s', recordToJson(record));
    place.segment.undrained++;
    this.#pending.add(record, place);
    this.#closeCheckpoint(record.id);
  }

  checkpoint(open: OpenGeneration): void {
    assert(!this.#isClosed, 'checkpoint in a closed journal');
    this.#noteCheckpoint(open.record.id, this.#write('c', recordToJson(open.record)));
  }

  pending(): readonly GenerationRecord[] {
    return this.#pending.records();
  }

  findPending(id: string): GenerationRecord | undefined {
    const pending = this.#pending.find(id);
    return pending && this.#recordOf(pending);
  }

  pendingSpending(keyHash: string): bigint {
    return this.#pending.keySpending(keyHash);
  }

  pendingAccountSpending(accountId: string): bigint {
    return this.#pending.accountSpending(accountId);
  }

  leftOpen(): readonly OpenGeneration[] {
    return this.#leftOpen;
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    for (const stop of this.#stops) stop();
    await this.drain();
    this.#isClosed = true;
    await this.#syncing;
    await this.#segments.close();
    this.#segments.deleteFinished(true);
    this.#lock.release();
  }

  #write(kind: 's' | 'c' | 'd', json: string): Place {
    if (this.#segments.isFull()) {
      this.#segments.rotate();
      this.#carryForward();
    }
    return this.#segments.write(kind, json);
  }

  #noteCheckpoint(id: string, place: Place): void {
    this.#closeCheckpoint(id);
    this.#open.set(id, place);
    place.segment.open++;
  }

  #closeCheckpoint(id: string): void {
    const place = this.#open.get(id);
    if (!place) return;
    this.#open.delete(id);
    place.segment.open--;
  }

  #carryForward(): void {
    const newest = this.#segments.current?.number ?? 0;
    for (const [id, place] of [...this.#open]) {
      if (place.segment.number > newest - CARRY_AFTER_SEGMENTS) continue;
      const line = this.#segments.read(place);
      if (line) this.#noteCheckpoint(id, this.#segments.write('c', line.json));
    }
  }

  /** Reads the files of earlier processes: what is settled and not drained is pending, what is open and not settled is left open. */
  #takeUp(): readonly OpenGeneration[] {
    const settled = new Set<string>();
    this.#segments.open((line, segment) => {
      const place = { segment, offset: line.offset, length: line.length };
      if (line.kind === 'd') this.#forgetDrained(line);
      else this.#takeUpRecord(line, place, settled);
    });
    return [...this.#open.values()].flatMap((place) => {
      const line = this.#segments.read(place);
      return line ? [{ record: recordFromJson(line.json) }] : [];
    });
  }

  #takeUpRecord(line: Line, place: Place, settled: Set<string>): void {
    const record = this.#parse(line);
    if (!record || settled.has(record.id)) return;
    if (line.kind === 'c') {
      this.#noteCheckpoint(record.id, place);
      return;
    }
    settled.add(record.id);
    this.#closeCheckpoint(record.id);
    place.segment.undrained++;
    this.#pending.add(record, place);
  }

  #parse(line: Line): GenerationRecord | undefined {
    try {
      return recordFromJson(line.json);
    } catch (error) {
      this.#setAside(line.json, error);
      return undefined;
    }
  }

  #forgetDrained(line: Line): void {
    const mark: unknown = JSON.parse(line.json);
    if (!isDrainMark(mark)) return;
    for (;;) {
      const [first] = this.#pending.oldest(1);
      if (!first) return;
      const { segment, offset } = first.place;
      const isDrained = segment.number < mark.segment || (segment.number === mark.segment && offset <= mark.offset);
      if (!isDrained) return;
      this.#forget(first);
    }
  }

  #forget(pending: PendingRecord): void {
    this.#pending.remove(pending);
    pending.place.segment.undrained--;
  }

  async #drainAll(): Promise<void> {
    for (;;) {
      const batch = this.#pending.oldest(DRAIN_RECORDS_MAX);
      if (batch.length === 0) return;
      try {
        await this.#keep(batch);
      } catch (error) {
        this.#backOff(error);
        return;
      }
      if (this.#retryAfterMs > 0) this.#options.log.write('info', 'storage takes records again', {});
      this.#retryAfterMs = 0;
      for (const pending of batch) this.#forget(pending);
      this.#markDrained(batch.at(-1)!.place);
      this.#segments.deleteFinished();
    }
  }

  /** A record that storage will never take is set aside, so that those behind it don't wait for ever. */
  async #keep(batch: readonly PendingRecord[]): Promise<void> {
    const records = batch.flatMap((pending) => this.#recordOf(pending) ?? []);
    const replicaId = batch[0]!.place.segment.replicaId;
    try {
      await this.#options.store.settle(records, replicaId);
    } catch (error) {
      if (!(error instanceof DataRefused)) throw error;
      if (batch.length > 1) {
        const half = batch.length >> 1;
        await this.#keep(batch.slice(0, half));
        await this.#keep(batch.slice(half));
        return;
      }
      for (const record of records) this.#setAside(recordToJson(record), error);
    }
  }

  #recordOf(pending: PendingRecord): GenerationRecord | undefined {
    if (pending.record) return pending.record;
    const line = this.#segments.read(pending.place);
    if (!line) this.#options.log.write('error', 'journal line cannot be read again', { id: pending.id });
    return line && this.#parse(line);
  }

  #setAside(json: string, error: unknown): void {
    appendFileSync(join(this.#options.directory, 'refused.jsonl'), `${json}\n`, { mode: 0o600, flush: true });
    this.#options.log.write('error', 'record set aside in refused.jsonl', { reason: reasonOf(error) });
  }

  #markDrained({ segment, offset }: Place): void {
    try {
      this.#write('d', JSON.stringify({ segment: segment.number, offset }));
    } catch (error) {
      // Without the mark the records are drained once more at the next start, which changes nothing.
      this.#options.log.write('warn', 'journal cannot note what is drained', { reason: reasonOf(error) });
    }
  }

  #backOff(error: unknown): void {
    const { clock, log } = this.#options;
    this.#retryAfterMs = Math.min(RETRY_LAST_MS, Math.max(RETRY_FIRST_MS, this.#retryAfterMs * 2));
    this.#retryAtMs = clock.monotonicMs() + this.#retryAfterMs;
    log.write('warn', 'storage takes no records, they wait in the journal', {
      pending: this.#pending.count,
      retryAfterMs: this.#retryAfterMs,
      reason: reasonOf(error),
    });
  }

  #sync(): void {
    this.#syncing ??= this.#segments.sync().finally(() => {
      this.#syncing = undefined;
    });
  }
}

function isDrainMark(value: unknown): value is { segment: number; offset: number } {
  if (typeof value !== 'object' || value === null || !('segment' in value) || !('offset' in value)) return false;
  return typeof value.segment === 'number' && typeof value.offset === 'number';
}

function keptReplicaId(directory: string): string {
  const path = join(directory, 'replica-id');
  try {
    const kept = readFileSync(path, 'utf8').trim();
    if (/^[0-9A-Za-z]{22}$/.test(kept)) return kept;
  } catch {
    // The first process on this directory.
  }
  const replicaId = randomText(22);
  writeFileSync(path, `${replicaId}\n`, { mode: 0o600, flush: true });
  return replicaId;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
