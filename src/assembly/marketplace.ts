import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Secret } from '../base/secret.ts';
import type { LedgerStore } from '../billing/ledger-store.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { matchNativeId } from '../catalog/match-native-id.ts';
import { routeFactsKey } from '../catalog/route-facts.ts';
import { type CatalogLayer, withLayer } from '../catalog/with-layer.ts';
import type { Config } from '../config/read-config.ts';
import type { BundledEndpointInfo } from '../engines/bundled.ts';
import { bundledEndpoint, bundledModel } from '../engines/bundled-model.ts';
import { ENGINE_TRAITS, type Engine } from '../engines/engine.ts';
import type { LocalModelOffer } from '../engines/local-model-host.ts';
import { NODE_LLAMA } from '../engines/node-llama.ts';
import { offerEngines } from '../engines/offer-engines.ts';
import type { ProviderConnection } from '../gateway/connection.ts';
import { ProviderTokens } from '../gateway/provider-tokens.ts';
import type { ProviderFacts } from '../http/exchange.ts';
import { findEnvironmentKey, namesOfKeys, type Provider } from '../providers/provider.ts';
import { configuredEndpoints } from './configured-endpoints.ts';
import { connectProviders } from './connect-providers.ts';
import { type ListedSource, loadSources } from './load-sources.ts';

export interface MarketplaceOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: LedgerStore;
  readonly shelf: readonly Provider[];
  readonly catalog: Catalog;
  readonly config: Config;
  /** What `trunkline demo` put beside it while it runs. */
  readonly demo?: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A provider was connected anew or with another key: what was held against its old key no longer counts. */
  onConnected?(providerId: string): void;
}

export interface KeySource {
  readonly source: 'environment' | 'configuration' | 'stored';
  /** Name of the variable or file; empty for a stored key. */
  readonly label: string;
}

/**
 * Everything that can be called, as of now: the catalogue with the layers of configuration and local engines over it, and the
 * connections to providers. Any change rebuilds the whole and swaps it; requests under way keep what they began with.
 */
export class Marketplace {
  readonly #options: MarketplaceOptions;
  #base: Catalog;
  #config: Config;
  #demo: Config | undefined;
  #environment: Readonly<Record<string, string | undefined>>;
  #storedKeys: ReadonlyMap<string, Secret> = new Map();
  #engines: readonly Engine[] = [];
  #locals: readonly LocalModelOffer[] = [];
  #bundled: BundledEndpointInfo | undefined;
  #catalog: Catalog;
  #providers: ReadonlyMap<string, Provider> = new Map();
  #connections: ReadonlyMap<string, ProviderConnection> = new Map();
  #connectedIds: ReadonlySet<string> = new Set();
  #loadSources: ReadonlyMap<string, ListedSource> = new Map();
  readonly #tokens: ProviderTokens;
  readonly #factsSaved = new Map<string, Promise<void> | 'saved'>();

  constructor(options: MarketplaceOptions) {
    this.#options = options;
    this.#tokens = new ProviderTokens(options.clock);
    this.#base = options.catalog;
    this.#catalog = options.catalog;
    this.#config = options.config;
    this.#demo = options.demo;
    this.#environment = options.environment;
    this.#rebuild();
  }

  change(change: {
    readonly catalog?: Catalog;
    readonly config?: Config;
    readonly demo?: Config;
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly storedKeys?: ReadonlyMap<string, Secret>;
    readonly engines?: readonly Engine[];
    readonly locals?: readonly LocalModelOffer[];
    readonly bundled?: BundledEndpointInfo | 'gone';
  }): void {
    this.#base = change.catalog ?? this.#base;
    this.#config = change.config ?? this.#config;
    this.#demo = change.demo ?? this.#demo;
    this.#environment = change.environment ?? this.#environment;
    this.#storedKeys = change.storedKeys ?? this.#storedKeys;
    this.#engines = change.engines ?? this.#engines;
    this.#locals = change.locals ?? this.#locals;
    if (change.bundled !== undefined) this.#bundled = change.bundled === 'gone' ? undefined : change.bundled;
    this.#rebuild();
  }

  catalog(): Catalog {
    return this.#catalog;
  }

  connections(): ReadonlyMap<string, ProviderConnection> {
    return this.#connections;
  }

  connectedIds(): ReadonlySet<string> {
    return this.#connectedIds;
  }

  engines(): readonly Engine[] {
    return this.#engines;
  }

  /** Where an engine tells its load; undefined for any other provider. */
  loadSource(providerId: string): ListedSource | undefined {
    return this.#loadSources.get(providerId);
  }

  /** Is this endpoint still offered? */
  hasEndpoint(endpointId: string): boolean {
    const modelId = endpointId.slice(0, endpointId.lastIndexOf('|'));
    return this.#catalog.endpoints(modelId).some(({ id }) => id === endpointId);
  }

  keysOf(providerId: string): readonly string[] {
    const provider = this.#providers.get(providerId);
    return provider ? namesOfKeys(provider) : [];
  }

  /** Where the key in use of each provider comes from, and by what name; none for those that need no key. */
  keySources(): ReadonlyMap<string, KeySource> {
    const configured = new Set(
      this.#config.providers.flatMap(({ id, api_key }) => (api_key === undefined ? [] : [id])),
    );
    const sources = new Map<string, KeySource>();
    for (const { provider, secret } of this.#connections.values()) {
      if (secret === undefined) continue;
      const variable = findEnvironmentKey(provider, this.#environment)?.variable;
      if (configured.has(provider.id)) sources.set(provider.id, { source: 'configuration', label: 'trunkline.toml' });
      else if (variable !== undefined) sources.set(provider.id, { source: 'environment', label: variable });
      else if (this.#storedKeys.has(provider.id)) sources.set(provider.id, { source: 'stored', label: '' });
    }
    return sources;
  }

  /** Providers that offer something in the catalogue or are connected, by name. */
  providers(): readonly ProviderFacts[] {
    return [...this.#providers.values()]
      .map((provider) => this.#facts(provider))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The facts a plan is made from are kept once, so that it can be replayed when the catalogue has moved on. */
  factsKey(modelId: string): string {
    const catalog = this.#catalog;
    const key = routeFactsKey(catalog, modelId);
    if (!this.#factsSaved.has(key)) {
      const saving = this.#options.ledger
        .saveRouteFacts(key, catalog.endpoints(modelId))
        .then(() => void this.#factsSaved.set(key, 'saved'))
        // Storage is away: the next request with these facts tries again.
        .catch(() => void this.#factsSaved.delete(key));
      this.#factsSaved.set(key, saving);
    }
    return key;
  }

  #rebuild(): void {
    const { shelf, clock } = this.#options;
    const { providers, connections } = connectProviders({
      shelf,
      config: this.#config,
      ...(this.#demo && { demo: this.#demo }),
      environment: this.#environment,
      storedKeys: this.#storedKeys,
      engines: this.#engines,
      locals: this.#locals,
      bundled: this.#bundled,
      tokens: this.#tokens,
    });
    const seenAt = new Date(clock.nowMs()).toISOString().slice(0, 10);
    const base = this.#base;
    const offer = offerEngines([...this.#engines, ...this.#locals.map(({ engine }) => engine)], {
      matchNativeId: (name) => matchNativeId(base, name),
      inputModalitiesOf: (modelId) => base.find(modelId)?.model.inputModalities,
      seenAt,
    });
    const layer: CatalogLayer = {
      models: [bundledModel, ...offer.models],
      endpoints: [
        ...configuredEndpoints(this.#config, providers, base, seenAt),
        ...this.#demoEndpoints(providers, seenAt),
        ...offer.endpoints,
        ...(this.#bundled ? [bundledEndpoint] : []),
      ],
    };
    this.#catalog = withLayer(base, layer);
    for (const [id, { secret }] of connections) {
      if (secret?.reveal() !== this.#connections.get(id)?.secret?.reveal()) this.#options.onConnected?.(id);
    }
    this.#providers = providers;
    this.#connections = connections;
    this.#connectedIds = new Set(connections.keys());
    this.#loadSources = loadSources(this.#engines, this.#config, connections, this.#locals);
  }

  #demoEndpoints(providers: ReadonlyMap<string, Provider>, seenAt: string): readonly Endpoint[] {
    if (!this.#demo) return [];
    const endpoints = configuredEndpoints(this.#demo, providers, this.#base, seenAt);
    return endpoints.map((endpoint) => ({ ...endpoint, isDemo: true }));
  }

  #facts(provider: Provider): ProviderFacts {
    const { headquarters, datacenters, privacyPolicyUrl, termsOfServiceUrl, statusPageUrl } = provider;
    return {
      id: provider.id,
      name: provider.name,
      connected: this.#connections.has(provider.id),
      environmentKeys: namesOfKeys(provider),
      ...(headquarters !== undefined && { headquarters }),
      ...(datacenters !== undefined && { datacenters }),
      ...(privacyPolicyUrl !== undefined && { privacyPolicyUrl }),
      ...(termsOfServiceUrl !== undefined && { termsOfServiceUrl }),
      ...(statusPageUrl !== undefined && { statusPageUrl }),
    };
  }
}

/** Is this provider an engine of this machine? */
export function isLocalProvider(id: string): boolean {
  return (
    id === bundledEndpoint.providerId ||
    [...Object.keys(ENGINE_TRAITS), NODE_LLAMA].some((kind) => id === kind || id.startsWith(`${kind}/`))
  );
}
