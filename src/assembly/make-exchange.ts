import type { AccountDirectory } from '../accounts/directory.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Journal } from '../billing/journal.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { draftPlan, emptyPlan } from '../gateway/make-plan.ts';
import type { ContentBook } from '../http/content-book.ts';
import { EventHub } from '../http/event-hub.ts';
import type { Exchange, ProviderFacts } from '../http/exchange.ts';
import { breakerOf } from '../http/upstream-routes.ts';
import type { HealthBook } from '../routing/health-book.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { VerificationBook } from '../verification/verification-book.ts';
import type { PolicyKeeper } from './keep-policies.ts';
import type { SwitchKeeper } from './keep-switches.ts';

export interface ExchangeParts {
  readonly log: Log;
  readonly version: string;
  readonly gateway: GatewayParts;
  readonly directory: AccountDirectory;
  readonly storage: Storage;
  readonly journal: Journal;
  readonly switches: SwitchKeeper;
  readonly policies: PolicyKeeper;
  readonly events: EventHub;
  readonly contents: ContentBook;
  readonly verifications: Pick<VerificationBook, 'list'>;
  providers(): readonly ProviderFacts[];
}

/** What the routes read, from the running parts. */
export function makeExchange(parts: ExchangeParts): Exchange {
  const { gateway, journal, switches } = parts;
  const { clock, health } = gateway;
  return {
    clock,
    log: parts.log,
    version: parts.version,
    formats: [...gateway.formats.values()],
    catalog: () => gateway.catalog(),
    providers: () => parts.providers(),
    health: (endpointId) => health.health(endpointId, clock.nowMs()),
    uptime: (endpointId) => health.uptime(endpointId, clock.nowMs()),
    calledEndpoints: () => health.endpointIds(),
    inFlight: (endpointId) => health.inFlight(endpointId),
    switches,
    policies: parts.policies,
    events: parts.events,
    contents: parts.contents,
    plan: (features, seed) => draftPlan(gateway, features, NO_ENGINES, seed),
    explainEmpty: (plan) => emptyPlan(gateway, plan).message,
    startedAtMs: clock.nowMs(),
    journalPending: () => journal.pendingCount,
    directory: parts.directory,
    ledger: parts.storage,
    statistics: parts.storage.statistics,
    undrained: () => journal.pending(),
    findUndrained: (id) => journal.findPending(id),
    undrainedSpending: (keyHash) => journal.pendingSpending(keyHash),
    undrainedAccountSpending: (accountId) => journal.pendingAccountSpending(accountId),
    verifications: listOrNone(parts.verifications, parts.log),
  };
}

/** Without a prompt there is no cache to prefer an engine for: engines alike are drawn. */
const NO_ENGINES = { state: () => undefined };

export function makeEventHub(clock: Clock, health: HealthBook, switches: SwitchKeeper): EventHub {
  return new EventHub({
    clock,
    breakers() {
      const nowMs = clock.nowMs();
      const off = switches.targets();
      const ids = new Set([...health.endpointIds(), ...[...off].filter((target) => target.includes('|'))]);
      return new Map(
        [...ids].map((id) => {
          const isOff = off.has(id) || off.has(providerOf(id));
          return [id, breakerOf(health.health(id, nowMs), isOff, nowMs)] as const;
        }),
      );
    },
    providerOf,
  });
}

/** An endpoint's id ends with its tag, and a tag begins with its provider. */
function providerOf(endpointId: string): string {
  return endpointId.slice(endpointId.lastIndexOf('|') + 1).split('/')[0]!;
}

/** A file that cannot be read shows nothing as verified; the log says why, once for each reason. */
function listOrNone(book: Pick<VerificationBook, 'list'>, log: Log): Exchange['verifications'] {
  let told = '';
  return (modelId) => {
    try {
      return book.list(modelId);
    } catch (error) {
      const reason = String(error);
      if (reason !== told) log.write('error', 'What was verified cannot be read', { reason });
      told = reason;
      return [];
    }
  };
}
