import type { ProviderRow } from './cli-tools.ts';
import { type Command, JSON_OPTION } from './command.ts';
import { type Column, layTable, plural, printJson } from './print-table.ts';

export const providers: Command = {
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
