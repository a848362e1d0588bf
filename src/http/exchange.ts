import type { AccountDirectory } from '../accounts/directory.ts';
import type { PolicyStore, RoutingDefault } from '../accounts/policy-store.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { LedgerStore } from '../billing/ledger-store.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Verification } from '../contract/verification.ts';
import type { WireFormat } from '../formats/format.ts';
import type { Policies, ReadyPreset } from '../gateway/policies.ts';
import type { RequestFeatures } from '../generation/request.ts';
import type { EndpointHealth } from '../routing/health-numbers.ts';
import type { RoutePlan } from '../routing/route-plan.ts';
import type { OffSwitch, StatisticsStore } from '../statistics/statistics-store.ts';
import type { ContentBook } from './content-book.ts';
import type { EventHub } from './event-hub.ts';

/** What a provider's page says of it. */
export interface ProviderFacts {
  readonly id: string;
  readonly name: string;
  /** Has a usable key, or needs none. */
  readonly connected: boolean;
  /** Environment variables that would connect it. */
  readonly environmentKeys: readonly string[];
  readonly headquarters?: string;
  readonly datacenters?: readonly string[];
  readonly privacyPolicyUrl?: string;
  readonly termsOfServiceUrl?: string;
  readonly statusPageUrl?: string;
}

/** Uptime of an endpoint in percent over three windows; undefined with too few requests. */
export interface EndpointUptime {
  readonly last5m?: number;
  readonly last30m?: number;
  readonly last1d?: number;
}

/** What operators took out of routing. */
export interface SwitchBoard {
  list(): readonly OffSwitch[];
  turnOff(off: OffSwitch): Promise<void>;
  /** Whether it was off. */
  turnOn(target: string): Promise<boolean>;
}

/** Routing defaults and presets; who changes the store reads it again. */
export interface PolicyBoard extends Policies {
  readonly store: PolicyStore;
  /** The newest of each scope. */
  defaults(): readonly RoutingDefault[];
  /** Last changed first. */
  presets(workspaceId: string): readonly ReadyPreset[];
  refresh(): Promise<void>;
}

/** Everything the routes read. Built once by `main.ts`; functions are called per request, so a refresh is seen at once. */
export interface Exchange {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** In which callers may speak. */
  readonly formats: readonly WireFormat[];
  catalog(): Catalog;
  providers(): readonly ProviderFacts[];
  /** Health over the last 5 minutes, for percentiles. */
  health(endpointId: string): EndpointHealth;
  uptime(endpointId: string): EndpointUptime;
  /** Endpoints that this process called lately. */
  calledEndpoints(): readonly string[];
  /** Calls of this process under way there. */
  inFlight(endpointId: string): number;
  readonly switches: SwitchBoard;
  readonly policies: PolicyBoard;
  readonly events: EventHub;
  /** The plan for a request that nobody makes. Throws when a model is unknown. */
  plan(features: RequestFeatures, seed?: number): RoutePlan;
  /** Why a plan has no steps, in words. */
  explainEmpty(plan: RoutePlan): string;
  /** When this process began. */
  readonly startedAtMs: number;
  /** Settled generations that are not in storage yet. */
  journalPending(): number;
  readonly directory: AccountDirectory;
  readonly ledger: LedgerStore;
  readonly statistics: StatisticsStore;
  readonly contents: ContentBook;
  /** Records that are settled and not drained yet, newest last. */
  undrained(): readonly GenerationRecord[];
  /** A record that is settled but maybe not drained into storage yet. */
  findUndrained(generationId: string): GenerationRecord | undefined;
  /** Spending by key hash that is settled but not drained, and total for the account, in picodollars. */
  undrainedSpending(keyHash: string): bigint;
  undrainedAccountSpending(accountId: string): bigint;
  /** What `doctor scout` found of a model on this machine, newest first. */
  verifications(modelId: string): readonly Verification[];
}
