import type { Clock } from '../base/clock.ts';
import type { Log, LogLevel } from '../base/log.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** JSON lines on standard error, so that standard output stays free for what a person asked for. */
export function jsonLog(clock: Clock, level: LogLevel, write: (line: string) => void): Log {
  return {
    write(of, message, fields) {
      if (RANK[of] < RANK[level]) return;
      write(`${JSON.stringify({ time: new Date(clock.nowMs()).toISOString(), level: of, message, ...fields })}\n`);
    },
  };
}
