/** `native/mock.c` for machines without a C compiler: the same words, answers and counters, on Bun's own server. */
const [port, wantedModel, wantedKey] = process.argv.slice(2);
const LEAVES_KEPT = 256;

const counts = { requests: 0, wrongModel: 0, wrongKey: 0, malformed: 0, streams: 0, finished: 0, left: 0 };
const usage = { prompt_tokens: 412, completion_tokens: 186, total_tokens: 598 };
const identity = { id: 'chatcmpl-B1x7GkQm3vTzLr9wYc5hNdP2sEfUa', created: 1_795_000_000, model: wantedModel };
let leaves: number[] = [];
let eventsPerStream = 64;
let intervalMs = 0;

const plainAnswer = JSON.stringify({
  ...identity,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'the quick brown fox jumps over a lazy dog, '.repeat(16), refusal: null },
      finish_reason: 'stop',
    },
  ],
  usage,
});

function event(choices: unknown[], rest: object = {}): Uint8Array {
  const chunk = { ...identity, object: 'chat.completion.chunk', system_fingerprint: 'fp_44709d6fcb', choices, ...rest };
  return new TextEncoder().encode(`data: ${JSON.stringify(chunk)}\n\n`);
}

const roleEvent = event([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
const wordEvent = event([{ index: 0, delta: { content: ' word' }, finish_reason: null }]);
const stopEvent = event([{ index: 0, delta: {}, finish_reason: 'stop' }]);
const usageEvent = event([], { usage });
const streamEnd = new TextEncoder().encode('data: [DONE]\n\n');

function eventAt(index: number): Uint8Array {
  if (index === 0) return roleEvent;
  if (index === eventsPerStream - 1) return usageEvent;
  return index === eventsPerStream - 2 ? stopEvent : wordEvent;
}

function stream(signal: AbortSignal): Response {
  counts.streams++;
  let isOver = false;
  signal.addEventListener('abort', () => {
    if (isOver) return;
    isOver = true;
    counts.left++;
    leaves = [...leaves, wallNs()].slice(-LEAVES_KEPT);
  });
  let index = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (intervalMs > 0 && index > 1) await Bun.sleep(intervalMs);
      // One turn an event, or Bun sends them all at once.
      else await new Promise((resolve) => setImmediate(resolve));
      if (isOver) return;
      if (index < eventsPerStream) return controller.enqueue(eventAt(index++));
      isOver = true;
      counts.finished++;
      controller.enqueue(streamEnd);
      controller.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' } });
}

/** Bun's monotonic clock begins with the process; only the wall clock is the same for the load generator. */
function wallNs(): number {
  return (performance.timeOrigin + performance.now()) * 1e6;
}

Bun.serve({
  port: Number(port),
  hostname: '127.0.0.1',
  idleTimeout: 0,
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/bench/set') {
      eventsPerStream = Number(url.searchParams.get('events'));
      intervalMs = Number(url.searchParams.get('interval_us')) / 1e3;
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] = 0;
    }
    if (url.pathname === '/bench/leaves') return Response.json(leaves);
    if (request.method === 'GET') {
      return Response.json({ ...counts, active: counts.streams - counts.finished - counts.left });
    }
    const body = await request.text();
    counts.requests++;
    if (request.headers.get('authorization') !== `Bearer ${wantedKey}`) counts.wrongKey++;
    if (/"model"\s*:\s*"([^"]*)"/.exec(body)?.[1] !== wantedModel) counts.wrongModel++;
    if (/"stream"\s*:\s*true/.test(body)) return stream(request.signal);
    return new Response(plainAnswer, { headers: { 'Content-Type': 'application/json' } });
  },
});
