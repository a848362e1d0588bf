import { join } from 'node:path';
import { makeCliTools } from './assembly/cli-tools.ts';
import { jsonLog } from './assembly/json-log.ts';
import { serve } from './assembly/serve.ts';
import { readSettings, type Settings, SettingsError } from './assembly/settings.ts';
import { systemClock } from './base/clock.ts';
import { endProcess } from './base/end-process.ts';
import type { LogLevel } from './base/log.ts';
import { runCommand } from './cli/run-command.ts';

const LAUNCHER_LOOK_MS = 1_000;
const ECHO_MS = 1_000;
const LOG_READER_MS = 2_000;
const NOT_UNDERSTOOD = 2;

/** Resolves with the reason why the process should end: a signal, or the launcher that started it is gone. */
function whenStopped(): Promise<string> {
  return new Promise((resolve) => {
    let askedMs: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        const nowMs = systemClock.monotonicMs();
        // Whoever asks twice does not want to wait for streams. A group's signal arrives twice too, once through the launcher.
        if (askedMs !== undefined && nowMs - askedMs > ECHO_MS) process.exit(130);
        askedMs ??= nowMs;
        resolve(signal);
      });
    }
    const launcher = Number(process.env.TRUNKLINE_LAUNCHER_PID);
    if (launcher > 0) {
      systemClock.every(LAUNCHER_LOOK_MS, () => {
        if (process.ppid !== launcher) resolve('the launcher is gone');
      });
    }
  });
}

// With a proxy set, calls to engines on this very machine would leave it.
process.env.NO_PROXY = [process.env.NO_PROXY, '127.0.0.1,localhost,::1'].filter(Boolean).join(',');

/** A command's output is worth any wait; a server's log is not worth that it never ends. */
let patienceMs: number | undefined;
const out = (text: string): void => void process.stdout.write(text);
const err = (text: string): void => void process.stderr.write(text);

/** Settings come before any command, so nobody else tells what is wrong with them. */
function readOwnSettings(): Settings | undefined {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    err(`trunkline: ${error.message}\n`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const settings = readOwnSettings();
  if (!settings) return NOT_UNDERSTOOD;
  const log = jsonLog(systemClock, (process.env.TRUNKLINE_LOG || 'info') as LogLevel, err);
  const installation = join(import.meta.dir, '..');
  const tools = makeCliTools({
    settings,
    installation,
    out,
    err,
    terminal: {
      isTty: process.stdout.isTTY === true,
      ...(process.env.NO_COLOR !== undefined && { noColor: process.env.NO_COLOR }),
    },
    serve: () => {
      patienceMs = LOG_READER_MS;
      return serve({ settings, log, installation, out, stopped: whenStopped() });
    },
  });
  return await runCommand(process.argv.slice(2), tools);
}

await endProcess(await main(), patienceMs);
