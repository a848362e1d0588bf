/**
 * The table of faults: `npm run faults [-- --format openai-chat] [--only "RST"]`. Every fault of a provider, for callers of every
 * format, streamed and not, alone, with another endpoint behind it, and with one that can go on from what was sent. Exit code 1
 * when a cut answer looks whole, an error is missing, or an answer that could be had was not.
 */
import { parseArgs } from 'node:util';
import { BEDROCK_FAULTS } from './bedrock-faults.ts';
import { CALLERS } from './callers.ts';
import { COHERE_FAULTS } from './cohere-faults.ts';
import { FAULTS } from './faults.ts';
import { GEMINI_FAULTS } from './gemini-faults.ts';
import { type Behind, judge, type Meeting, meetFault } from './meet-fault.ts';
import { MESSAGES_FAULTS } from './messages-faults.ts';

const { values } = parseArgs({ options: { format: { type: 'string' }, only: { type: 'string' } } });
const BEHIND: readonly Behind[] = ['nobody', 'another', 'one that goes on'];

let cells = 0;
let cleanCuts = 0;
let cuts = 0;
let continued = 0;
const problems: string[] = [];
for (const caller of CALLERS.filter(({ id }) => values.format === undefined || id === values.format)) {
  process.stdout.write(
    `\n${caller.id}\n${row('fault', ['stream, alone', 'another behind', 'one that goes on', 'plain, alone', 'another behind'])}`,
  );
  for (const fault of [...FAULTS, ...MESSAGES_FAULTS, ...GEMINI_FAULTS, ...BEDROCK_FAULTS, ...COHERE_FAULTS].filter(
    ({ name }) => values.only === undefined || name.includes(values.only),
  )) {
    const seen: string[] = [];
    for (const stream of [true, false]) {
      // A plain answer is sent whole or not at all: there is nothing to go on from.
      for (const behind of stream ? BEHIND : BEHIND.slice(0, 2))
        seen.push(await meet({ fault, caller, stream, behind }));
    }
    process.stdout.write(row(fault.name, seen));
  }
}
process.stdout.write(
  `\n${cells} cells; cut answers that looked whole: ${cleanCuts}; texts cut after content with one that goes on behind: ` +
    `${continued} of ${cuts} completed (${cuts === 0 ? '–' : ((100 * continued) / cuts).toFixed(1)} %)\n`,
);
for (const problem of problems) process.stdout.write(`PROBLEM ${problem}\n`);
process.exit(problems.length > 0 ? 1 : 0);

async function meet(meeting: Meeting): Promise<string> {
  const outcome = await meetFault(meeting);
  const { saw, problem } = judge(meeting, outcome);
  cells++;
  if (problem)
    problems.push(
      `${meeting.caller.id}, ${meeting.fault.name}, stream ${meeting.stream}, ${meeting.behind}: ${problem}; saw ${saw}`,
    );
  if (problem?.includes('looks whole')) cleanCuts++;
  if (meeting.fault.effect === 'breaks' && meeting.stream && meeting.behind === 'one that goes on') {
    cuts++;
    if (outcome.isWhole) continued++;
  }
  return problem ? `✗ ${saw}` : saw;
}

function row(name: string, cells_: readonly string[]): string {
  return `${name.slice(0, 44).padEnd(46)}${cells_.map((cell) => cell.slice(0, 32).padEnd(34)).join('')}`
    .trimEnd()
    .concat('\n');
}
