import { withBase } from './fetch-api.ts';

/**
 * One stream of events for all tabs of a browser: the tabs agree over a channel on one that holds it, and it passes on what it hears.
 * A hidden tab neither holds the stream nor listens.
 */

export type LiveState = 'connecting' | 'live' | 'polling' | 'paused';

export interface LiveEvent {
  readonly name: 'generation' | 'health' | 'missed';
  readonly data: unknown;
}

export interface LiveListener {
  hear(event: LiveEvent): void;
  /** `polling`: no stream can be had, so whoever needs fresh data asks for it now and then. */
  turn(state: LiveState): void;
}

type Message =
  | { readonly type: 'ask'; readonly from: string }
  | { readonly type: 'lead'; readonly from: string; readonly state: LiveState }
  | { readonly type: 'leave'; readonly from: string }
  | { readonly type: 'event'; readonly from: string; readonly event: LiveEvent };

/** What a tab needs of its surroundings. */
export interface LiveParts {
  /** To the other tabs; `hear` is called with what they send. */
  openChannel(hear: (message: Message) => void): { post(message: Message): void; close(): void };
  /** The stream itself; ends when the returned function is called. */
  openStream(listener: LiveListener): () => void;
  /** Runs once after so long, unless the returned function is called before. */
  after(ms: number, run: () => void): () => void;
  /** Names this tab; of two that lead, the smaller one stays. */
  readonly id: string;
}

/** So long a new tab waits for the one that leads. */
const ASK_MS = 250;
const LEAD_MS = 2_000;
/** Without a sign of it for so long, the leading tab is gone. */
const LOST_MS = 5_500;

/** One tab's part. Starts at once; `stop` lets another tab lead. */
export class LiveTab {
  readonly #parts: LiveParts;
  readonly #listener: LiveListener;
  readonly #channel: ReturnType<LiveParts['openChannel']>;
  #state: LiveState = 'connecting';
  #cancel: (() => void) | undefined;
  #closeStream: (() => void) | undefined;

  constructor(parts: LiveParts, listener: LiveListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#channel = parts.openChannel((message) => this.#hear(message));
    this.#turn('connecting');
    this.#cancel = parts.after(ASK_MS, () => this.#lead());
    this.#channel.post({ type: 'ask', from: parts.id });
  }

  get isLeading(): boolean {
    return this.#closeStream !== undefined;
  }

  stop(): void {
    this.#cancel?.();
    if (this.isLeading) this.#channel.post({ type: 'leave', from: this.#parts.id });
    this.#closeStream?.();
    this.#closeStream = undefined;
    this.#channel.close();
  }

  #lead(): void {
    this.#closeStream = this.#parts.openStream({
      hear: (event) => {
        this.#channel.post({ type: 'event', from: this.#parts.id, event });
        this.#listener.hear(event);
      },
      turn: (state) => {
        this.#turn(state);
        this.#channel.post({ type: 'lead', from: this.#parts.id, state });
      },
    });
    this.#beat();
  }

  #beat(): void {
    this.#channel.post({ type: 'lead', from: this.#parts.id, state: this.#state });
    this.#cancel = this.#parts.after(LEAD_MS, () => this.#beat());
  }

  #follow(state: LiveState): void {
    this.#cancel?.();
    this.#closeStream?.();
    this.#closeStream = undefined;
    this.#turn(state);
    this.#cancel = this.#parts.after(LOST_MS, () => this.#lead());
  }

  #hear(message: Message): void {
    if (message.type === 'event') {
      if (!this.isLeading) this.#listener.hear(message.event);
    } else if (message.type === 'ask') {
      if (this.isLeading) this.#channel.post({ type: 'lead', from: this.#parts.id, state: this.#state });
    } else if (message.type === 'lead') {
      if (!this.isLeading || message.from < this.#parts.id) this.#follow(message.state);
      else this.#channel.post({ type: 'lead', from: this.#parts.id, state: this.#state });
    } else if (!this.isLeading) {
      this.#cancel?.();
      this.#cancel = this.#parts.after(0, () => this.#lead());
    }
  }

  #turn(state: LiveState): void {
    this.#state = state;
    this.#listener.turn(state);
  }
}

const CHANNEL = 'trunkline-live';
const TOPICS = '/api/x/events?topics=generations,health';
const NAMES = ['generation', 'health', 'missed'] as const;

/** Listens while this tab is seen. The returned function ends it. */
export function listenLive(listener: LiveListener): () => void {
  let tab: LiveTab | undefined;
  const look = () => {
    if (document.hidden) {
      tab?.stop();
      tab = undefined;
      listener.turn('paused');
    } else tab ??= new LiveTab(browserParts(), listener);
  };
  look();
  document.addEventListener('visibilitychange', look);
  window.addEventListener('pagehide', stop);
  function stop() {
    tab?.stop();
    tab = undefined;
    document.removeEventListener('visibilitychange', look);
    window.removeEventListener('pagehide', stop);
  }
  return stop;
}

function browserParts(): LiveParts {
  const id = [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join('');
  return {
    id,
    openChannel(hear) {
      const channel = new BroadcastChannel(CHANNEL);
      channel.onmessage = (message: MessageEvent<Message>) => hear(message.data);
      return { post: (message) => channel.postMessage(message), close: () => channel.close() };
    },
    openStream,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** The browser comes back by itself after a break, with the last id it saw; a refusal is final, and then we poll. */
function openStream({ hear, turn }: LiveListener): () => void {
  const source = new EventSource(withBase(TOPICS));
  source.onopen = () => turn('live');
  source.onerror = () => turn(source.readyState === EventSource.CLOSED ? 'polling' : 'connecting');
  for (const name of NAMES) {
    source.addEventListener(name, (event) => hear({ name, data: JSON.parse((event as MessageEvent<string>).data) }));
  }
  return () => source.close();
}
