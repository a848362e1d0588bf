import type { ApiKey } from '../accounts/api-key.ts';
import type { PolicyScope, PolicyStore, RoutingDefault } from '../accounts/policy-store.ts';
import type { Log } from '../base/log.ts';
import { providerSchema, readPreferenceLayer } from '../formats/openai-chat/request-fields.ts';
import type { Policies, ReadyPreset } from '../gateway/policies.ts';
import type { PreferenceLayer, RoutingPreferences } from '../generation/preferences.ts';

const NO_LAYERS: readonly PreferenceLayer[] = [];

/** Routing defaults and presets: in memory for every request, in storage for a restart and for other replicas. */
export class PolicyKeeper implements Policies {
  readonly store: PolicyStore;
  readonly #log: Log;
  #layers: ReadonlyMap<string, PreferenceLayer> = new Map();
  #presets: ReadonlyMap<string, ReadyPreset> = new Map();
  #defaults: readonly RoutingDefault[] = [];
  /** Readings of storage, so that a slow one never undoes a later one. */
  #readings = 0;
  #lastRead = 0;
  readonly #told = new Set<string>();

  constructor(store: PolicyStore, log: Log) {
    this.store = store;
    this.#log = log;
  }

  layersOf({ hash, workspaceId }: ApiKey): readonly PreferenceLayer[] {
    if (this.#layers.size === 0) return NO_LAYERS;
    const own = this.#layers.get(nameOf({ kind: 'key', id: hash }));
    const shared = this.#layers.get(nameOf({ kind: 'workspace', id: workspaceId }));
    if (own) return shared ? [own, shared] : [own];
    return shared ? [shared] : NO_LAYERS;
  }

  findPreset(workspaceId: string, slug: string): ReadyPreset | undefined {
    return this.#presets.get(`${workspaceId}/${slug}`);
  }

  /** Last changed first. */
  presets(workspaceId: string): readonly ReadyPreset[] {
    return [...this.#presets.values()].filter(({ preset }) => preset.workspaceId === workspaceId);
  }

  /** The newest of each scope. */
  defaults(): readonly RoutingDefault[] {
    return this.#defaults;
  }

  /** After a change of ours, and every few seconds for those of other replicas. */
  async refresh(): Promise<void> {
    const reading = ++this.#readings;
    const [defaults, presets] = await Promise.all([this.store.routingDefaults(), this.store.presets()]);
    if (reading < this.#lastRead) return;
    this.#lastRead = reading;
    this.#defaults = defaults;
    this.#layers = new Map(defaults.flatMap((one) => this.#layerOf(one)));
    this.#presets = new Map(
      presets.map((preset) => {
        const preferences = this.#read(preset.designated.config.provider, `preset ${preset.slug}`);
        return [`${preset.workspaceId}/${preset.slug}`, { preset, preferences }];
      }),
    );
  }

  #layerOf({ scope, version, provider }: RoutingDefault): readonly (readonly [string, PreferenceLayer])[] {
    const preferences = this.#read(provider, `${scope.kind} ${scope.id}`);
    if (Object.keys(preferences).length === 0) return [];
    return [[nameOf(scope), { from: scope.kind, version, preferences }]];
  }

  /** What was stored passed this schema. Should a later version read it otherwise, it says nothing, and the log says that. */
  #read(provider: unknown, of: string): Partial<RoutingPreferences> {
    try {
      return readPreferenceLayer(providerSchema.parse(provider ?? {}), undefined);
    } catch (error) {
      if (!this.#told.has(of))
        this.#log.write('error', 'Stored routing preferences cannot be read', { of, reason: String(error) });
      this.#told.add(of);
      return {};
    }
  }
}

function nameOf({ kind, id }: PolicyScope): string {
  return `${kind} ${id}`;
}
