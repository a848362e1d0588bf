import type { Status } from '../contract/overview.ts';
import { findIncidents } from '../statistics/incidents.ts';
import type { AttemptSum, UsageSum } from '../statistics/statistics-store.ts';
import { startOf } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { shared } from './model-statistics.ts';
import { attemptCounts, instantOf, printCounts, printUptimeDays, usageCounts } from './print-figure.ts';
import type { Route, RouteCall } from './route.ts';
import { daysIn, daysWindow, hoursWindow } from './statistics-window.ts';
import { type Breaker, breakerOf } from './upstream-routes.ts';

export const statusRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/status', audience: 'public', answer: shared(showStatus) },
];

const DAYS = 30;

/** From memory alone while storage is away: what flows now can still be said then. */
async function showStatus({ exchange }: RouteCall): Promise<Status> {
  const history = await readHistory(exchange);
  const incidents = history ? printIncidents(exchange, history.recent) : [];
  const isDegraded = incidents.some(({ is_open }) => is_open);
  const nowMs = exchange.clock.nowMs();
  return {
    state: !history ? 'storage-away' : isDegraded ? 'degraded' : 'ok',
    version: exchange.version,
    at: instantOf(nowMs),
    up_seconds: Math.max(0, Math.floor((nowMs - exchange.startedAtMs) / 1000)),
    journal_pending: exchange.journalPending(),
    providers: [...printProviders(exchange, history)],
    after_fallback: history
      ? {
          total: printCounts(usageCounts(history.usage)),
          days: printUptimeDays(history.days, history.usage, usageCounts),
        }
      : null,
    incidents: [...incidents],
  };
}

interface History {
  readonly days: readonly number[];
  readonly attempts: readonly AttemptSum[];
  readonly usage: readonly UsageSum[];
  /** By hour, the last 24. */
  readonly recent: readonly AttemptSum[];
}

/** Undefined while storage is away, which is an error of its own that is known by its name here. */
async function readHistory({ clock, statistics }: Exchange): Promise<History | undefined> {
  const window = daysWindow(DAYS, clock.nowMs());
  try {
    const [attempts, usage, recent] = await Promise.all([
      statistics.sumAttempts({ ...window, by: ['provider', 'start'] }),
      statistics.sumUsage({ ...window, by: ['start'] }),
      statistics.sumAttempts({ ...hoursWindow(24, clock.nowMs()), by: ['provider', 'endpoint', 'start'] }),
    ]);
    return { days: daysIn(window), attempts, usage, recent };
  } catch (error) {
    if (error instanceof Error && error.name === 'StorageAway') return undefined;
    throw error;
  }
}

/** Those that are connected or were called, the worst breaker of each. */
function printProviders(exchange: Exchange, history: History | undefined): Status['providers'] {
  const byProvider = Map.groupBy(history?.attempts ?? [], ({ provider }) => provider);
  const breakers = breakersByProvider(exchange);
  const facts = new Map(exchange.providers().map((provider) => [provider.id, provider]));
  const connected = [...facts.values()].filter((provider) => provider.connected).map(({ id }) => id);
  const ids = new Set([...connected, ...byProvider.keys()]);
  return [...ids].sort().map((id) => {
    const own = byProvider.get(id) ?? [];
    return {
      provider: id,
      name: facts.get(id)?.name ?? id,
      connected: facts.get(id)?.connected ?? false,
      breaker: breakers.get(id) ?? 'closed',
      total: printCounts(attemptCounts(own)),
      days: history ? printUptimeDays(history.days, own, attemptCounts) : [],
    };
  });
}

const WORST: readonly Breaker[] = ['closed', 'half', 'open', 'refused', 'off'];

function breakersByProvider(exchange: Exchange): ReadonlyMap<string, Breaker> {
  const nowMs = exchange.clock.nowMs();
  const off = new Set(exchange.switches.list().map(({ target }) => target));
  const worst = new Map<string, Breaker>();
  for (const id of exchange.calledEndpoints()) {
    const provider = id.slice(id.lastIndexOf('|') + 1).split('/')[0]!;
    const breaker = breakerOf(exchange.health(id), off.has(id), nowMs);
    if (WORST.indexOf(breaker) > WORST.indexOf(worst.get(provider) ?? 'closed')) worst.set(provider, breaker);
  }
  for (const { id } of exchange.providers()) if (off.has(id)) worst.set(id, 'off');
  return worst;
}

/** Open is what can still hurt somebody: at a provider that nothing is sent to any more it is over. */
function printIncidents(exchange: Exchange, recent: readonly AttemptSum[]): Status['incidents'] {
  const facts = new Map(exchange.providers().map((provider) => [provider.id, provider]));
  const thisHour = startOf('hour', exchange.clock.nowMs());
  const incidents = findIncidents(recent, thisHour).map((incident) => ({
    provider: incident.provider,
    name: facts.get(incident.provider)?.name ?? incident.provider,
    class: incident.outcome,
    count: incident.count,
    share: incident.share,
    first_hour: instantOf(incident.firstMs),
    last_hour: instantOf(incident.lastMs),
    is_open: incident.isOpen && facts.get(incident.provider)?.connected === true,
    endpoints: [...incident.endpoints],
  }));
  return incidents.sort((a, b) => Number(b.is_open) - Number(a.is_open));
}
