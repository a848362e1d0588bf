import { formatUsd } from '../base/money.ts';
import type { CliTools, CreditRow } from './cli-tools.ts';
import { type Command, JSON_OPTION } from './command.ts';
import { printJson } from './print-table.ts';
import { readAmount } from './read-values.ts';

const add: Command = {
  name: 'credits add',
  summary: 'add credit to the account',
  usage: '<usd>',
  argumentsMin: 1,
  options: {
    note: { type: 'string', value: 'text', help: 'kept with the deposit' },
    ...JSON_OPTION,
  },
  async run(call, tools) {
    const amountPico = readAmount('`credits add`', call.arguments[0]!);
    return show(await tools.addCredit(amountPico, call.text('note') ?? ''), call.has('json'), tools);
  },
};

const showBalance: Command = {
  name: 'credits show',
  summary: 'show what was deposited, spent and is left',
  options: JSON_OPTION,
  run: async (call, tools) => show(await tools.balance(), call.has('json'), tools),
};

export const credits: readonly Command[] = [add, showBalance];

function show(row: CreditRow, isJson: boolean, tools: CliTools): number {
  const deposited = formatUsd(row.depositedPico);
  const spent = formatUsd(row.spentPico);
  const left = formatUsd(row.depositedPico - row.spentPico);
  if (isJson) tools.out(printJson({ deposited_usd: deposited, spent_usd: spent, left_usd: left }));
  else tools.out(`deposited  $${deposited}\nspent      $${spent}\nleft       $${left}\n`);
  return 0;
}
