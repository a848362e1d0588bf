import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';

const LASTS_MS = 5 * 60_000;
/** More sign-ins begun at once than any installation sees; a bound, so that a flood cannot fill memory. */
const KEPT_MAX = 2_000;

/** What a sign-in in two steps remembers in between, for a few minutes and one use. */
export class Challenges {
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly value: Readonly<Record<string, string>>; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The name under which it is kept: 256 bits that the browser holds in a cookie. */
  keep(value: Readonly<Record<string, string>>): string {
    const nowMs = this.#clock.monotonicMs();
    for (const [name, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#kept.size < KEPT_MAX) break;
      this.#kept.delete(name);
    }
    const name = randomText(43);
    this.#kept.set(name, { value, untilMs: nowMs + LASTS_MS });
    return name;
  }

  /** Once: what was taken is gone. */
  take(name: string | undefined): Readonly<Record<string, string>> | undefined {
    const kept = name === undefined ? undefined : this.#kept.get(name);
    if (name === undefined || !kept) return undefined;
    this.#kept.delete(name);
    return kept.untilMs > this.#clock.monotonicMs() ? kept.value : undefined;
  }
}

/** The cookie that ties the second step to the browser of the first. `Lax`: an OpenID provider sends the browser back by a link. */
export function challengeCookie(isSecure: boolean, name: string): string {
  const end = name === '' ? '; Max-Age=0' : '; Max-Age=300';
  return `${CHALLENGE_COOKIE}=${name}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}${end}`;
}

export const CHALLENGE_COOKIE = 'trunkline-challenge';
