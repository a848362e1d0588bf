import type { Command } from './command.ts';

export const claim: Command = {
  name: 'claim',
  summary: 'print a new link that signs in as the owner, once',
  options: {},
  notes: ['For the first sign-in, and for whoever lost every other way in. An earlier link ends.'],
  async run(_, tools) {
    tools.out(`${await tools.makeClaimLink()}\n`);
    return 0;
  },
};
