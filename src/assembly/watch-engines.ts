import type { Clock } from '../base/clock.ts';
import { LoadWatch } from '../engines/load-watch.ts';
import type { Egress } from '../gateway/egress.ts';
import { EngineBook } from '../routing/engine-book.ts';
import type { ListedSource } from './load-sources.ts';
import type { Marketplace } from './marketplace.ts';

/** Often enough for a cache that is gone; it only matters when the engine comes back. */
const RETAIN_MS = 2_000;

/** What is known of engines, fed by what they say of themselves while there is traffic. */
export function watchEngines(parts: {
  readonly clock: Clock;
  readonly egress: Egress;
  readonly marketplace: Marketplace;
}): { readonly engines: EngineBook; stop(): void } {
  const { clock, egress, marketplace } = parts;
  const watch = new LoadWatch<ListedSource>({
    clock,
    async fetch(url, init, { allowPrivateNetwork }) {
      await egress.check(new URL(url), allowPrivateNetwork);
      return await fetch(url, init);
    },
    source: (providerId) => marketplace.loadSource(providerId),
    onReading: (providerId, load) => engines.read(providerId, load, clock.nowMs()),
  });
  const engines = new EngineBook({ hear: (providerId) => watch.hear(providerId) });
  const cancel = clock.every(RETAIN_MS, () => engines.retain((endpointId) => marketplace.hasEndpoint(endpointId)));
  return {
    engines,
    stop() {
      cancel();
      watch.stop();
    },
  };
}
