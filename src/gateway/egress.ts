import { isPrivateAddress } from '../base/addresses.ts';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../generation/failure.ts';

export type Resolve = (hostname: string) => Promise<readonly string[]>;

const CHECK_LASTS_MS = 60_000;
const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata', 'instance-data']);

/**
 * Decides whether an address may be called: https or http, no user information, and no private or loopback address unless the
 * operator allowed it for this provider. A name is judged by every address it resolves to, again once a minute.
 */
export class Egress {
  readonly #clock: Clock;
  readonly #resolve: Resolve;
  readonly #checkedUntilMs = new Map<string, number>();

  constructor(clock: Clock, resolve: Resolve) {
    this.#clock = clock;
    this.#resolve = resolve;
  }

  /** Undefined when the address was checked lately: the hot path then does not wait. */
  check(url: URL, allowPrivateNetwork: boolean): Promise<void> | undefined {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw refused('only http and https addresses are called');
    if (url.username !== '' || url.password !== '') throw refused('addresses with user information are refused');
    if (allowPrivateNetwork) return undefined;
    if ((this.#checkedUntilMs.get(url.hostname) ?? 0) > this.#clock.monotonicMs()) return undefined;
    return this.#checkName(url.hostname);
  }

  async #checkName(hostname: string): Promise<void> {
    if (METADATA_NAMES.has(hostname.replace(/\.$/, ''))) throw refused('private and loopback addresses are refused');
    const isLiteral = /^[\d.]+$/.test(hostname) || hostname.startsWith('[');
    let addresses: readonly string[];
    try {
      addresses = isLiteral ? [hostname] : await this.#resolve(hostname);
    } catch (cause) {
      throw new Failure('provider-unreachable', { message: 'The provider’s name does not resolve', cause });
    }
    if (addresses.length === 0 || addresses.some(isPrivateAddress))
      throw refused('private and loopback addresses are refused');
    this.#checkedUntilMs.set(hostname, this.#clock.monotonicMs() + CHECK_LASTS_MS);
  }
}

/** Says no more than the rule: which internal address answered is nobody's business. */
function refused(rule: string): Failure {
  return new Failure('provider-unreachable', { message: `The provider's address was refused: ${rule}` });
}
