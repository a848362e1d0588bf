import { plural } from '../base/plural.ts';
import { printBytes } from '../base/print-bytes.ts';
import type { Command } from './command.ts';
import { printable } from './print-table.ts';

const backup: Command = {
  name: 'backup',
  summary: 'copy the database to a file, also while the server runs',
  usage: '<file>',
  options: {},
  argumentsMin: 1,
  notes: [
    'The copy is whole, and read from end to end before it counts. SQLite only.',
    'Nobody is signed in in it, and stored texts of requests are not in it.',
    'Provider keys in it stay sealed: keep the data folder’s file `kek` (or TRUNKLINE_KEK) elsewhere.',
  ],
  async run(call, tools) {
    const file = call.arguments[0]!;
    const { bytes, generations, users } = await tools.backUp(file);
    tools.out(
      `Copied to ${printable(file)}: ${printBytes(bytes)}, ${plural(generations, 'generation')}, ${plural(users, 'user')}.\n`,
    );
    return 0;
  },
};

const restore: Command = {
  name: 'restore',
  summary: 'put a copy of `backup` in the place of the database',
  usage: '<file>',
  options: {
    replace: { type: 'boolean', help: 'where there is a database already: it is kept beside the new one' },
  },
  argumentsMin: 1,
  notes: [
    'Only while no server runs.',
    'What is settled in the journal and not stored yet comes in at the next start.',
  ],
  async run(call, tools) {
    const { generations, users, kept } = await tools.restore(call.arguments[0]!, call.has('replace'));
    tools.out(`Restored ${plural(generations, 'generation')} and ${plural(users, 'user')}.\n`);
    if (kept !== undefined) tools.out(`The database before is ${printable(kept)}.\n`);
    return 0;
  },
};

export const backups: readonly Command[] = [backup, restore];
