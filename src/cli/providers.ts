import { plural } from '../base/plural.ts';
import type { ProviderRow } from './cli-tools.ts';
import { type Command, JSON_OPTION, UsageError } from './command.ts';
import { type Column, layTable, printable, printJson } from './print-table.ts';

const list: Command = {
  name: 'providers',
  summary: 'show who runs models, and which key would connect them',
  options: { connected: { type: 'boolean', help: 'only connected ones' }, ...JSON_OPTION },
  async run(call, tools) {
    const all = await tools.listProviders();
    const rows = call.has('connected') ? all.filter((row) => row.connected) : all;
    if (call.has('json')) tools.out(printJson(rows.map(providerJson)));
    else if (rows.length === 0)
      tools.out('No provider is connected. Set one of the variables in `trunkline providers`.\n');
    else {
      tools.out(layTable(COLUMNS, rows, tools.terminal));
      tools.out(`${plural(rows.length, 'provider')}, ${rows.filter((row) => row.connected).length} connected.\n`);
    }
    return 0;
  },
};

const KEY_LENGTH_MAX = 10_000;

const connect: Command = {
  name: 'providers connect',
  summary: 'keep a key of a provider, encrypted; read from standard input',
  usage: '<provider id>',
  options: {},
  argumentsMin: 1,
  notes: ['For example: trunkline providers connect groq < key.txt', 'A running server uses it within seconds.'],
  async run(call, tools) {
    const id = call.arguments[0]!;
    const find = async () => (await tools.listProviders()).find((row) => row.id === id);
    const known = await find();
    if (!known) throw new Error(`there is no provider '${printable(id)}'. See \`trunkline providers\`.`);
    if (known.isLocal) throw new Error(`${known.name} runs on this machine and takes no key.`);
    const key = (await tools.readInput()).trim();
    if (key.length > KEY_LENGTH_MAX) throw new UsageError(`a key has at most ${KEY_LENGTH_MAX} characters.`);
    // It becomes part of a header.
    if (key === '' || /[\s\p{C}]/u.test(key))
      throw new UsageError('`providers connect` reads one key from standard input.');
    await tools.saveProviderKey(id, key);
    const name = printable(known.name);
    tools.out(`Kept the key of ${name}.\n`);
    if (!(await find())?.connected)
      tools.out(`${name} is not connected yet: it needs more than a key, or is switched off in the configuration.\n`);
    return 0;
  },
};

const disconnect: Command = {
  name: 'providers disconnect',
  summary: 'forget the kept key of a provider',
  usage: '<provider id>',
  options: {},
  argumentsMin: 1,
  async run(call, tools) {
    const id = call.arguments[0]!;
    if (!(await tools.deleteProviderKey(id))) throw new Error(`no key of '${printable(id)}' is kept.`);
    tools.out(`Forgot the key of ${printable(id)}.\n`);
    return 0;
  },
};

/** The longer names first: the first command whose words match is run. */
export const providers: readonly Command[] = [connect, disconnect, list];

const COLUMNS: readonly Column<ProviderRow>[] = [
  { title: 'PROVIDER', cell: (provider) => provider.id },
  { title: 'NAME', cell: (provider) => provider.name, shrinks: true },
  { title: 'CONNECTED', cell: (provider) => (provider.connected ? 'yes' : 'no') },
  { title: 'ENDPOINTS', cell: (provider) => String(provider.endpoints), align: 'right' },
  {
    title: 'CONNECTED BY',
    cell: (provider) => (provider.isLocal ? 'local engine' : provider.environmentKeys.join(' or ') || '-'),
    shrinks: true,
  },
];

function providerJson(provider: ProviderRow) {
  return {
    id: provider.id,
    name: provider.name,
    connected: provider.connected,
    local: provider.isLocal,
    endpoints: provider.endpoints,
    environment_keys: provider.environmentKeys,
  };
}
