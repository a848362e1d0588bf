import { expect, test } from 'bun:test';
import { type LiveEvent, type LiveListener, type LiveParts, type LiveState, LiveTab } from './live.ts';

/** Tabs of one browser on a clock that is wound by hand. */
class Browser {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  readonly #channels = new Set<(message: never) => void>();
  readonly streams = new Map<string, LiveListener>();

  open(id: string) {
    const heard: LiveEvent[] = [];
    const states: LiveState[] = [];
    let isGone = false;
    const parts: LiveParts = {
      id,
      openChannel: (hear) => {
        const own = hear as (message: never) => void;
        this.#channels.add(own);
        const post = (message: unknown) => {
          if (isGone) return;
          for (const other of this.#channels) if (other !== own) other(message as never);
        };
        return { post, close: () => this.#channels.delete(own) };
      },
      openStream: (listener) => {
        this.streams.set(id, listener);
        return () => this.streams.delete(id);
      },
      after: (ms, run) => {
        const timer = { atMs: this.#nowMs + ms, run };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
    };
    const tab = new LiveTab(parts, { hear: (event) => heard.push(event), turn: (state) => states.push(state) });
    /** Gone without a word, as a tab that crashed. */
    const crash = () => {
      isGone = true;
      this.#channels.clear();
      this.streams.delete(id);
    };
    return { tab, heard, states, crash };
  }

  wind(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }
}

const event: LiveEvent = { name: 'generation', data: { id: 'gen-1' } };

test('many tabs hold one stream between them, and each hears everything once', () => {
  const browser = new Browser();
  const first = browser.open('b');
  browser.wind(1_000);
  const others = [browser.open('c'), browser.open('a')];
  browser.wind(10_000);
  expect([...browser.streams.keys()]).toEqual(['b']);
  browser.streams.get('b')!.hear(event);
  expect([first, ...others].map(({ heard }) => heard.length)).toEqual([1, 1, 1]);
});

test('tabs opened at the same moment agree on one of them', () => {
  const browser = new Browser();
  for (const id of ['c', 'a', 'b']) browser.open(id);
  browser.wind(10_000);
  expect(browser.streams.size).toBe(1);
});

test('when the leading tab is closed another one takes over at once', () => {
  const browser = new Browser();
  const first = browser.open('a');
  browser.wind(1_000);
  const second = browser.open('b');
  browser.wind(1_000);
  first.tab.stop();
  browser.wind(0);
  expect([first.tab.isLeading, second.tab.isLeading, [...browser.streams.keys()]]).toEqual([false, true, ['b']]);
});

test('the others learn that the stream is refused, and so that they must ask', () => {
  const browser = new Browser();
  browser.open('a');
  browser.wind(1_000);
  const second = browser.open('b');
  browser.wind(1_000);
  browser.streams.get('a')!.turn('polling');
  expect(second.states.at(-1)).toBe('polling');
});

test('a leading tab that vanished without a word is missed after a while', () => {
  const browser = new Browser();
  const first = browser.open('a');
  browser.wind(1_000);
  first.crash();
  const second = browser.open('b');
  browser.wind(6_000);
  expect(second.tab.isLeading).toBe(true);
});
