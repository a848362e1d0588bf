import type { UptimeStats } from '../../src/contract/statistics.ts';
import { UptimeBars } from '../charts/uptime-bars.tsx';
import { Empty } from '../parts/states.tsx';

/** What callers saw on top, then each provider: the gap between is what falling back saved. */
export function Uptime({ stats, apiPath }: { readonly stats: UptimeStats; readonly apiPath: string }) {
  const { after_fallback: callers, providers } = stats;
  if (callers.total.uptime.n === 0 && providers.every(({ total }) => total.uptime.n === 0)) {
    return (
      <Empty title="Nothing was called in 90 days">
        Each request to this model fills a bar of its day. Rate-limited ones and callers’ own errors do not count.
      </Empty>
    );
  }
  const rows = [
    {
      provider: '',
      name: 'After fallback: what callers saw',
      total: callers.total,
      days: callers.days,
    },
    ...providers,
  ];
  return (
    <div className="grid grid-cols-1 gap-6">
      {rows.map(({ provider, name, total, days }) => (
        <UptimeBars
          key={provider}
          title={name}
          unit="percent"
          n={total.uptime.n}
          needed={total.uptime.needed}
          sample={provider === '' ? 'request' : 'attempt'}
          source="this installation, 90 days"
          apiPath={apiPath}
          anchor="uptime"
          data={days.map((day) => ({
            date: day.date,
            success: day.success,
            error: day.error,
            rateLimited: day.rate_limited,
          }))}
        />
      ))}
      <p className="max-w-prose text-xs text-soft">
        Success over success and errors. Height from 90 to 100 percent; hatched bars are of fewer than ten requests, low
        lines of none. Rate-limited requests and callers’ own errors are left out.
      </p>
    </div>
  );
}
