import { type Config, readKey } from '../config/read-config.ts';

/** What the configuration says for plugins, by their id. */
export function pluginSettingsOf(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> {
  const search = config.web_search;
  if (!search) return {};
  const apiKey = search.api_key === undefined ? undefined : readKey(search.api_key, environment);
  // A key that is named and not there: as if nothing were configured, so that callers are told and the engine is not asked in vain.
  if (search.api_key !== undefined && apiKey === undefined) return {};
  return {
    web: {
      engine: search.engine,
      costPico: search.cost_per_search,
      ...(search.url && { url: search.url }),
      ...(apiKey !== undefined && { apiKey }),
    },
  };
}
