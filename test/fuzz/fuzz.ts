import { seededRandom } from '../../src/base/random.ts';
import { makeInput } from './make-input.ts';
import type { FuzzTarget } from './targets.ts';

/** A parser that takes longer for one short input hangs. */
const INPUT_MS_MAX = 100;
const LOOKS = 3;
const RSS_GROWTH_MAX = 256 * 1024 * 1024;
/** A part draws its inputs from a seed of its own, so that a finding is made again without all before it. */
const PART = 100_000;
const FINDINGS_MAX = 20;

export interface FuzzReport {
  readonly seed: number;
  readonly inputs: number;
  readonly tookMs: number;
  readonly slowestMs: number;
  readonly rssGrowthBytes: number;
  readonly targets: readonly { readonly name: string; readonly inputs: number; readonly read: number }[];
  readonly findings: readonly string[];
}

export function fuzz(
  targets: readonly FuzzTarget[],
  options: { readonly inputs: number; readonly seed: number; onProgress?(done: number): void },
): FuzzReport {
  const counts = targets.map(({ name }) => ({ name, inputs: 0, read: 0 }));
  const lottery = targets.flatMap(({ share }, index) =>
    new Array<number>(Math.max(1, Math.round(share * 10))).fill(index),
  );
  const findings: string[] = [];
  const startMs = performance.now();
  let slowestMs = 0;
  let rssBytes = 0;
  let random = seededRandom(options.seed);
  for (let done = 0; done < options.inputs && findings.length < FINDINGS_MAX; done++) {
    if (done % PART === 0) {
      random = seededRandom(options.seed * 1_000_003 + done / PART);
      options.onProgress?.(done);
      // The first part warms everything up.
      if (done === PART) rssBytes = process.memoryUsage.rss();
    }
    const index = lottery[Math.floor(random.next() * lottery.length)]!;
    const input = makeInput(random);
    const target = targets[index]!;
    let tookMs = Number.POSITIVE_INFINITY;
    // A busy machine stops a process for longer than any input takes: what is slow is asked once more.
    for (let look = 0; look < LOOKS && tookMs > INPUT_MS_MAX; look++) {
      const fromMs = performance.now();
      try {
        if (target.run(input) && look === 0) counts[index]!.read++;
      } catch (error) {
        const text = Buffer.from(input.bytes).toString('latin1');
        findings.push(
          `${target.name}, seed ${options.seed}, input ${done}: ${error} for ${JSON.stringify(text.slice(0, 400))}`,
        );
      }
      tookMs = Math.min(tookMs, performance.now() - fromMs);
    }
    counts[index]!.inputs++;
    if (tookMs > slowestMs) slowestMs = tookMs;
    if (tookMs > INPUT_MS_MAX) findings.push(`${target.name}, input ${done}: took ${Math.round(tookMs)} ms`);
  }
  const rssGrowthBytes = rssBytes === 0 ? 0 : Math.max(0, process.memoryUsage.rss() - rssBytes);
  if (rssGrowthBytes > RSS_GROWTH_MAX) findings.push(`memory grew by ${Math.round(rssGrowthBytes / 2 ** 20)} MB`);
  const inputs = counts.reduce((sum, count) => sum + count.inputs, 0);
  return {
    seed: options.seed,
    inputs,
    tookMs: performance.now() - startMs,
    slowestMs,
    rssGrowthBytes,
    targets: counts,
    findings,
  };
}

export function printReport(report: FuzzReport): string {
  const rows = report.targets.map(
    ({ name, inputs, read }) =>
      `  ${name.padEnd(44)} ${inputs.toLocaleString('en').padStart(11)} ${read.toLocaleString('en').padStart(11)}`,
  );
  return [
    `${report.inputs.toLocaleString('en')} inputs in ${Math.round(report.tookMs / 1000)} s, seed ${report.seed}; slowest ` +
      `${report.slowestMs.toFixed(1)} ms; memory +${Math.round(report.rssGrowthBytes / 2 ** 20)} MB`,
    `  ${'parser'.padEnd(44)} ${'inputs'.padStart(11)} ${'read'.padStart(11)}`,
    ...rows,
    ...(report.findings.length === 0 ? ['no crash, no hang, memory bounded'] : report.findings),
    '',
  ].join('\n');
}
