/** One candidate in a fresh process between a fresh mock and the callers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Candidate, UPSTREAM_KEY, UPSTREAM_MODEL } from './candidates.ts';
import {
  CANDIDATE_CORE,
  freePort,
  LOAD_CORE,
  pinned,
  type Running,
  residentBytes,
  runToEnd,
  start,
  type ThreadTimes,
  threadTimes,
} from './machine.ts';
import { type BodySize, chatBody, type Door, httpRequest } from './requests.ts';

const READY_WITHIN_MS = 30_000;

export interface Tools {
  readonly mock: readonly string[];
  readonly load: readonly string[];
}

export interface MockCounts {
  readonly requests: number;
  readonly wrongModel: number;
  readonly wrongKey: number;
  readonly malformed: number;
  readonly streams: number;
  readonly finished: number;
  readonly left: number;
  readonly active: number;
}

export interface LoadResult {
  readonly asked: number;
  readonly done: number;
  readonly failedStatus: number;
  readonly failedTail: number;
  readonly failedTransport: number;
  readonly events: number;
  /** What the load generator itself used. */
  readonly cpuNs: number;
  readonly seconds: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly firstMsP50: number;
  readonly firstMsP99: number;
  readonly alive?: number;
  readonly firstFailure?: string;
}

export interface Session {
  readonly candidatePid: number | undefined;
  readonly mockPid: number;
  readonly readyMs: number;
  /** Shape of the streams from now on; clears the mock's counters. */
  shape(events: number, intervalUs: number): Promise<void>;
  counts(): Promise<MockCounts>;
  leaves(): Promise<number[]>;
  load(mode: string, size: BodySize, stream: boolean, words: readonly (string | number)[]): Promise<string>;
  close(): Promise<void>;
}

export async function openSession(candidate: Candidate, tools: Tools): Promise<Session> {
  const workFolder = mkdtempSync(join(tmpdir(), 'trunkline-bench-'));
  const upstreamPort = freePort();
  const mock = start(pinned(LOAD_CORE, [...tools.mock, String(upstreamPort), UPSTREAM_MODEL, UPSTREAM_KEY]));
  const upstream = `http://127.0.0.1:${upstreamPort}/bench`;
  let running: Running | undefined;
  const close = async () => {
    await running?.stop();
    await mock.stop();
    rmSync(workFolder, { recursive: true, force: true });
  };
  try {
    await retry('the mock upstream', async () => void (await fetch(`${upstream}/stats`)));
    const launch = candidate.launch({ upstreamPort, workFolder });
    const startedMs = performance.now();
    const log = join(workFolder, 'output.log');
    if (launch.command) running = start(pinned(CANDIDATE_CORE, launch.command), launch.environment, log);
    await retry(candidate.id, () => listens(launch.door.port), running, log);
    const readyMs = performance.now() - startedMs;
    const door = (await launch.open?.()) ?? launch.door;
    await retry(candidate.id, () => answers(door), running, log);
    return {
      candidatePid: running?.pid,
      mockPid: mock.pid,
      readyMs,
      shape: async (events, us) => void (await fetch(`${upstream}/set?events=${events}&interval_us=${us}`)),
      counts: async () => (await (await fetch(`${upstream}/stats`)).json()) as MockCounts,
      leaves: async () => (await (await fetch(`${upstream}/leaves`)).json()) as number[],
      load(mode, size, stream, words) {
        const file = join(workFolder, `${size}-${stream ? 'stream' : 'json'}.request`);
        writeFileSync(file, httpRequest(door, size, stream));
        return runToEnd(pinned(LOAD_CORE, [...tools.load, mode, String(door.port), file, ...words.map(String)]), {
          // For the load generator in TypeScript: 256 requests at a time otherwise.
          BUN_CONFIG_MAX_HTTP_REQUESTS: '65000',
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Nothing for `direct`, which has no process of its own. */
export function candidateTimes(session: Session): ThreadTimes {
  return session.candidatePid === undefined ? new Map() : threadTimes(session.candidatePid);
}

export function candidateMb(session: Session): number {
  return session.candidatePid === undefined ? 0 : residentBytes(session.candidatePid) / 1e6;
}

export function failuresOf(result: LoadResult): number {
  return result.failedStatus + result.failedTail + result.failedTransport;
}

async function listens(port: number): Promise<void> {
  const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } });
  socket.end();
}

async function answers(door: Door): Promise<void> {
  const headers = { ...door.headers, 'Content-Type': 'application/json' };
  const request = { method: 'POST', headers, body: chatBody('2k', door.model, false) };
  const answer = await fetch(`http://127.0.0.1:${door.port}${door.path}`, request);
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${body.slice(0, 400)}`);
}

async function retry(what: string, attempt: () => Promise<void>, running?: Running, log?: string): Promise<void> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > untilMs || running?.hasEnded())
        throw new Error(`${what} never got ready: ${error}\n${await lastWords(log)}`);
      await Bun.sleep(20);
    }
  }
}

async function lastWords(log: string | undefined): Promise<string> {
  if (!log) return '';
  const texts = await Promise.all(
    [log, `${log}.err`].map((file) =>
      Bun.file(file)
        .text()
        .catch(() => ''),
    ),
  );
  return texts.join('\n').slice(-1_500);
}
