import { expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import type { CheckResult, Verification } from '../contract/verification.ts';
import type { CliTools, ScoutOrder } from './cli-tools.ts';
import { runCommand } from './run-command.ts';

const CHECK: CheckResult = {
  ...{ id: 'facts-capital', group: 'facts', question: 'Capital of Australia?', expected: 'Canberra', got: 'Canberra' },
  ...{ outcome: 'passed', required: true, ms: 12 },
};
const RUN: Verification = {
  ...{ id: 'ver-1', model: 'meta-llama/llama-4-scout', created_at: '2026-11-26T10:00:00.000Z', outcome: 'passed' },
  ...{ verdict: 'Llama 4 Scout works here: all 2 checks that it must pass are passed', whole: true, here: true },
  ...{ score: { passed: 2, failed: 1, skipped: 1 }, place: '127.0.0.1:8080', trunkline: '1.2.3' },
  engine: { name: 'llama-server', version: 'b11669', model: 'scout.gguf' },
  files: [{ name: 'scout.gguf', bytes: 65, sha256: 'a'.repeat(64), covers: 'edges' }],
  speed: { first_token_ms: 210, generation_tokens_per_second: 31.2, prompt_tokens_per_second: 410 },
  checks: [CHECK],
};

async function run(line: string, runs: readonly Verification[] = [RUN], results: readonly CheckResult[] = [CHECK]) {
  let [out, err] = ['', ''];
  const orders: ScoutOrder[] = [];
  const tools = {
    ...{ version: '1.2.3', clock: new WoundClock(), terminal: { isTty: false } },
    out(text: string) {
      out += text;
    },
    err(text: string) {
      err += text;
    },
    async verifyScout(order: ScoutOrder, view: Parameters<CliTools['verifyScout']>[1]) {
      orders.push(order);
      for (const one of runs) {
        view.begin('llama-server at http://127.0.0.1:8080');
        for (const result of results) view.result(result);
        view.end(one);
      }
      return runs;
    },
  };
  // The other tools belong to other commands: a call of one would fail.
  const code = await runCommand(line.split(' '), tools as unknown as CliTools);
  return { code, out, err, orders };
}

test('each check is printed with its answer, then engine, file, score, speed and verdict', async () => {
  const results: readonly CheckResult[] = [
    CHECK,
    { ...CHECK, id: 'pictures-left-right', got: 'top', expected: 'left', outcome: 'failed', why: 'another answer' },
    { ...CHECK, id: 'needles-12k', got: '', outcome: 'skipped', why: 'the context is too short' },
  ];
  const { out, code } = await run('doctor scout', [RUN], results);
  expect(code).toBe(0);
  expect(out).toBe(`llama-server at http://127.0.0.1:8080

passed   facts-capital               Canberra
failed   pictures-left-right         top
                                     another answer; expected left
skipped  needles-12k
                                     the context is too short

Engine   llama-server, b11669, scout.gguf
File     scout.gguf, 65 bytes, sha256 ${'a'.repeat(64)} (of its edges)
Score    2 of 4 passed, 1 failed, 1 skipped
Speed    31.2 tokens/s, reads 410 tokens/s, first text after 210 ms
Verdict  passed: Llama 4 Scout works here: all 2 checks that it must pass are passed
Kept     GET /api/v1/trunkline/verification/meta-llama/llama-4-scout

`);
});

test.each(['failed', 'incomplete', 'other-model', 'unreached', 'file-only'] as const)(
  '%s is exit code 1',
  async (outcome) => {
    expect((await run('doctor scout', [{ ...RUN, outcome }])).code).toBe(1);
    expect((await run('doctor scout', [RUN, { ...RUN, outcome }])).code).toBe(1);
  },
);

test('where nothing offers Scout, it says so and what to do, and is no success', async () => {
  const { code, out } = await run('doctor scout', []);
  expect(code).toBe(1);
  expect(out).toContain('not verified on this machine');
  expect(out).toContain('--url');
});

test('as JSON there is nothing but the reports', async () => {
  const { out } = await run('doctor scout --json');
  expect(JSON.parse(out)).toEqual([RUN]);
});

test('what an engine says cannot steer the terminal', async () => {
  const nasty = 'x\u001b[2J\u202ey\n';
  const { out } = await run(
    'doctor scout',
    [{ ...RUN, verdict: nasty, engine: { name: nasty } }],
    [{ ...CHECK, got: nasty, id: nasty }],
  );
  expect(out).not.toContain('\u001b');
  expect(out).not.toContain('\u202e');
});

const DEFAULTS = { contextTokens: 16_384, slots: 1, waitSeconds: 180, wholeChecksum: false };
test.each([
  ['', {}],
  [
    '--url http://127.0.0.1:8080 --key env:SCOUT_KEY --model scout',
    { url: 'http://127.0.0.1:8080', keyName: 'SCOUT_KEY', model: 'scout' },
  ],
  [
    '--file a.gguf --mmproj b.gguf --context 32768 --slots 4 --checksum',
    { file: 'a.gguf', projector: 'b.gguf', contextTokens: 32_768, slots: 4, wholeChecksum: true },
  ],
  ['--only pictures,facts --wait 600', { groups: ['facts', 'pictures'], waitSeconds: 600 }],
] as const)('doctor scout %s', async (options, expected) => {
  const { orders } = await run(`doctor scout ${options}`.trim());
  expect(orders).toEqual([{ ...DEFAULTS, ...expected }] as unknown as ScoutOrder[]);
});

test.each([
  ['--url 127.0.0.1:8080', '--url takes an address'],
  ['--url ftp://host', '--url takes an address'],
  ['--key sk-secret', '--key takes env:NAME'],
  ['--url http://x --key env:', '--key takes env:NAME'],
  ['--key env:NAME', '--url too'],
  ['--mmproj a.gguf', '--file too'],
  ['--only facts,colours', "knows no group 'colours'"],
  ['--wait 0', '--wait takes a whole number'],
  ['--context many', '--context takes a whole number'],
  ['extra', "does not take 'extra'"],
])('doctor scout %s is not understood', async (options, reason) => {
  const { code, err, orders } = await run(`doctor scout ${options}`);
  expect([code, orders.length]).toEqual([2, 0]);
  expect(err).toContain(reason);
  expect(err).not.toContain('sk-secret');
});
