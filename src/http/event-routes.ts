import { eventsQuery } from '../contract/generation-log.ts';
import { Failure } from '../generation/failure.ts';
import type { HubEvent, Listener, Topic } from './event-hub.ts';
import type { Exchange } from './exchange.ts';
import { keyNames } from './generation-log.ts';
import { printGenerationRow } from './print-generation-row.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

export const eventRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/events', audience: 'caller', answer: streamEvents },
];

/** A sign of life for proxies that cut silent connections. */
const HEARTBEAT_MS = 15_000;
/** For one reader that does not read: then its stream ends, and it may come back with the last id it saw. */
const WAITING_MAX = 500;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;
const encoder = new TextEncoder();

/** Settled generations of the caller's account and breakers that moved, as they happen. */
function streamEvents({ request, query, caller, exchange }: RouteCall): Response {
  const topics = readTopics(readQuery(query, eventsQuery).topics);
  const { key } = caller!;
  const isListed = exchange.directory.find(key.hash) !== undefined;
  const stream = new EventStream(exchange, { accountId: key.accountId, topics });
  // A key that is taken away takes its streams with it.
  stream.isAllowed = () => !isListed || exchange.directory.find(key.hash)?.disabled === false;
  request.signal.addEventListener('abort', () => stream.close(), { once: true });
  return new Response(stream.open(request.headers.get('last-event-id')), { headers: HEADERS });
}

function readTopics(text: string): ReadonlySet<Topic> {
  const topics = text.split(',').map((topic) => topic.trim());
  const wrong = topics.some((topic) => topic !== 'generations' && topic !== 'health');
  if (wrong)
    throw new Failure('invalid-request', {
      message: 'topics: generations, health or both',
      metadata: { field: 'topics' },
    });
  return new Set(topics as Topic[]);
}

class EventStream {
  isAllowed: () => boolean = () => true;
  readonly #exchange: Exchange;
  readonly #listener: Listener;
  /** Printed when they are read, not when they happen: whoever settles an answer waits for no listener. */
  readonly #waiting: (string | HubEvent)[] = [];
  #wake: (() => void) | undefined;
  #stops: (() => void)[] = [];
  #isClosed = false;

  constructor(exchange: Exchange, listener: Omit<Listener, 'hear'>) {
    this.#exchange = exchange;
    this.#listener = { ...listener, hear: (event) => this.#send(event) };
  }

  open(lastEventId: string | null): ReadableStream<Uint8Array> {
    const { events, clock } = this.#exchange;
    const stop = events.listen(this.#listener);
    if (!stop) throw new Failure('rate-limited', { message: 'This account has too many event streams open' });
    this.#stops = [
      stop,
      clock.every(HEARTBEAT_MS, () => (this.isAllowed() ? this.#send(': alive\n\n') : this.close())),
    ];
    this.#send(': connected\nretry: 2000\n\n');
    if (lastEventId !== null) this.#catchUp(lastEventId.slice(0, 100));
    return new ReadableStream<Uint8Array>(
      {
        // Pulled by the reader's socket: what it does not take waits here, within bounds.
        pull: async (controller) => {
          while (this.#waiting.length === 0 && !this.#isClosed) await new Promise<void>((wake) => (this.#wake = wake));
          const text = this.#waiting.splice(0).map((one) => (typeof one === 'string' ? one : this.#print(one)));
          if (text.length > 0) controller.enqueue(encoder.encode(text.join('')));
          if (this.#isClosed) controller.close();
        },
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#wake?.();
  }

  #catchUp(lastEventId: string): void {
    const missed = this.#exchange.events.since(lastEventId, this.#listener);
    if (typeof missed === 'string') this.#send(`event: missed\ndata: ${JSON.stringify({ reason: missed })}\n\n`);
    else for (const event of missed) this.#send(event);
  }

  #send(one: string | HubEvent): void {
    if (this.#isClosed) return;
    this.#waiting.push(one);
    if (this.#waiting.length > WAITING_MAX) {
      this.#waiting.length = 0;
      this.close();
      return;
    }
    this.#wake?.();
  }

  #print(event: HubEvent): string {
    const id = `${this.#exchange.events.bootId}-${event.number}`;
    const [name, data] =
      event.topic === 'health'
        ? (['health', event.health] as const)
        : (['generation', printGenerationRow(event.record, keyNames(this.#exchange))] as const);
    return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
