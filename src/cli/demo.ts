import { type Command, UsageError } from './command.ts';

const MINUTES_MAX = 240;
const RATE_MAX = 50;

const run: Command = {
  name: 'demo',
  summary: 'send real, marked traffic through a running server, so that every chart has something to show',
  options: {
    minutes: { type: 'string', value: 'number', help: 'how long, 3 unless given' },
    rate: { type: 'string', value: 'number', help: 'requests per second, 8 unless given' },
    seed: { type: 'string', value: 'number', help: 'the same number draws the same traffic' },
  },
  notes: [
    'Five named apps ask the bundled model and scripted, flaky providers that stand for as long as the',
    'command runs. No other provider is asked. Everything is marked as demonstration;',
    '`trunkline demo remove` takes it away again.',
  ],
  async run(call, tools) {
    const minutes = readNumber(call.text('minutes') ?? '3', '--minutes', MINUTES_MAX);
    const requestsPerSecond = readNumber(call.text('rate') ?? '8', '--rate', RATE_MAX);
    const seed = readNumber(call.text('seed') ?? '1', '--seed', 2 ** 32);
    const { terminal, out } = tools;
    await tools.runDemo(
      { minutes, requestsPerSecond, seed },
      {
        begin: (scene) =>
          out(
            `${scene.apps} apps ask ${scene.providers} scripted providers and the bundled model for ${scene.minutes} minutes.\n`,
          ),
        progress: ({ sent, answered, failed }) => {
          if (terminal.isTty) out(`\r${sent} sent, ${answered} answered, ${failed} failed `);
        },
        end: ({ sent, answered, failed }) =>
          out(
            `${terminal.isTty ? '\r' : ''}${sent} sent, ${answered} answered, ${failed} failed.\nTo take it away: trunkline demo remove\n`,
          ),
      },
    );
    return 0;
  },
};

const remove: Command = {
  name: 'demo remove',
  summary: 'delete everything that demonstrations left',
  options: {},
  async run(_, tools) {
    const { generations, keys } = await tools.removeDemo();
    tools.out(`Removed ${generations} generations and ${keys} ${keys === 1 ? 'key' : 'keys'} of the demonstration.\n`);
    return 0;
  },
};

export const demo: readonly Command[] = [remove, run];

function readNumber(text: string, option: string, max: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > max)
    throw new UsageError(`${option} takes a number above 0 and at most ${max}.`);
  return value;
}
