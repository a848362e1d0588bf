import { afterEach, expect, test } from 'bun:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { explainDeath } from './llama-server.ts';
import { type ChildOrder, ProcessKeeper } from './process-keeper.ts';

const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((keeper) => keeper.stop()));
});

/** Why the program is not available, once it was started so often. */
function reasonOf(command: ChildOrder['command']): Promise<string> {
  const keeper = new ProcessKeeper({
    ...{ clock: systemClock, log: silentLog, subject: 'the program', environment: { PATH: '/usr/bin:/bin' } },
    ...{ startMaxMs: 10_000, stopMaxMs: 1_000, startsMax: 1, explain: explainDeath },
    prepare: async () => ({ command }),
    watch: () => undefined,
  });
  opened.push(keeper);
  return new Promise((resolve) => {
    keeper.onChange(() => {
      const state = keeper.state();
      if (state.type === 'unavailable') resolve(state.reason);
    });
    keeper.start();
  });
}

/** Runs it in a session of its own, whose end does not come with ours; returns when it runs. */
const apart = (command: string) => `: $(setsid sh -c '{ ${command}; } >/dev/null &')`;

test.skipIf(process.platform !== 'linux')('the last words count also when they come after the end', async () => {
  // As on a busy machine, where they are still in the pipe.
  const late = apart('sleep 0.2; echo unknown model architecture: llama9 >&2');
  expect(await reasonOf(['sh', '-c', `printf ...... >&2; ${late}; exit 3`])).toContain('too old for the model');
});

test.skipIf(process.platform !== 'linux')('whoever else holds the pipe open is not waited for', async () => {
  const startMs = systemClock.monotonicMs();
  expect(await reasonOf(['sh', '-c', `${apart('sleep 8')}; echo it failed >&2; exit 3`])).toBe('it failed');
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(5_000);
});

test('a program that is not there is named', async () => {
  expect(await reasonOf(['no-such-program-here'])).toContain('no-such-program-here');
});
