/**
 * Keeps what verifications showed, newest first, in one file of the data folder. A file and not a table: the results are about the
 * engines of this very machine, they are few, and the command writes them without a server running.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Verification, verificationSchema } from '../contract/verification.ts';
import { writeWhole } from '../engines/local-model.ts';

export interface VerificationBook {
  /** Of one model, newest first. Throws `VerificationsError`. */
  list(model: string): readonly Verification[];
  add(verification: Verification): void;
}

/** What is wrong with the file, in words for the operator. */
export class VerificationsError extends Error {
  override readonly name = 'VerificationsError';
}

/** Each is some 20 KB; whoever checks daily keeps a month. */
const RUNS_MAX = 30;
const FILE_BYTES_MAX = 8 * 1024 * 1024;

const fileSchema = z.strictObject({ version: z.literal(1), runs: z.array(verificationSchema).max(RUNS_MAX) });

export function verificationsPath(home: string): string {
  return join(home, 'verifications.json');
}

/** Sees what another process wrote, and reads the file again only then. */
export function openVerificationBook(home: string): VerificationBook {
  const path = verificationsPath(home);
  let seen = '';
  let runs: readonly Verification[] = [];
  const read = (): readonly Verification[] => {
    const stamp = stampOf(path);
    if (stamp !== seen) {
      runs = stamp === ABSENT ? [] : readRuns(path);
      seen = stamp;
    }
    return runs;
  };
  return {
    list: (model) => read().filter((run) => run.model === model),
    add(verification) {
      // Reads, changes and writes with nothing of ours in between: two commands at once each keep the other's run.
      const kept = [verification, ...read()].slice(0, RUNS_MAX);
      writeWhole(path, `${JSON.stringify({ version: 1, runs: kept }, undefined, 1)}\n`);
    },
  };
}

const ABSENT = 'absent';

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? ABSENT : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

function readRuns(path: string): readonly Verification[] {
  let document: unknown;
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > FILE_BYTES_MAX) throw new VerificationsError('verifications.json is far too long');
    document = JSON.parse(text);
  } catch (error) {
    if (error instanceof VerificationsError) throw error;
    throw new VerificationsError(
      `verifications.json cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const parsed = fileSchema.safeParse(document);
  if (parsed.success) return parsed.data.runs;
  const [issue] = parsed.error.issues;
  throw new VerificationsError(
    `verifications.json: ${issue?.path.map(String).join('.') || '(top)'}: ${issue?.message}`,
  );
}
