import type { CliTools } from './cli-tools.ts';

export interface Command {
  /** As it is typed after `trunkline`, such as `keys create`. */
  readonly name: string;
  readonly summary: string;
  /** Arguments and options after the name, such as `<generation id>`. */
  readonly usage?: string;
  readonly options: CommandOptions;
  readonly argumentsMin?: number;
  readonly argumentsMax?: number;
  /** Further lines of `--help`. */
  readonly notes?: readonly string[];
  /** Returns the exit code. */
  run(call: CommandCall, tools: CliTools): Promise<number>;
}

export type CommandOptions = Readonly<Record<string, CommandOption>>;

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** Name of the value in `--help`, such as `usd`. */
  readonly value?: string;
  readonly help: string;
}

export interface CommandCall {
  readonly arguments: readonly string[];
  text(option: string): string | undefined;
  has(option: string): boolean;
}

/** The person typed something that can't be meant: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const JSON_OPTION: CommandOptions = {
  json: { type: 'boolean', help: 'print JSON instead of a table' },
};
