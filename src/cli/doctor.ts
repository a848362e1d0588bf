import { plural } from '../base/plural.ts';
import type { DoctorLine, Terminal } from './cli-tools.ts';
import { type Command, JSON_OPTION } from './command.ts';
import { hasColour, printable, printJson } from './print-table.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what is wrong with this installation, and say how to mend it',
  options: JSON_OPTION,
  notes: [
    'Exit code 1 when there is a problem; warnings alone give 0.',
    '`trunkline doctor scout` asks whether Llama 4 Scout works here.',
  ],
  async run(call, tools) {
    const lines = await tools.doctor();
    const problems = lines.filter((line) => line.verdict === 'problem').length;
    const warnings = lines.filter((line) => line.verdict === 'warning').length;
    if (call.has('json')) tools.out(printJson(lines));
    else {
      for (const line of lines) tools.out(layLine(line, tools.terminal));
      tools.out(`${plural(problems, 'problem')}, ${plural(warnings, 'warning')}.\n`);
    }
    return problems > 0 ? 1 : 0;
  },
};

const COLOURS = { good: 32, warning: 33, problem: 31 } as const;
const VERDICT_WIDTH = 'problem'.length;

function layLine(line: DoctorLine, terminal: Terminal): string {
  const word = line.verdict.padEnd(VERDICT_WIDTH);
  const verdict = hasColour(terminal) ? `\u001b[${COLOURS[line.verdict]}m${word}\u001b[39m` : word;
  const remedy = line.remedy === undefined ? '' : `${' '.repeat(VERDICT_WIDTH + 2)}${printable(line.remedy)}\n`;
  return `${verdict}  ${printable(line.what)}: ${printable(line.detail.replaceAll('\n', '; '))}\n${remedy}`;
}
