import { parseArgs } from 'node:util';
import { backups } from './backup.ts';
import { claim } from './claim.ts';
import type { CliTools } from './cli-tools.ts';
import { type Command, type CommandCall, UsageError } from './command.ts';
import { credits } from './credits.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { doctorScout } from './doctor-scout.ts';
import { explain } from './explain.ts';
import { hasAnyWord, helpFor, overview } from './help.ts';
import { keys } from './keys.ts';
import { models } from './models.ts';
import { modelsAdd } from './models-add.ts';
import { localModels } from './models-local.ts';
import { printableLines } from './print-table.ts';
import { providers } from './providers.ts';
import { users } from './users.ts';

const SUCCESS = 0;
const FAILURE = 1;
const USAGE = 2;

const serve: Command = {
  name: 'serve',
  summary: 'run the exchange until it is stopped',
  options: {},
  notes: [
    'Set by environment: TRUNKLINE_HOST, TRUNKLINE_PORT, TRUNKLINE_HOME, TRUNKLINE_CONFIG,',
    'TRUNKLINE_DATABASE_URL.',
  ],
  run: (_, tools) => tools.serve(),
};

const version: Command = {
  name: 'version',
  summary: 'print the version',
  options: {},
  async run(_, tools) {
    tools.out(`trunkline ${tools.version}\n`);
    return SUCCESS;
  },
};

const help: Command = {
  name: 'help',
  summary: 'explain a command',
  usage: '[command]',
  options: {},
  argumentsMax: 2,
  async run(call, tools) {
    tools.out(call.arguments.length > 0 ? helpFor(COMMANDS, call.arguments) : overview(COMMANDS));
    return SUCCESS;
  },
};

/** A name of two words stands before its first word alone, or it would never be found. */
const COMMANDS: readonly Command[] = [
  ...[
    serve,
    ...keys,
    modelsAdd,
    ...localModels,
    models,
    ...providers,
    ...credits,
    explain,
    ...demo,
    claim,
    ...users,
    ...backups,
    doctorScout,
    doctor,
    version,
    help,
  ],
];

/** The other door: runs one command and returns its exit code: 0 done, 1 failed, 2 not understood. */
export async function runCommand(args: readonly string[], tools: CliTools): Promise<number> {
  try {
    return await run(args, tools);
  } catch (error) {
    // What was typed, or what a server said, often stands in it.
    tools.err(`trunkline: ${printableLines(error instanceof Error ? error.message : String(error))}\n`);
    return error instanceof UsageError ? USAGE : FAILURE;
  }
}

async function run(args: readonly string[], tools: CliTools): Promise<number> {
  const first = args[0] ?? 'help';
  if (first === '--version' || first === '-v') return version.run(NO_CALL, tools);
  if (first === '--help' || first === '-h') return help.run(NO_CALL, tools);
  const command = COMMANDS.find((command) => startsWith(args, command.name)) ?? (args.length === 0 ? help : undefined);
  if (!command) return runUnknown(args, tools);
  const rest = args.slice(command.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    tools.out(helpFor(COMMANDS, command.name.split(' ')));
    return SUCCESS;
  }
  return command.run(readCall(command, rest), tools);
}

/** `keys`, `keys --help` and `keys x` have no command of their own, but their family is known. */
function runUnknown(args: readonly string[], tools: CliTools): number {
  const word = args[0]!;
  if (!hasAnyWord(COMMANDS, word)) throw new UsageError(`there is no command '${word}'. See \`trunkline help\`.`);
  const isAsked = args.includes('--help') || args.includes('-h');
  (isAsked ? tools.out : tools.err)(helpFor(COMMANDS, [word]));
  return isAsked ? SUCCESS : USAGE;
}

function startsWith(args: readonly string[], name: string): boolean {
  return name.split(' ').every((word, i) => args[i] === word);
}

const NO_CALL: CommandCall = { arguments: [], text: () => undefined, has: () => false };

function readCall(command: Command, rest: readonly string[]): CommandCall {
  const options = Object.fromEntries(Object.entries(command.options).map(([name, { type }]) => [name, { type }]));
  const { values, positionals } = parse(command, rest, options);
  const { argumentsMin = 0, argumentsMax = argumentsMin } = command;
  if (positionals.length < argumentsMin) throw new UsageError(`\`${command.name}\` needs ${command.usage ?? 'more'}.`);
  if (positionals.length > argumentsMax)
    throw new UsageError(`\`${command.name}\` does not take '${positionals[argumentsMax]}'.`);
  return {
    arguments: positionals,
    text: (name) => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
    has: (name) => values[name] === true,
  };
}

function parse(command: Command, rest: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args: [...rest], options, strict: true, allowPositionals: true });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '').replace(/\.$/, '') : String(error);
    throw new UsageError(`${reason}. See \`trunkline ${command.name} --help\`.`);
  }
}
