import { plural } from '../base/plural.ts';
import { printBytes } from '../base/print-bytes.ts';
import type { CliTools } from './cli-tools.ts';
import { type Command, type CommandCall, JSON_OPTION } from './command.ts';
import type { LocalModelRow } from './model-order.ts';
import { viewOf } from './model-view.ts';
import { type Column, layTable, printable, printJson } from './print-table.ts';

const remove: Command = {
  name: 'models remove',
  summary: 'forget a model of your own; its files stay unless you say otherwise',
  usage: '<author/name>',
  argumentsMin: 1,
  options: { 'delete-files': { type: 'boolean', help: 'delete what was downloaded for it, too' } },
  async run(call, tools) {
    const id = call.arguments[0]!;
    const deletes = call.has('delete-files');
    const files = await tools.removeModel(id, deletes);
    tools.out(`Forgot ${printable(id)}.\n`);
    for (const file of files) tools.out(`${deletes ? 'Deleted' : 'Still there:'} ${printable(file)}\n`);
    return 0;
  },
};

const wish = (to: 'load' | 'unload', summary: string): Command => ({
  name: `models ${to}`,
  summary,
  usage: '<author/name>',
  argumentsMin: 1,
  options: {},
  async run(call: CommandCall, tools: CliTools) {
    const view = viewOf(tools);
    try {
      await tools.wishModel(call.arguments[0]!, to, view);
    } finally {
      view.end();
    }
    return 0;
  },
});

const local: Command = {
  name: 'models local',
  summary: 'show your own models: what is loaded, and how much memory each takes',
  options: JSON_OPTION,
  async run(call, tools) {
    const { gateway, models } = await tools.listLocalModels();
    if (call.has('json')) tools.out(printJson({ gateway: gateway ?? null, models: models.map(rowJson) }));
    else if (models.length === 0) tools.out('No model of your own yet: trunkline models add <file or address>\n');
    else {
      tools.out(layTable(COLUMNS, models, tools.terminal));
      for (const { id, reason } of models) if (reason) tools.out(`${printable(id)}: ${printable(reason)}\n`);
      const where = gateway === undefined ? 'no gateway runs, so none is loaded' : `run by ${printable(gateway)}`;
      tools.out(`${plural(models.length, 'model')}, ${where}.\n`);
    }
    return 0;
  },
};

/** The longer names first: the first command whose words match is run. */
export const localModels: readonly Command[] = [
  remove,
  wish('load', 'load a model of your own into memory now'),
  wish('unload', 'let a model of your own leave memory, when it has answered'),
  local,
];

const COLUMNS: readonly Column<LocalModelRow>[] = [
  { title: 'MODEL', cell: (model) => model.id, shrinks: true },
  { title: 'STATE', cell: (model) => model.state },
  { title: 'FORMAT', cell: (model) => model.format ?? '-' },
  {
    title: 'CONTEXT',
    cell: (model) => `${model.slots} x ${model.contextTokens.toLocaleString('en-US')}`,
    align: 'right',
  },
  { title: 'PICTURES', cell: (model) => (model.vision ? 'yes' : 'no') },
  { title: 'NEEDS', cell: (model) => printBytes(model.needBytes), align: 'right' },
  {
    title: 'TAKES',
    cell: (model) => (model.residentBytes === undefined ? '-' : printBytes(model.residentBytes)),
    align: 'right',
  },
  { title: 'BUSY', cell: (model) => String(model.users ?? 0), align: 'right' },
];

function rowJson(model: LocalModelRow) {
  return {
    id: model.id,
    state: model.state,
    reason: model.reason ?? null,
    format: model.format ?? null,
    context_length: model.contextTokens,
    slots: model.slots,
    vision: model.vision,
    file_bytes: model.fileBytes,
    need_bytes: model.needBytes,
    resident_bytes: model.residentBytes ?? null,
    answering: model.users ?? 0,
    path: model.path,
    mmproj: model.projector ?? null,
    idle_minutes: model.idleMinutes ?? null,
    autoload: model.autoload,
  };
}
