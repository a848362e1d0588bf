/**
 * CPU per request and added latency of the gateway, beside a plain nginx proxy and Portkey, in the same interleaved run.
 *
 *   npm run bench -- [--rounds 3] [--only nginx,trunkline] [--scenario json2k,sse2k]
 *   npm run bench -- --streams [--only nginx,trunkline]
 *
 * CPU per request is the scheduler's run time of all threads of the candidate and its children, divided by the requests
 * that reached the upstream. Every round starts every candidate anew. The figures are the last lines.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Candidate, candidates } from './candidates.ts';
import { buildTools, machineBusyNs, runTimeNs, threadTimes } from './machine.ts';
import { type Measurement, type Memory, printReport } from './report.ts';
import { EVENTS_PER_STREAM, type Scenario, scenarios, warmUps } from './scenarios.ts';
import {
  candidateMb,
  candidateTimes,
  failuresOf,
  type LoadResult,
  openSession,
  type Session,
  type Tools,
} from './session.ts';
import { measureStreams } from './streams.ts';

/** Work that a candidate puts off (a journal, a batch) is still charged to the requests that caused it. */
const SETTLE_MS = 250;

const complaints: string[] = [];
const strangers = { wallNs: 0, cpuNs: 0 };

async function load(session: Session, scenario: Scenario): Promise<LoadResult> {
  await session.shape(EVENTS_PER_STREAM, scenario.intervalUs);
  const words = [scenario.stream ? 'stream' : 'json', ...scenario.words];
  return JSON.parse(await session.load(scenario.mode, scenario.size, scenario.stream, words)) as LoadResult;
}

async function measure(session: Session, scenario: Scenario): Promise<Omit<Measurement, 'candidate' | 'round'>> {
  const before = readMeters(session);
  const result = await load(session, scenario);
  await Bun.sleep(SETTLE_MS);
  const after = readMeters(session);
  const counts = await session.counts();
  const cpuNs = runTimeNs(before.candidate, after.candidate);
  strangers.wallNs += after.atNs - before.atNs;
  strangers.cpuNs +=
    after.busyNs -
    before.busyNs -
    cpuNs -
    runTimeNs(before.mock, after.mock) -
    (after.ownNs - before.ownNs) -
    result.cpuNs;
  const failed = failuresOf(result);
  const wrong = counts.wrongModel + counts.wrongKey;
  return {
    scenario: scenario.id,
    cpuUs: cpuNs / 1e3 / counts.requests,
    perSecond: result.done / result.seconds,
    p50Ms: result.latencyMsP50,
    p99Ms: result.latencyMsP99,
    firstP50Ms: result.firstMsP50,
    ...(failed || wrong ? { fault: `${failed} failed, ${wrong} sent on wrongly. ${result.firstFailure ?? ''}` } : {}),
  };
}

function readMeters(session: Session) {
  const own = process.cpuUsage();
  return {
    atNs: performance.now() * 1e6,
    candidate: candidateTimes(session),
    mock: threadTimes(session.mockPid),
    ownNs: (own.user + own.system) * 1e3,
    busyNs: machineBusyNs(),
  };
}

async function measureCandidate(candidate: Candidate, round: number, asked: readonly Scenario[], tools: Tools) {
  const session = await openSession(candidate, tools);
  const measurements: Measurement[] = [];
  try {
    const startMb = candidateMb(session);
    for (const scenario of warmUps(candidate.compilesWhileRunning)) await load(session, scenario);
    for (const scenario of asked) {
      const measurement = { ...(await measure(session, scenario)), candidate: candidate.id, round };
      measurements.push(measurement);
      if (measurement.fault) complaints.push(`${candidate.id} ${scenario.id}, round ${round}: ${measurement.fault}`);
    }
    const memory: Memory = {
      candidate: candidate.id,
      readyMs: session.readyMs,
      startMb,
      afterMb: candidateMb(session),
    };
    return { measurements, memory };
  } finally {
    await session.close();
  }
}

function chosen<Item extends { readonly id: string }>(all: readonly Item[], ids: string | undefined): readonly Item[] {
  if (!ids) return all;
  return ids.split(',').map((id) => {
    const item = all.find((candidate) => candidate.id === id.trim());
    if (!item) throw new Error(`${id} is none of ${all.map((candidate) => candidate.id).join(', ')}`);
    return item;
  });
}

async function prepared(wanted: readonly Candidate[]): Promise<Candidate[]> {
  const ready: Candidate[] = [];
  for (const candidate of wanted) {
    const obstacle = await candidate.prepare();
    if (obstacle) console.log(`left out: ${candidate.id}: ${obstacle}`);
    else ready.push(candidate);
  }
  return ready;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      only: { type: 'string' },
      scenario: { type: 'string' },
      streams: { type: 'boolean', default: false },
    },
  });
  const tools = await buildTools();
  const contestants = await prepared(chosen(candidates, values.only));
  console.log(`mock and load generator in ${tools.language}; ${availableParallelism()} cores; Bun ${Bun.version}`);
  if (!existsSync('/proc/self/schedstat')) console.log('no /proc/*/schedstat here: CPU and memory will read 0');
  if (values.streams) {
    process.exitCode = (await measureStreams(contestants, tools)) ? 0 : 1;
    return;
  }
  const asked = chosen(scenarios, values.scenario);
  const rounds = Number(values.rounds);
  const measurements: Measurement[] = [];
  const memories: Memory[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const candidate of contestants) {
      const startedMs = performance.now();
      const taken = await measureCandidate(candidate, round, asked, tools);
      measurements.push(...taken.measurements);
      memories.push(taken.memory);
      console.log(
        `round ${round} of ${rounds}: ${candidate.id}, ${Math.round((performance.now() - startedMs) / 1e3)} s`,
      );
    }
  }
  printReport({ contestants, scenarios: asked, measurements, memories, complaints, strangers });
  process.exitCode = complaints.length > 0 ? 1 : 0;
}

await main();
