/**
 * `bun run-tied.ts PROGRAM PARAMETERS…`: runs a program that must not outlive the gateway and does not watch for that itself.
 * The gateway holds the other end of our standard input: when it is gone, however it went, so is the program. Prints one
 * line with the program's process id among what the program prints, and ends as it ends.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { systemClock } from '../base/clock.ts';
import { endProcess } from '../base/end-process.ts';

/** Then it is not asked any more. */
const GRACE_MS = 3_000;

const [program, ...parameters] = process.argv.slice(2);
if (program === undefined) {
  process.stderr.write('run-tied: no program was named\n');
  process.exit(2);
}
const [first, ...rest] = [...bond(), program, ...parameters];
const child = spawn(first!, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  process.stderr.write(`${program} cannot be started: ${error.message}\n`);
  void endProcess(127);
});
child.once('exit', (code, signal) => void endProcess(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
// On a line of its own, also where the program has begun one.
process.stdout.write(`\n${JSON.stringify({ tied: child.pid })}\n`);

const leave = () => end(child);
process.stdin.on('end', leave);
process.stdin.on('close', leave);
process.stdin.on('error', leave);
process.stdin.resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, leave);

/** On Linux the kernel ends the program also when we are killed ourselves. */
function bond(): readonly string[] {
  if (process.platform !== 'linux') return [];
  const bonded = ['--pdeathsig', 'SIGKILL'];
  return spawnSync('setpriv', [...bonded, 'true']).status === 0 ? ['setpriv', ...bonded] : [];
}

function end(running: ChildProcess): void {
  running.kill('SIGTERM');
  systemClock.after(GRACE_MS, () => running.kill('SIGKILL'));
}
