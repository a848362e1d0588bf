import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import type { MachineReaders } from '../engines/machine-memory.ts';

/** A driver that hangs must not hold anybody up. */
const RUN_MS = 5_000;
const OUTPUT_BYTES_MAX = 256 * 1024;

export function machineReaders(): MachineReaders {
  return {
    platform: process.platform,
    totalBytes: totalmem(),
    freeBytes: freemem(),
    readText(path) {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
    run: (program, parameters) =>
      new Promise((resolve) => {
        const limits = { timeout: RUN_MS, maxBuffer: OUTPUT_BYTES_MAX };
        execFile(program, [...parameters], limits, (error, out, err) => resolve(error ? undefined : out + err));
      }),
  };
}
