import { formatUsd } from '../base/money.ts';
import { plural } from '../base/plural.ts';
import type { ModelRow } from './cli-tools.ts';
import { type Command, JSON_OPTION } from './command.ts';
import { type Column, layTable, printJson } from './print-table.ts';

export const models: Command = {
  name: 'models',
  summary: 'show what can be called, with prices and how many endpoints are connected',
  usage: '[search]',
  argumentsMax: 1,
  options: {
    author: { type: 'string', value: 'slug', help: 'only models of this author' },
    provider: { type: 'string', value: 'id', help: 'only models that this provider offers' },
    connected: { type: 'boolean', help: 'only models that would be answered now' },
    free: { type: 'boolean', help: 'only models with an endpoint at price 0' },
    ...JSON_OPTION,
  },
  async run(call, tools) {
    const [search] = call.arguments;
    const author = call.text('author');
    const provider = call.text('provider');
    const rows = await tools.listModels({
      connected: call.has('connected'),
      free: call.has('free'),
      ...(search !== undefined && { search }),
      ...(author !== undefined && { author }),
      ...(provider !== undefined && { provider }),
    });
    if (call.has('json')) tools.out(printJson(rows.map(modelJson)));
    else if (rows.length === 0) tools.out('No model matches.\n');
    else {
      const connected = rows.filter((row) => row.connectedEndpoints > 0).length;
      tools.out(layTable(COLUMNS, rows, tools.terminal));
      tools.out(`${plural(rows.length, 'model')}, ${connected} connected. Prices in USD per million tokens.\n`);
    }
    return 0;
  },
};

const COLUMNS: readonly Column<ModelRow>[] = [
  { title: 'MODEL', cell: (model) => model.id },
  { title: 'NAME', cell: (model) => model.name, shrinks: true },
  { title: 'CONTEXT', cell: (model) => model.contextTokensMax.toLocaleString('en-US'), align: 'right' },
  { title: 'INPUT', cell: (model) => perMillion(model.promptPico) ?? '-', align: 'right' },
  { title: 'OUTPUT', cell: (model) => perMillion(model.completionPico) ?? '-', align: 'right' },
  { title: 'CONNECTED', cell: (model) => `${model.connectedEndpoints} of ${model.endpoints}`, align: 'right' },
];

function perMillion(pico: bigint | undefined): string | undefined {
  return pico === undefined ? undefined : formatUsd(pico * 1_000_000n);
}

function modelJson(model: ModelRow) {
  return {
    id: model.id,
    name: model.name,
    context_length: model.contextTokensMax,
    input_usd_per_million: perMillion(model.promptPico) ?? null,
    output_usd_per_million: perMillion(model.completionPico) ?? null,
    endpoints: model.endpoints,
    connected_endpoints: model.connectedEndpoints,
  };
}
