import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Budgets } from '../billing/budgets.ts';
import type { Journal } from '../billing/journal.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { WireFormat } from '../formats/format.ts';
import type { Plugin } from '../plugins/plugin.ts';
import type { EngineBook } from '../routing/engine-book.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { ProviderConnection } from './connection.ts';
import type { ContentIntake } from './content-tap.ts';
import type { Deadlines, DeadlineWheel } from './deadlines.ts';
import type { Egress } from './egress.ts';
import type { MediaFetcher } from './fetch-media.ts';
import type { Policies } from './policies.ts';

/** What the path of a request needs, passed in once. Functions answer for this moment: config and catalogue may change. */
export interface GatewayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deadlines: Deadlines;
  readonly wheel: DeadlineWheel;
  readonly egress: Egress;
  readonly formats: ReadonlyMap<string, WireFormat>;
  readonly health: HealthBook;
  readonly engines: EngineBook;
  readonly budgets: Budgets;
  readonly journal: Journal;
  readonly contents: ContentIntake;
  readonly userAgent: string;
  readonly media: MediaFetcher;
  /** Presets, and what keys and workspaces say of routing. */
  readonly policies: Policies;
  /** The shelf of plugins, by id. */
  readonly plugins: ReadonlyMap<string, Plugin>;
  /** What the configuration says for the plugin of this id. */
  pluginSettings(id: string): unknown;
  fetch(url: URL, init: RequestInit): Promise<Response>;
  /** Does anything accept a connection there within so many milliseconds? */
  probe(url: URL, withinMs: number): Promise<boolean>;
  catalog(): Catalog;
  /** Short key of the endpoints a plan for this model is made from; keeps them for replay when they are new. */
  routeFactsKey(modelId: string): string;
  /** Providers that can be called now, by id. */
  connections(): ReadonlyMap<string, ProviderConnection>;
  /** The ids of `connections()`, the same set until something changes. */
  connectedIds(): ReadonlySet<string>;
  /** Endpoints and providers that an operator took out, by id. */
  off(): ReadonlySet<string>;
  /** Environment variables that would connect a provider. */
  keysOf(providerId: string): readonly string[];
  /** An end user's id as providers see it. */
  hashUser(user: string): string;
  /** A text as providers may see it: always the same for the same text, here and nowhere else, and not to be turned back. */
  seal(text: string): string;
}
