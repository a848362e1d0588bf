import { expect, test } from 'bun:test';
import { loadFormats } from '../../src/formats/format.ts';
import { fuzz } from './fuzz.ts';
import { fuzzTargets } from './targets.ts';

test('damaged streams give events or failures of ours, in every format', async () => {
  const targets = fuzzTargets(await loadFormats());
  const report = fuzz(targets, { inputs: 40_000, seed: 20_261_126 });
  expect(report.findings.filter((finding) => !finding.includes(': took '))).toEqual([]);
  // A generator whose inputs are all refused, or all read, tests one half only.
  for (const { name, inputs, read } of report.targets) {
    expect([name, inputs > 300, read < inputs]).toEqual([name, true, true]);
  }
  expect(report.targets.reduce((sum, { read }) => sum + read, 0)).toBeGreaterThan(2_000);
});

test('a parser that throws a stranger, or takes too long, is found and named with its input', () => {
  const bad = { name: 'bad', share: 1, run: () => JSON.parse('{') as boolean };
  const report = fuzz([bad], { inputs: 3, seed: 5 });
  expect(report.findings).toHaveLength(3);
  expect(report.findings[0]).toContain('bad, seed 5, input 0: SyntaxError');
});
