import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyVault } from '../accounts/sealed-secret.ts';
import { systemClock } from '../base/clock.ts';
import { Secret } from '../base/secret.ts';
import { pictureRoutes } from '../http/picture-routes.ts';
import { type ProviderKeyParts, providerKeyRoutes } from '../http/provider-key-routes.ts';
import { roomRoutes } from '../http/room-routes.ts';
import type { Route } from '../http/route.ts';
import { type SystemParts, systemRoutes } from '../http/system-routes.ts';
import { type OpenedExchange, VERSION } from './open-exchange.ts';
import type { Settings } from './settings.ts';

const BACKUP_NAME = /^[\w-]+\.sqlite$/;

export interface InstallationOptions {
  readonly opened: OpenedExchange;
  readonly settings: Settings;
  readonly vault: KeyVault;
  readonly startedAtMs: number;
  ask(request: Request): Response | Promise<Response>;
}

/** The routes of those who run the installation, and the rooms that people keep in it. */
export function installationRoutes(options: InstallationOptions): readonly Route[] {
  return [
    ...roomRoutes(options.opened.storage.rooms),
    ...pictureRoutes(options.opened.gateway.media),
    ...systemRoutes(systemParts(options)),
    ...providerKeyRoutes(providerKeys(options)),
  ];
}

function systemParts({ opened, settings, startedAtMs }: InstallationOptions): SystemParts {
  const { storage, journal } = opened;
  const folder = join(settings.home, 'backups');
  const listing = (name: string) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return { name, bytes: size, created_at: new Date(mtimeMs).toISOString() };
  };
  return {
    ...{ audit: opened.audit, days: storage.days },
    async facts() {
      const { rss, heapUsed } = process.memoryUsage();
      const ready = await storage.isReady();
      return {
        ...{ version: VERSION, runtime: `Bun ${Bun.version}`, started_at: new Date(startedAtMs).toISOString() },
        uptime_seconds: Math.round((systemClock.nowMs() - startedAtMs) / 1000),
        memory: { resident_bytes: rss, heap_bytes: heapUsed },
        storage: { kind: storage.kind, ready, bytes: ready ? ((await storage.bytes()) ?? null) : null },
        journal: { pending: journal.pendingCount },
      };
    },
    backups() {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      return readdirSync(folder)
        .filter((name) => BACKUP_NAME.test(name))
        .map(listing)
        .sort((a, b) => b.created_at.localeCompare(a.created_at));
    },
    openBackup: (name) => Bun.file(join(folder, name)),
    ...(storage.kind === 'sqlite' && {
      async backUp() {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const stamp = new Date(systemClock.nowMs()).toISOString().replace(/[-:]/g, '').replace('.', '-');
        const name = `trunkline-${stamp}.sqlite`;
        await storage.backUp(join(folder, name));
        return listing(name);
      },
    }),
  };
}

function providerKeys({ opened, vault, ask }: InstallationOptions): ProviderKeyParts {
  const { storage, marketplace } = opened;
  const reload = async (): Promise<void> => {
    marketplace.change({ storedKeys: vault.openAll(await storage.providerKeys()) });
  };
  const nameOf = (id: string) => marketplace.providers().find((provider) => provider.id === id)?.name;
  return {
    ...{ clock: systemClock, ask },
    async list() {
      const stored = await storage.providerKeys();
      const sources = marketplace.keySources();
      const connected = marketplace.connectedIds();
      const kept = stored.map(({ providerId, label, createdAtMs }) => ({
        ...{ provider: providerId, provider_name: nameOf(providerId) ?? providerId, source: 'stored' as const, label },
        shadowed: sources.get(providerId)?.source !== 'stored',
        connected: connected.has(providerId),
        created_at: new Date(createdAtMs).toISOString(),
      }));
      const others = [...sources].flatMap(([id, { source, label }]) =>
        source === 'stored'
          ? []
          : [
              {
                provider: id,
                provider_name: nameOf(id) ?? id,
                source,
                label,
                shadowed: false,
                connected: true,
                created_at: null,
              },
            ],
      );
      return [...others, ...kept].sort((a, b) => a.provider_name.localeCompare(b.provider_name));
    },
    providers: () =>
      marketplace
        .providers()
        .filter(({ environmentKeys }) => environmentKeys.length > 0)
        .map(({ id, name }) => ({ id, name })),
    async save({ provider, key, label }) {
      if (nameOf(provider) === undefined) return false;
      const sealed = vault.seal(provider, new Secret(key));
      await storage.saveProviderKey({ providerId: provider, sealed, label, createdAtMs: systemClock.nowMs() });
      await reload();
      return true;
    },
    async remove(provider) {
      const existed = await storage.deleteProviderKey(provider);
      if (existed) await reload();
      return existed;
    },
    cheapestModel(provider) {
      if (!marketplace.connectedIds().has(provider)) return undefined;
      const catalog = marketplace.catalog();
      const offers = catalog.models.flatMap(({ id }) =>
        catalog
          .endpoints(id)
          .filter(
            (endpoint) =>
              endpoint.providerId === provider &&
              endpoint.status === 'active' &&
              endpoint.outputModalities.includes('text'),
          ),
      );
      const [first] = offers.sort((a, b) => (a.price.completion < b.price.completion ? -1 : 1));
      return first?.modelId;
    },
  };
}
