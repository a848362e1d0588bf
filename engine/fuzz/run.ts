/**
 * `npm run fuzz-models [-- COUNT [FIRST]]`: damaged model files, each made from its number. Every one must be refused with
 * a reason or answer; the process that tries them is watched, so that a crash or a hang is found with its number, too.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Progress } from './try-files.ts';

const COUNT = 10_000;
/** Any file is opened and asked in well under a second, on a machine that does nothing else. */
const FILE_MS_MAX = 60_000;
const PROCESS_BYTES_MAX = 1 << 30;

const [count = COUNT, first = 1] = process.argv.slice(2).map(Number);
const startedMs = performance.now();
const totals = new Map<string, number>();
const failures: string[] = [];
let peakBytes = 0;
let slowestMs = 0;
for (let next = first; next < first + count; ) next = await tryFrom(next);
report();

/** Runs a process until it ends; returns the number to go on with. */
async function tryFrom(from: number): Promise<number> {
  const end = first + count;
  const child = spawn(process.execPath, [join(import.meta.dir, 'try-files.ts'), String(from), String(end)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let number = from;
  const hang = () => {
    failures.push(`file ${number}: no answer within ${FILE_MS_MAX / 1000} s`);
    child.kill('SIGKILL');
  };
  let watch = setTimeout(hang, FILE_MS_MAX);
  child.on('message', (progress: Progress) => {
    clearTimeout(watch);
    watch = setTimeout(hang, FILE_MS_MAX);
    number = progress.number + 1;
    count1(progress);
  });
  const ending = await new Promise<unknown>((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  clearTimeout(watch);
  if (number < end && !failures.at(-1)?.startsWith(`file ${number}:`)) {
    failures.push(`file ${number}: the process ended with ${ending}`);
  }
  return number < end ? number + 1 : end;
}

function count1({ number, what, outcome, ms, residentBytes }: Progress): void {
  const form = what.split(':')[0]!;
  const key = `${form} ${outcome}`;
  totals.set(key, (totals.get(key) ?? 0) + 1);
  peakBytes = Math.max(peakBytes, residentBytes);
  slowestMs = Math.max(slowestMs, ms);
  if (outcome === 'failed') failures.push(`file ${number}: ${what}`);
}

function report(): void {
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(`${count} damaged files from number ${first}, in ${seconds} s`);
  for (const [key, number] of [...totals].sort()) console.log(`  ${key.padEnd(20)} ${number}`);
  console.log(
    `slowest file ${Math.round(slowestMs)} ms, most memory of the process ${Math.round(peakBytes / 2 ** 20)} MiB`,
  );
  if (peakBytes > PROCESS_BYTES_MAX) failures.push('the process took more than 1 GiB');
  for (const failure of failures) console.log(failure);
  console.log(
    failures.length === 0 ? 'no crash, no hang, nothing thrown without a reason' : `${failures.length} failures`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}
