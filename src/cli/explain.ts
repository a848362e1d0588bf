import type { Command } from './command.ts';
import { printableLines } from './print-table.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'say why a generation went where it went',
  usage: '<generation id>',
  argumentsMin: 1,
  options: {},
  notes: ['The id is the `id` of the answer, such as gen-1764000000-….'],
  async run(call, tools) {
    const id = call.arguments[0]!;
    const text = await tools.explain(id);
    if (text === undefined) throw new Error(`there is no generation '${id}'.`);
    tools.out(printableLines(text.endsWith('\n') ? text : `${text}\n`));
    return 0;
  },
};
