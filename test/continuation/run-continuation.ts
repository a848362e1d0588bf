/**
 * Goes on from every cut: `npm run continuation`. Questions to the bundled model, cut after each piece of the answer, as callers of
 * every format; prints how many came out as if nothing had happened. Exit code 1 when one did not.
 */
import { CALLERS } from '../faults/callers.ts';
import { openWorkshop } from './continue-everywhere.ts';

const QUESTIONS = [
  'What are you?',
  'What is Trunkline?',
  'How do I make an API key?',
  'What is Llama 4 Scout?',
  'How does routing work?',
  'Does it support streaming?',
  'How much memory does Scout need?',
  'What is the capital of France?',
];

let all = 0;
let same = 0;
for (const door of ['chat', 'text'] as const) await cutAt(door);

/** All questions, through one way to go on: a chat whose last message is the beginning, or a text in the model's own template. */
async function cutAt(door: 'chat' | 'text'): Promise<void> {
  const workshop = await openWorkshop(door);
  for (const caller of CALLERS) {
    let own = 0;
    let ownSame = 0;
    for (const question of QUESTIONS) {
      for (const cut of await workshop.cutEverywhere(caller, question)) {
        own++;
        if (cut.problem === undefined) ownSame++;
        else
          process.stdout.write(
            `DIFFERS ${door}, ${caller.id}, "${question}" cut after ${cut.afterPieces}: ${cut.problem}\n`,
          );
      }
    }
    process.stdout.write(`${door} ${caller.id.padEnd(22)} ${ownSame} of ${own} cuts gave the uninterrupted answer\n`);
    all += own;
    same += ownSame;
  }
  await workshop.close();
}

process.stdout.write(`${same} of ${all} (${((100 * same) / all).toFixed(2)} %)\n`);
process.exit(same === all && all > 0 ? 0 : 1);
