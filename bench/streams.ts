/** Many slow streams at once, callers who leave, and what stays in memory after ten thousand of them. */
import type { Candidate } from './candidates.ts';
import { figure, median, table } from './figures.ts';
import { runTimeNs } from './machine.ts';
import {
  candidateMb,
  candidateTimes,
  failuresOf,
  type LoadResult,
  type MockCounts,
  openSession,
  type Session,
  type Tools,
} from './session.ts';

const SLOW_STREAMS = 2_000;
const SLOW_EVENTS = 100;
const SLOW_INTERVAL_US = 100_000;
/** Late enough that all have begun, early enough that none has ended. */
const LOOK_AFTER_MS = 8_000;
const LEAVERS = 10_000;
const LEAVERS_AT_ONCE = 100;
const LEAVE_AFTER_EVENTS = 3;
const TRIES = 60;
const TRY_GAP_MS = 60;
/** The promise: a caller who leaves aborts the provider within this time. */
const ABORT_WITHIN_MS = 100;
const QUIET_WITHIN_MS = 15_000;

/** Prints one table. False when a gateway of ours broke a promise. */
export async function measureStreams(contestants: readonly Candidate[], tools: Tools): Promise<boolean> {
  const rows: string[][] = [];
  let isKept = true;
  for (const candidate of contestants) {
    const session = await openSession(candidate, tools);
    try {
      const slow = await holdSlowStreams(session);
      const latency = await timeLeaves(session);
      const storm = await stormOfLeavers(session);
      const keeps =
        slow.alive === SLOW_STREAMS &&
        slow.failed === 0 &&
        storm.counts.left === LEAVERS &&
        latency.length === TRIES &&
        Math.max(...latency) <= ABORT_WITHIN_MS;
      if (candidate.id === 'trunkline') isKept = keeps;
      console.log(`${candidate.id}: done${slow.firstFailure ? `, first failure: ${slow.firstFailure}` : ''}`);
      rows.push([
        candidate.id,
        `${slow.alive} of ${SLOW_STREAMS}`,
        String(slow.failed),
        figure(slow.firstMsP99),
        figure(slow.cpuUsPerEvent),
        figure(slow.rssMb),
        latency.length ? `${figure(median(latency))} / ${figure(Math.max(...latency))}` : 'never',
        `${latency.length} of ${TRIES}`,
        `${storm.counts.left} of ${LEAVERS}`,
        storm.rssMb.map(figure).join(' → '),
      ]);
    } finally {
      await session.close();
    }
  }
  const header = [
    'slow streams at once',
    'alive',
    'failed',
    'first byte p99 ms',
    'CPU µs an event',
    'RSS MB with them',
    'leave → closed p50 / max ms',
    'closed in time',
    'upstream aborts',
    'RSS MB before → after → 6 s later',
  ];
  console.log(`\n${table(header, rows)}`);
  return isKept;
}

async function holdSlowStreams(session: Session) {
  await session.shape(SLOW_EVENTS, SLOW_INTERVAL_US);
  const before = candidateTimes(session);
  const holding = session.load('hold', '2k', true, [SLOW_STREAMS, LOOK_AFTER_MS, 40_000]);
  await Bun.sleep(LOOK_AFTER_MS);
  const rssMb = candidateMb(session);
  const result = JSON.parse(await holding) as LoadResult;
  await untilQuiet(session);
  return {
    alive: result.alive ?? 0,
    failed: failuresOf(result),
    firstMsP99: result.firstMsP99,
    cpuUsPerEvent: runTimeNs(before, candidateTimes(session)) / 1e3 / Math.max(1, result.events),
    rssMb,
    firstFailure: result.firstFailure,
  };
}

/** Milliseconds from a caller's leaving to the upstream's noticing, for the tries in which it noticed before the next. */
async function timeLeaves(session: Session): Promise<number[]> {
  await session.shape(1_000, 5_000);
  const left = JSON.parse(await session.load('leave', '2k', true, [TRIES, TRY_GAP_MS])) as number[];
  await Bun.sleep(ABORT_WITHIN_MS);
  const noticed = await session.leaves();
  await untilQuiet(session);
  return left.flatMap((leftNs, index) => {
    const nextNs = left[index + 1] ?? Number.POSITIVE_INFINITY;
    const noticedNs = noticed.find((at) => at >= leftNs && at < nextNs);
    return leftNs > 0 && noticedNs !== undefined ? [(noticedNs - leftNs) / 1e6] : [];
  });
}

async function stormOfLeavers(session: Session): Promise<{ counts: MockCounts; rssMb: number[] }> {
  await session.shape(400, 5_000);
  const rssMb = [candidateMb(session)];
  await session.load('abort', '2k', true, [LEAVERS, LEAVERS_AT_ONCE, LEAVE_AFTER_EVENTS]);
  await Bun.sleep(1_000);
  const counts = await session.counts();
  rssMb.push(candidateMb(session));
  await Bun.sleep(6_000);
  rssMb.push(candidateMb(session));
  return { counts, rssMb };
}

/** A gateway that does not abort lets old streams run on: they must not be taken for new ones. */
async function untilQuiet(session: Session): Promise<void> {
  const untilMs = performance.now() + QUIET_WITHIN_MS;
  while ((await session.counts()).active > 0 && performance.now() < untilMs) await Bun.sleep(100);
}
