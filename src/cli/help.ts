import { type Command, UsageError } from './command.ts';

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  const lines = commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return [
    'Trunkline: one OpenAI-compatible endpoint over hosted and local models.',
    '',
    'Usage: trunkline <command> [options]',
    '',
    ...lines,
    '',
    'Each command explains itself: trunkline <command> --help',
    '',
  ].join('\n');
}

/** Help of one command (`['keys', 'create']`) or of a family of them (`['keys']`). */
export function helpFor(commands: readonly Command[], words: readonly string[]): string {
  const name = words.join(' ');
  const command = commands.find((command) => command.name === name);
  if (command) return describe(command);
  const family = commands.filter((command) => command.name.startsWith(`${name} `));
  if (family.length === 0) throw new UsageError(`there is no command '${name}'. See \`trunkline help\`.`);
  return family.map(describe).join('\n');
}

export function hasAnyWord(commands: readonly Command[], word: string): boolean {
  return commands.some((command) => command.name.split(' ')[0] === word);
}

function describe(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => ({
    left: `--${name}${option.value ? ` <${option.value}>` : ''}`,
    help: option.help,
  }));
  const width = Math.max(0, ...options.map((option) => option.left.length));
  const usage = [command.name, command.usage, options.length > 0 ? '[options]' : undefined].filter(Boolean).join(' ');
  return [
    `Usage: trunkline ${usage}`,
    `  ${command.summary}`,
    ...options.map((option) => `  ${option.left.padEnd(width)}  ${option.help}`),
    ...(command.notes ?? []).map((note) => `  ${note}`),
    '',
  ].join('\n');
}
