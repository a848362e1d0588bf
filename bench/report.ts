/** The tables that end a run of the bench. */
import { availableParallelism } from 'node:os';
import type { Candidate } from './candidates.ts';
import { figure, median, table, withRange } from './figures.ts';
import type { Scenario } from './scenarios.ts';

export interface Measurement {
  readonly candidate: string;
  readonly scenario: string;
  readonly round: number;
  /** Per request that reached the upstream. */
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** To the first byte of the body. */
  readonly firstP50Ms: number;
  readonly fault?: string;
}

export interface Memory {
  readonly candidate: string;
  readonly readyMs: number;
  readonly startMb: number;
  readonly afterMb: number;
}

export interface Report {
  readonly contestants: readonly Candidate[];
  readonly scenarios: readonly Scenario[];
  readonly measurements: readonly Measurement[];
  readonly memories: readonly Memory[];
  readonly complaints: readonly string[];
  /** What other jobs used of the machine while we measured. */
  readonly strangers: { readonly wallNs: number; readonly cpuNs: number };
}

type Field = 'cpuUs' | 'perSecond' | 'p50Ms' | 'p99Ms' | 'firstP50Ms';

export function printReport(report: Report): void {
  const { contestants, scenarios, strangers } = report;
  const gateways = contestants.filter((candidate) => candidate.id !== 'direct');
  const closed = scenarios.filter((scenario) => scenario.mode === 'closed');
  const rated = scenarios.filter((scenario) => scenario.mode === 'rate');
  const rounds = Math.max(0, ...report.measurements.map((measurement) => measurement.round));
  const lines = [
    '',
    ...contestants.map((candidate) => `${candidate.id.padEnd(13)} ${candidate.about}`),
    '',
    ...scenarios.map((scenario) => `${scenario.id.padEnd(13)} ${scenario.about}`),
    '',
    `Median (lowest–highest) of ${rounds} interleaved rounds, a fresh process in each. Other jobs used ` +
      `${figure((100 * Math.max(0, strangers.cpuNs)) / strangers.wallNs / availableParallelism())} % of the cores meanwhile.`,
  ];
  if (closed.length > 0) {
    lines.push(
      '',
      'Requests a second (candidate on one core; mock and load generator share another and may be the limit):',
    );
    lines.push(
      perScenario(contestants, closed, (candidate, scenario) => values(report, candidate, scenario, 'perSecond')),
    );
  }
  if (rated.length > 0) lines.push('', ...latencyTables(report, gateways, rated));
  lines.push(
    '',
    'Ready after start, and memory of the whole process tree (RSS, so shared pages count once per process):',
  );
  lines.push(memoryTable(report, gateways));
  for (const complaint of report.complaints) lines.push('', `FAULT ${complaint}`);
  lines.push('', 'CPU per request in µs, per stream where it streams:');
  lines.push(perScenario(gateways, scenarios, (candidate, scenario) => values(report, candidate, scenario, 'cpuUs')));
  lines.push(...ratioTable(report, gateways));
  console.log(lines.join('\n'));
}

function latencyTables(report: Report, gateways: readonly Candidate[], rated: readonly Scenario[]): string[] {
  const lines: string[] = [];
  const hasDirect = report.contestants.some((candidate) => candidate.id === 'direct');
  const fields: [Field, string][] = [
    ['p50Ms', 'p50, whole answer'],
    ['p99Ms', 'p99, whole answer'],
    ['firstP50Ms', 'p50, first byte'],
  ];
  const shown = hasDirect ? gateways : report.contestants;
  const header = hasDirect ? ['added ms over direct'] : ['ms from the due time'];
  const rows = shown.flatMap((candidate) =>
    fields.map(([field, label]) => [
      `${candidate.id}, ${label}`,
      ...rated.map((scenario) => withRange(added(report, candidate, scenario, field))),
    ]),
  );
  lines.push(table([...header, ...rated.map((scenario) => scenario.id)], rows));
  if (hasDirect) {
    const direct = report.contestants.find((candidate) => candidate.id === 'direct')!;
    const own = rated.map((scenario) => {
      const [p50, p99] = (['p50Ms', 'p99Ms'] as const).map((field) => median(values(report, direct, scenario, field)));
      return `${scenario.id} ${figure(p50!)} / ${figure(p99!)}`;
    });
    lines.push(`direct itself, p50 / p99 in ms: ${own.join(', ')}`);
  }
  return lines;
}

/** Against `direct` in the same round, so that a slow spell of the machine hits both. */
function added(report: Report, candidate: Candidate, scenario: Scenario, field: Field): number[] {
  return of(report, candidate, scenario).map((measurement) => {
    const floor = report.measurements.find(
      (other) => other.candidate === 'direct' && other.scenario === scenario.id && other.round === measurement.round,
    );
    return measurement[field] - (floor?.[field] ?? 0);
  });
}

function memoryTable(report: Report, gateways: readonly Candidate[]): string {
  const rows = gateways.map((candidate) => {
    const own = report.memories.filter((memory) => memory.candidate === candidate.id);
    return [
      candidate.id,
      ...(['readyMs', 'startMb', 'afterMb'] as const).map((field) => withRange(own.map((memory) => memory[field]))),
    ];
  });
  return table(['', 'listens after ms', 'MB at start', 'MB after all scenarios'], rows);
}

function ratioTable(report: Report, gateways: readonly Candidate[]): string[] {
  const ours = gateways.find((candidate) => candidate.id === 'trunkline');
  const peers = gateways.filter((candidate) => candidate.id !== 'trunkline');
  if (!ours || peers.length === 0) return [];
  const rows = peers.map((peer) => [
    `trunkline ÷ ${peer.id}`,
    ...report.scenarios.map((scenario) =>
      (median(values(report, ours, scenario, 'cpuUs')) / median(values(report, peer, scenario, 'cpuUs'))).toFixed(2),
    ),
  ]);
  return ['', table(['ratio of CPU per request', ...report.scenarios.map((scenario) => scenario.id)], rows)];
}

function perScenario(
  rows: readonly Candidate[],
  columns: readonly Scenario[],
  cell: (candidate: Candidate, scenario: Scenario) => number[],
): string {
  const header = ['', ...columns.map((scenario) => scenario.id)];
  return table(
    header,
    rows.map((candidate) => [candidate.id, ...columns.map((scenario) => withRange(cell(candidate, scenario)))]),
  );
}

function of(report: Report, candidate: Candidate, scenario: Scenario): Measurement[] {
  return report.measurements.filter((one) => one.candidate === candidate.id && one.scenario === scenario.id);
}

function values(report: Report, candidate: Candidate, scenario: Scenario, field: Field): number[] {
  return of(report, candidate, scenario).map((measurement) => measurement[field]);
}
