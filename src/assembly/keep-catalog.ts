import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { type DataPolicyFacts, loadCatalog } from '../catalog/load-catalog.ts';
import { type RefreshMark, refreshFromModelsDev } from '../catalog/refresh-from-models-dev.ts';
import type { Config } from '../config/read-config.ts';
import type { Egress } from '../gateway/egress.ts';
import type { Provider } from '../providers/provider.ts';
import type { Marketplace } from './marketplace.ts';

const REFRESH_MS = 24 * 3_600_000;
const RETRY_MS = 3_600_000;

/** What the providers' own pages say of prompts, for the endpoints that say nothing themselves. */
export function dataPoliciesOf(shelf: readonly Provider[]): ReadonlyMap<string, DataPolicyFacts> {
  const policies = new Map<string, DataPolicyFacts>();
  for (const { id, dataPolicy } of shelf) {
    if (!dataPolicy) continue;
    const { trainsOnPrompts, zeroDataRetention } = dataPolicy;
    policies.set(id, {
      ...(trainsOnPrompts !== undefined && { trainsOnPrompts }),
      ...(zeroDataRetention !== undefined && { zeroDataRetention }),
    });
  }
  return policies;
}

export interface CatalogKeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Config;
  readonly shelf: readonly Provider[];
  readonly egress: Egress;
  readonly marketplace: Marketplace;
  readonly catalog: Catalog;
  /** Told of every version of the base catalogue. */
  onVersion?(catalog: Catalog): void;
}

/** Keeps the base catalogue in step: with the aggregators that are connected, and, when the operator wants it, with models.dev. */
export class CatalogKeeper {
  readonly #options: CatalogKeeperOptions;
  #base: Catalog;
  #connected = '';
  #mark: RefreshMark | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: CatalogKeeperOptions) {
    this.#options = options;
    this.#base = options.catalog;
  }

  start(): void {
    this.#options.onVersion?.(this.#base);
    if (this.#options.config.catalogue.refresh === 'auto') void this.#refresh();
  }

  stop(): void {
    this.#cancel?.();
  }

  /** An aggregator's offers are shown only while it is connected. */
  async followConnections(): Promise<void> {
    const { marketplace, shelf } = this.#options;
    const aggregators = shelf.map(({ id }) => id).filter((id) => marketplace.connectedIds().has(id));
    const print = aggregators.join();
    if (print === this.#connected) return;
    this.#connected = print;
    this.#base = await loadCatalog({ aggregators, dataPolicies: dataPoliciesOf(shelf) });
    this.#mark = undefined;
    marketplace.change({ catalog: this.#base });
    this.#options.onVersion?.(this.#base);
  }

  async #refresh(): Promise<void> {
    const { clock, log, config, egress, marketplace } = this.#options;
    const { url, allow_private_network } = config.catalogue;
    const refreshed = await refreshFromModelsDev({
      catalog: this.#base,
      clock,
      connected: marketplace.connectedIds(),
      url,
      ...(this.#mark && { last: this.#mark }),
      fetch: async (address, init) => {
        await egress.check(address, allow_private_network);
        return fetch(address, init);
      },
    });
    if (refreshed.outcome === 'changed') {
      this.#base = refreshed.catalog;
      this.#mark = refreshed.mark;
      marketplace.change({ catalog: this.#base });
      this.#options.onVersion?.(this.#base);
      const quarantined = refreshed.quarantined.length;
      log.write('info', 'Catalogue refreshed', { changed: refreshed.changed.length, quarantined });
    } else if (refreshed.outcome === 'failed') {
      log.write('warn', 'The catalogue could not be refreshed; the last good one stays', { reason: refreshed.reason });
    }
    this.#cancel = clock.after(refreshed.outcome === 'failed' ? RETRY_MS : REFRESH_MS, () => void this.#refresh());
  }
}
