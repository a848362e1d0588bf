import { Secret } from '../base/secret.ts';
import type { Config, ProviderConfig } from '../config/read-config.ts';
import { readKey } from '../config/read-config.ts';
import type { BundledEndpointInfo } from '../engines/bundled.ts';
import { bundledProvider } from '../engines/bundled-model.ts';
import { ENGINE_TRAITS, type Engine, providerOfEngine } from '../engines/engine.ts';
import type { LocalModelOffer } from '../engines/local-model-host.ts';
import type { ProviderConnection } from '../gateway/connection.ts';
import type { ProviderTokens } from '../gateway/provider-tokens.ts';
import { findBaseUrl, findEnvironmentKey, namesOfKeys, type Provider } from '../providers/provider.ts';

export interface ConnectionSources {
  readonly shelf: readonly Provider[];
  readonly config: Config;
  /** Providers of the demonstration; none of them may stand in for one that is known. */
  readonly demo?: Config;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Keys kept in storage, opened, by provider id. */
  readonly storedKeys: ReadonlyMap<string, Secret>;
  readonly engines: readonly Engine[];
  /** Models of the operator's own files. */
  readonly locals: readonly LocalModelOffer[];
  readonly bundled: BundledEndpointInfo | undefined;
  readonly tokens: ProviderTokens;
}

/** Every provider that is known, and a connection for those that can be called now. */
export interface ConnectedProviders {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly connections: ReadonlyMap<string, ProviderConnection>;
}

/** The shelf, changed and added to by the configuration, and whatever engines run on this machine. */
export function connectProviders(sources: ConnectionSources): ConnectedProviders {
  const providers = new Map<string, Provider>();
  const connections = new Map<string, ProviderConnection>();
  const configured = new Map(sources.config.providers.map((entry) => [entry.id, entry]));
  for (const provider of sources.shelf) {
    const entry = configured.get(provider.id);
    add(entry ? override(provider, entry) : provider, entry, sources, providers, connections);
  }
  for (const entry of [...sources.config.providers, ...(sources.demo?.providers ?? [])]) {
    if (providers.has(entry.id) || entry.base_url === undefined) continue;
    add(fromConfig(entry, entry.base_url), entry, sources, providers, connections);
  }
  for (const engine of sources.engines) {
    const provider = providerOfEngine(engine);
    providers.set(provider.id, provider);
    connections.set(provider.id, { provider, baseUrl: provider.baseUrl, allowPrivateNetwork: true });
  }
  for (const { engine, wake } of sources.locals) {
    // Each start has a key of its own, sent as a bearer's.
    const { headers: _, ...provider } = providerOfEngine(engine);
    providers.set(provider.id, provider);
    connections.set(provider.id, { provider, baseUrl: provider.baseUrl, allowPrivateNetwork: true, wake });
  }
  addBundled(sources.bundled, providers, connections);
  return { providers, connections };
}

function add(
  provider: Provider,
  entry: ProviderConfig | undefined,
  sources: ConnectionSources,
  providers: Map<string, Provider>,
  connections: Map<string, ProviderConnection>,
): void {
  providers.set(provider.id, provider);
  if (entry?.enabled === false) return;
  const settled = { ...sources.environment, ...settingsOf(provider, entry) };
  const baseUrl = findBaseUrl(provider, settled);
  if (baseUrl === undefined) return;
  const needsKey = namesOfKeys(provider).length > 0 || entry?.api_key !== undefined;
  const secret = findSecret(provider, entry, sources);
  if (needsKey && secret === undefined) return;
  const allowPrivateNetwork = entry?.allow_private_network ?? provider.allowPrivateNetwork ?? false;
  const connect = (spoken: Provider, address: string): ProviderConnection => ({
    ...{ provider: spoken, baseUrl: address, allowPrivateNetwork },
    ...(secret && { secret, ...wakeWithToken(provider, address, secret, sources.tokens) }),
  });
  const annexes = (provider.annexes ?? []).flatMap((annex) => {
    const address = findBaseUrl(provider, settled, annex);
    const { match, format, quirks = {} } = annex;
    return address === undefined ? [] : [{ match, connection: connect({ ...provider, format, quirks }, address) }];
  });
  connections.set(provider.id, { ...connect(provider, baseUrl), ...(annexes.length > 0 && { annexes }) });
}

/** A secret that is exchanged for a token is none that a request carries: the token is had when it is needed. */
function wakeWithToken(
  provider: Provider,
  baseUrl: string,
  secret: Secret,
  tokens: ProviderTokens,
): Pick<ProviderConnection, 'wake'> {
  const getToken = tokens.find(provider, secret);
  if (!getToken) return {};
  return { wake: async () => ({ baseUrl, secret: await getToken(), release: () => {} }) };
}

/** The configuration's word counts most, then a key entered by the operator, then the environment. */
function findSecret(
  provider: Provider,
  entry: ProviderConfig | undefined,
  sources: ConnectionSources,
): Secret | undefined {
  if (entry?.api_key !== undefined) {
    const key = readKey(entry.api_key, sources.environment);
    return key === undefined ? undefined : new Secret(key);
  }
  const stored = sources.storedKeys.get(provider.id);
  if (stored) return stored;
  const found = findEnvironmentKey(provider, sources.environment);
  return found && new Secret(found.value);
}

function override(provider: Provider, entry: ProviderConfig): Provider {
  return {
    ...provider,
    ...(entry.name !== undefined && { name: entry.name }),
    ...(entry.format !== undefined && { format: entry.format }),
    ...(entry.base_url !== undefined && { baseUrl: trimSlash(entry.base_url), settings: {}, annexes: [] }),
    ...quirksOf(entry, provider.quirks),
    environmentKeys: [...variablesOf(entry), ...provider.environmentKeys],
  };
}

function fromConfig(entry: ProviderConfig, baseUrl: string): Provider {
  const traits = entry.engine && ENGINE_TRAITS[entry.engine];
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    baseUrl: trimSlash(baseUrl),
    format: entry.format ?? traits?.format ?? 'openai-chat',
    environmentKeys: variablesOf(entry),
    allowPrivateNetwork: entry.allow_private_network,
    documentation: traits?.documentation ?? '',
    ...(traits?.continues && { continues: traits.continues }),
    ...(traits?.completes && { completes: traits.completes }),
    ...(traits?.stopsOnAbort !== undefined && { stopsOnAbort: traits.stopsOnAbort }),
    ...quirksOf(entry, traits?.quirks),
  };
}

function quirksOf(entry: ProviderConfig, quirks: Provider['quirks']): Pick<Provider, 'quirks'> {
  const { session_header: sessionHeader, cache_salt_field: cacheSaltField } = entry;
  if (!quirks && sessionHeader === undefined && cacheSaltField === undefined) return {};
  return { quirks: { ...quirks, ...(sessionHeader && { sessionHeader }), ...(cacheSaltField && { cacheSaltField }) } };
}

/** The variable that `api_key = "env:NAME"` names. */
function variablesOf({ api_key }: ProviderConfig): readonly string[] {
  return typeof api_key === 'string' && api_key.startsWith('env:') ? [api_key.slice('env:'.length)] : [];
}

/** What the configuration says for the address, under the variables that would say it otherwise. */
function settingsOf(provider: Provider, entry: ProviderConfig | undefined): Readonly<Record<string, string>> {
  const given = Object.entries(provider.settings ?? {}).flatMap(([placeholder, variables]) => {
    const value = entry?.settings?.[placeholder.replace(/\?$/, '')];
    return value === undefined ? [] : [[[variables].flat()[0]!, value] as const];
  });
  return Object.fromEntries(given);
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function addBundled(
  info: BundledEndpointInfo | undefined,
  providers: Map<string, Provider>,
  connections: Map<string, ProviderConnection>,
): void {
  const provider: Provider = {
    ...bundledProvider,
    baseUrl: info?.baseUrl ?? 'http://127.0.0.1',
    environmentKeys: [],
    documentation: 'engine/models/README.md',
  };
  providers.set(provider.id, provider);
  if (!info) return;
  connections.set(provider.id, { provider, baseUrl: info.baseUrl, secret: info.secret, allowPrivateNetwork: true });
}
