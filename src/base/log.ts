import type { Json } from './json.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One JSON line per entry. Fields must be free of prompts, answers and secrets: nothing here filters them. */
export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, Json>>): void;
}

export const silentLog: Log = { write() {} };
