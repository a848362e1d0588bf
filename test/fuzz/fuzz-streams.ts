/**
 * Millions of damaged streams through the parsers: `npm run fuzz-streams [-- --inputs 10000000] [--seed 1]`. Exit code 1 when one
 * throws anything but a failure of ours, takes longer than 100 ms, or memory grows without end. A finding is printed as the
 * seed and number that make it again.
 */
import { parseArgs } from 'node:util';
import { loadFormats } from '../../src/formats/format.ts';
import { fuzz, printReport } from './fuzz.ts';
import { fuzzTargets } from './targets.ts';

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
});

const report = fuzz(fuzzTargets(await loadFormats()), {
  inputs: Number(values.inputs),
  seed: Number(values.seed),
  onProgress: (done) => process.stderr.write(`\r${done.toLocaleString('en')} inputs `),
});
process.stderr.write('\r');
process.stdout.write(printReport(report));
process.exitCode = report.findings.length > 0 ? 1 : 0;
