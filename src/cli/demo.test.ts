import { expect, test } from 'bun:test';
import type { DemoOrder } from './cli-tools.ts';
import { runLine } from './run-line.test-data.ts';

test('a demonstration lasts three minutes unless told otherwise, and says how to take it away', async () => {
  const orders: DemoOrder[] = [];
  const line = (text: string) =>
    runLine(text, {
      runDemo: async (order, view) => {
        orders.push(order);
        view.begin({ apps: 5, providers: 5, minutes: order.minutes });
        view.end({ sent: 10, answered: 9, failed: 1 });
      },
    });
  const { code, out } = await line('demo');
  await line('demo --minutes 0.5 --rate 20 --seed 7');
  expect(code).toBe(0);
  expect(out).toContain('10 sent, 9 answered, 1 failed');
  expect(out).toContain('trunkline demo remove');
  expect(orders).toEqual([
    { minutes: 3, requestsPerSecond: 8, seed: 1 },
    { minutes: 0.5, requestsPerSecond: 20, seed: 7 },
  ]);
});

test('nonsense about it is refused before anything is sent', async () => {
  for (const line of ['demo --minutes 0', 'demo --minutes x', 'demo --rate 1000', 'demo --minutes -1']) {
    expect([line, (await runLine(line)).code]).toEqual([line, 2]);
  }
});

test('what demonstrations left is counted as it goes', async () => {
  const { out } = await runLine('demo remove', { removeDemo: async () => ({ generations: 1440, keys: 1 }) });
  expect(out).toBe('Removed 1440 generations and 1 key of the demonstration.\n');
});
