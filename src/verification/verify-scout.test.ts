import { afterEach, expect, test } from 'bun:test';
import type { CheckGroup } from '../contract/verification.ts';
import { SCOUT } from './scout-checks.ts';
import { idsOf, type ScriptedRun, stopScripted, verifyScripted, whyOf } from './verify-scripted.test-data.ts';

afterEach(stopScripted);

test('an engine that answers everything right is verified, with the full score', async () => {
  const verification = await verifyScripted();
  expect(idsOf(verification, 'failed')).toEqual([]);
  expect(idsOf(verification, 'skipped')).toEqual([]);
  expect(verification).toMatchObject({
    ...{ model: SCOUT, outcome: 'passed', whole: true, here: true },
    engine: { name: 'llama-server', version: 'b11669-abc', model: 'Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf' },
  });
  expect(verification.verdict).toStartWith('Llama 4 Scout works here: all ');
  const groups = new Set(verification.checks.map(({ group }) => group));
  expect([...groups]).toEqual([
    ...['identity', 'facts', 'arithmetic', 'translation', 'tools', 'schema', 'stop', 'streaming', 'cancel', 'seed'],
    ...['logprobs', 'pictures', 'needles'],
  ] as CheckGroup[]);
  expect(verification.checks.filter(({ group }) => group === 'facts').length).toBe(10);
  expect(verification.checks.filter(({ group }) => group === 'pictures').length).toBe(6);
});

test('pictures in column order fail in the two questions on positions and in no other, and the verdict says why', async () => {
  const verification = await verifyScripted({ columnOrder: true });
  expect(idsOf(verification, 'failed')).toEqual(['pictures-left-right', 'pictures-above-below']);
  expect(verification.outcome).toBe('failed');
  expect(verification.verdict).toContain('positions in pictures fail as in column order');
});

test('an engine that sees nothing is told from one with column order', async () => {
  const verification = await verifyScripted({ isBlind: true, groups: ['pictures'] });
  expect(idsOf(verification, 'failed').length).toBe(5);
  expect(verification.verdict).not.toContain('column order');
});

test.each([
  ['streams without an end', { cutsStreams: true }, ['streaming-end'], 'without its terminal event'],
  ['no usage', { usage: 'none' }, ['streaming-usage'], 'says nothing of tokens'],
  ['totals that are no sums', { usage: 'wrong-total' }, ['streaming-usage'], 'not the sum'],
  ['streams that count otherwise', { usage: 'streams-differ' }, ['streaming-usage'], 'counted differently'],
  ['seeds that change nothing', { ignoresSeed: true }, ['seed-twice'], 'two answers'],
  ['a temperature that changes nothing', { ignoresTemperature: true }, ['seed-twice'], 'none was drawn'],
  ['prompts cut at 8,192 tokens', { cutsPrompts: { tokens: 8192 } }, ['needles-12k'], 'it cuts long prompts'],
  ['prompts cut in secret', { cutsPrompts: { tokens: 8192, lies: true } }, ['needles-12k'], 'another answer'],
  ['tools that are not called', { ignoresTools: true }, ['tools-call'], 'no tool call came'],
  ['schemas that are passed over', { ignoresSchema: true }, ['schema-novel'], 'not JSON'],
  ['`stop` that is passed over', { ignoresStop: true }, ['stop-text'], 'past the stop text'],
  ['tokens that are not the likeliest', { logprobs: 'not greedy' }, ['logprobs-greedy'], 'not the likeliest'],
  ['streams that go on unread', { keepsBusy: true, groups: ['cancel'] }, ['cancel-stream'], 'keep the engine busy'],
] as const satisfies readonly (readonly [string, ScriptedRun, readonly string[], string])[])(
  '%s are found, and nothing else is blamed',
  async (_, options, failing, why) => {
    const verification = await verifyScripted(options);
    const failed = idsOf(verification, 'failed');
    const blamed = failed.filter((id) => !COMPANIONS[failing[0]]?.includes(id));
    expect(blamed).toEqual([...failing]);
    expect(whyOf(verification, failing[0])).toContain(why);
  },
);

/** What cannot be right either when the first is wrong: it is asked by streams, too. */
const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'streaming-end': ['streaming-usage', 'cancel-stream', 'needles-2k', 'needles-12k'],
};
