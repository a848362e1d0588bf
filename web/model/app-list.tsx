import type { AppStats } from '../../src/contract/statistics.ts';
import { Link, OutsideLink } from '../parts/link.tsx';
import { Empty, Sample } from '../parts/states.tsx';
import { compact, exact, percent } from '../text/numbers.ts';

/** Apps that named themselves, most tokens first. All of it is what callers said. */
export function AppList({ stats }: { readonly stats: AppStats }) {
  const requests = stats.data.reduce((all, app) => all + app.requests, 0);
  if (stats.data.length === 0) {
    return (
      <Empty title="No app named itself in 30 days">
        Requests with the header <code>X-Title</code> or <code>HTTP-Referer</code> are counted for their app here.
      </Empty>
    );
  }
  return (
    <>
      <ol className="divide-y divide-line border-y border-line">
        {stats.data.slice(0, 20).map((app) => (
          <li key={app.slug} className="flex items-baseline gap-3 py-2 text-sm">
            <span className="figures w-6 text-right text-soft">{app.rank}</span>
            <span className="min-w-0 flex-1">
              <Link to={`/apps/${encodeURIComponent(app.slug)}`} className="inline-block font-medium leading-6">
                <bdi>{app.title}</bdi>
              </Link>
              {app.url && (
                <span className="block text-xs">
                  <OutsideLink href={app.url} className="inline-block max-w-full truncate leading-6">
                    <bdi>{app.url}</bdi>
                  </OutsideLink>
                </span>
              )}
            </span>
            <span className="text-xs text-soft">{app.categories.join(', ')}</span>
            <span className="figures text-right whitespace-nowrap" title={`${exact(app.tokens)} tokens`}>
              {compact(app.tokens)} tokens
              <span className="block text-xs text-soft">{trendOf(app.tokens, app.tokens_before)}</span>
            </span>
          </li>
        ))}
      </ol>
      <div className="mt-2">
        <Sample
          n={requests}
          source={`this installation, 30 days · ${compact(stats.unnamed_tokens)} tokens named no app`}
        />
      </div>
    </>
  );
}

function trendOf(now: number, before: number | null): string {
  if (before === null) return 'nothing recorded before';
  if (before === 0) return 'new';
  const change = now / before - 1;
  return `${change >= 0 ? 'up' : 'down'} ${percent(Math.abs(change), 0)}`;
}
