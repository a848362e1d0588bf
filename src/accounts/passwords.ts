import type { Clock } from '../base/clock.ts';

/** OWASP's figures for Argon2id: 19 MiB and two passes make a guess cost tens of milliseconds and real memory. */
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
/** A flood of sign-ins may use this much of the machine, so that generations go on. */
const RUNNING_MAX = 2;
const WAITING_MAX = 20;

/** Hashes and checks passwords, few at a time. `busy` when too many wait already. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #nobodys: Promise<string> | undefined;

  hash(password: string): Promise<string | 'busy'> {
    return this.#inTurn(() => Bun.password.hash(normal(password), ARGON2ID));
  }

  /** Takes as long for somebody who is unknown or has no password as for a wrong password. */
  verify(password: string, hash: string | undefined): Promise<boolean | 'busy'> {
    return this.#inTurn(async () => {
      this.#nobodys ??= Bun.password.hash('nobody has this password', ARGON2ID);
      const isRight = await Bun.password.verify(normal(password), hash ?? (await this.#nobodys));
      return isRight && hash !== undefined;
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T | 'busy'> {
    if (this.#running >= RUNNING_MAX) {
      if (this.#waiting.length >= WAITING_MAX) return 'busy';
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** The same letters typed on two machines may be other code points. Argon2 takes no empty password; nobody has one. */
function normal(password: string): string {
  return password === '' ? ' ' : password.normalize('NFC');
}

const WINDOW_MS = 15 * 60_000;
const NAMES_MAX = 20_000;

/** Counts failures by name within a quarter of an hour; a name with too many has to wait, whether it exists or not. */
export class Throttle {
  readonly #clock: Clock;
  readonly #failuresMax: number;
  readonly #failures = new Map<string, { count: number; untilMs: number }>();

  constructor(clock: Clock, failuresMax: number) {
    this.#clock = clock;
    this.#failuresMax = failuresMax;
  }

  /** Seconds to wait; 0 when a try is allowed. */
  waitSeconds(name: string): number {
    const known = this.#failures.get(name);
    const leftMs = known ? known.untilMs - this.#clock.monotonicMs() : 0;
    return known && leftMs > 0 && known.count >= this.#failuresMax ? Math.ceil(leftMs / 1000) : 0;
  }

  /** Before a try is decided, so that many at once do not all pass. */
  count(name: string): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#failures.get(name);
    if (known && known.untilMs > nowMs) {
      known.count++;
      return;
    }
    if (this.#failures.size >= NAMES_MAX) this.#makeRoom(nowMs);
    this.#failures.set(name, { count: 1, untilMs: nowMs + WINDOW_MS });
  }

  /** A success says that the tries before were its person's own. */
  forget(name: string): void {
    this.#failures.delete(name);
  }

  #makeRoom(nowMs: number): void {
    for (const [name, { untilMs }] of this.#failures) if (untilMs <= nowMs) this.#failures.delete(name);
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined && this.#failures.size >= NAMES_MAX) this.#failures.delete(oldest);
  }
}
