/** `native/load.c` for machines without a C compiler: the same words and the same line of JSON, on Bun's `fetch`. */
import { readFileSync } from 'node:fs';

const ALIVE_WITHIN_MS = 1_000;
const GRACE_MS = 5_000;

const [mode, port, requestFile, ...words] = process.argv.slice(2);
const message = readFileSync(requestFile!);
const headEnd = message.indexOf('\r\n\r\n');
const [requestLine = '', ...headerLines] = message.subarray(0, headEnd).toString().split('\r\n');
const url = `http://127.0.0.1:${port}${requestLine.split(' ')[1]}`;
const body = new Uint8Array(message.subarray(headEnd + 4));
const headers = headerLines
  .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
  .filter(([name]) => !['host', 'content-length'].includes(name.toLowerCase()));

const result = { asked: 0, done: 0, failedStatus: 0, failedTail: 0, failedTransport: 0, events: 0 };
const latenciesMs: number[] = [];
const firstsMs: number[] = [];
let firstFailure: string | undefined;

interface Watch {
  readonly isStream: boolean;
  readonly dueMs: number;
  readonly leaveAfterEvents?: number;
  onBytes?(): unknown;
}

/** One request to its end, or until it has seen enough events and leaves. Returns when it left, in ns. */
async function ask(watch: Watch): Promise<number> {
  result.asked++;
  const abort = new AbortController();
  let leftNs = 0;
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: abort.signal });
    const decoder = new TextDecoder();
    let tail = '';
    let firstMs = 0;
    let events = 0;
    for await (const bytes of answer.body ?? []) {
      firstMs ||= performance.now();
      const text = decoder.decode(bytes, { stream: true });
      // A cut "data:" is not counted: the count only tells how far a stream is.
      events += text.split('data:').length - 1;
      tail = (tail + text).slice(-240);
      watch.onBytes?.();
      if (watch.leaveAfterEvents === undefined || events < watch.leaveAfterEvents) continue;
      result.done++;
      result.events += events;
      leftNs = (performance.timeOrigin + performance.now()) * 1e6;
      abort.abort();
      return leftNs;
    }
    result.events += events;
    if (answer.status !== 200) fail('failedStatus', `refused, status ${answer.status}: ${tail}`);
    else if (!tail.trimEnd().endsWith(watch.isStream ? 'data: [DONE]' : '}')) fail('failedTail', `wrong end: ${tail}`);
    else {
      result.done++;
      latenciesMs.push(performance.now() - watch.dueMs);
      firstsMs.push(firstMs - watch.dueMs);
    }
  } catch (error) {
    // Leaving the loop over an aborted body throws as well.
    if (leftNs === 0) fail('failedTransport', String(error));
  }
  return leftNs;
}

function fail(kind: 'failedStatus' | 'failedTail' | 'failedTransport', why: string): void {
  result[kind]++;
  firstFailure ??= why;
}

async function closed(kind: string, callers: number, requests: number, maxMs: number): Promise<void> {
  const untilMs = performance.now() + maxMs;
  const caller = async () => {
    while (result.asked < requests && performance.now() < untilMs) {
      await ask({ isStream: kind === 'stream', dueMs: performance.now() });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function rate(kind: string, perSecond: number, seconds: number): Promise<void> {
  const startMs = performance.now() + 10;
  const asking: Promise<number>[] = [];
  for (let index = 0; index < perSecond * seconds; index++) {
    const dueMs = startMs + (index * 1_000) / perSecond;
    // Timers may fire early by a part of a millisecond.
    while (dueMs > performance.now()) await Bun.sleep(dueMs - performance.now());
    asking.push(ask({ isStream: kind === 'stream', dueMs }));
  }
  await Promise.race([Promise.all(asking), Bun.sleep(GRACE_MS)]);
}

async function hold(streams: number, afterMs: number, maxMs: number): Promise<number> {
  const lastMs = new Array<number>(streams).fill(0);
  const asking = lastMs.map((_, index) =>
    ask({ isStream: true, dueMs: performance.now(), onBytes: () => lastMs.splice(index, 1, performance.now()) }),
  );
  await Bun.sleep(afterMs);
  const alive = lastMs.filter((atMs) => atMs > performance.now() - ALIVE_WITHIN_MS).length;
  await Promise.race([Promise.all(asking), Bun.sleep(maxMs - afterMs)]);
  return alive;
}

async function abortMany(total: number, callers: number, leaveAfterEvents: number): Promise<void> {
  const caller = async () => {
    while (result.asked < total) await ask({ isStream: true, dueMs: performance.now(), leaveAfterEvents });
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function leaveOneByOne(tries: number, gapMs: number): Promise<number[]> {
  const left: number[] = [];
  for (let index = 0; index < tries; index++) {
    left.push(await ask({ isStream: true, dueMs: performance.now(), leaveAfterEvents: 3 }));
    await Bun.sleep(gapMs);
  }
  return left;
}

function percentile(values: number[], share: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

const [first = '', ...rest] = words;
const [second = 0, third = 0, fourth = 0] = rest.map(Number);
const startMs = performance.now();
let alive: number | undefined;
if (mode === 'leave') {
  console.log(JSON.stringify(await leaveOneByOne(Number(first), second)));
  process.exit(0);
}
if (mode === 'closed') await closed(first, second, third, fourth);
else if (mode === 'rate') await rate(first, second, third);
else if (mode === 'hold') alive = await hold(Number(first), second, third);
else if (mode === 'abort') await abortMany(Number(first), second, third);
const used = process.cpuUsage();
console.log(
  JSON.stringify({
    ...result,
    failedTransport: result.failedTransport + result.asked - result.done - failures(),
    cpuNs: (used.user + used.system) * 1e3,
    seconds: (performance.now() - startMs) / 1e3,
    latencyMsP50: percentile(latenciesMs, 0.5),
    latencyMsP99: percentile(latenciesMs, 0.99),
    firstMsP50: percentile(firstsMs, 0.5),
    firstMsP99: percentile(firstsMs, 0.99),
    ...(alive === undefined ? {} : { alive }),
    ...(firstFailure === undefined ? {} : { firstFailure }),
  }),
);
process.exit(0);

function failures(): number {
  return result.failedStatus + result.failedTail + result.failedTransport;
}
