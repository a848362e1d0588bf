import type { Config } from '../config/read-config.ts';
import type { Engine, EngineKind } from '../engines/engine.ts';
import type { LoadSource } from '../engines/load-watch.ts';
import type { LocalModelOffer } from '../engines/local-model-host.ts';
import { LOAD_READERS } from '../engines/read-load.ts';
import type { ProviderConnection } from '../gateway/connection.ts';

/** A load source, and whether its address may be one of a private network. */
export interface ListedSource extends LoadSource {
  readonly allowPrivateNetwork: boolean;
}

/** Where engines tell their load: those found here, those that the configuration calls one, and our own while they are awake. */
export function loadSources(
  engines: readonly Engine[],
  config: Config,
  connections: ReadonlyMap<string, ProviderConnection>,
  locals: readonly LocalModelOffer[] = [],
): ReadonlyMap<string, ListedSource> {
  const sources = new Map<string, ListedSource>();
  const add = (id: string, kind: EngineKind, source: Omit<ListedSource, 'kind'>): void => {
    if (LOAD_READERS[kind]) sources.set(id, { kind, ...source });
  };
  for (const { tag, kind, baseUrl } of engines) add(tag, kind, { baseUrl, allowPrivateNetwork: true });
  for (const { engine, awake } of locals) {
    if (!awake) continue;
    const { baseUrl, authorization } = awake;
    add(engine.tag, engine.kind, { baseUrl, allowPrivateNetwork: true, headers: { authorization } });
  }
  for (const { id, engine } of config.providers) {
    const connection = connections.get(id);
    if (!engine || !connection) continue;
    const { baseUrl, secret, provider, allowPrivateNetwork } = connection;
    const key = secret?.reveal();
    add(id, engine, {
      // The pages stand beside the API, not below it.
      baseUrl: baseUrl.replace(/\/v1$/, ''),
      allowPrivateNetwork,
      ...(key !== undefined && { headers: provider.headers?.(key) ?? { authorization: `Bearer ${key}` } }),
    });
  }
  return sources;
}
