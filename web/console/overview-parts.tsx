import type { Overview, Status } from '../../src/contract/overview.ts';
import { StackedDays } from '../charts/stacked-days.tsx';
import { Link } from '../parts/link.tsx';
import { TooLittle } from '../parts/states.tsx';
import {
  add,
  compact,
  compareDecimals,
  counted,
  dollars,
  duration,
  exact,
  exactDollars,
  forDrawing,
  percent,
} from '../text/numbers.ts';
import { tellErrors } from '../text/tell-incident.ts';
import { HEAD_CELL, HEAD_NUMBER, NUMBER, TableFrame, Tiles } from './block.tsx';

type Figure = Overview['error_rate'];

function Shown({ figure, print }: { readonly figure: Figure; print(value: number): string }) {
  const { value, n, needed } = figure;
  return value === null ? <TooLittle n={n} needed={needed} /> : print(value);
}

const noteOf = ({ n, needed, value }: Figure) => `n = ${exact(n)}${value === null ? ` of ${needed} needed` : ''}`;

/** What one looks for first: money, then whether it works, then how fast. */
export function OverviewTiles({ overview }: { readonly overview: Overview }) {
  const { spend, error_rate: errorRate, first_content_ms: first } = overview;
  return (
    <Tiles
      tiles={[
        {
          name: 'Spend today',
          value: dollars(spend.today),
          title: exactDollars(spend.today),
          note: 'since midnight UTC',
        },
        {
          name: 'Spend this month',
          value: dollars(spend.month),
          title: exactDollars(spend.month),
          note: forecastText(spend.forecast),
        },
        {
          name: 'Credit left',
          value: spend.credit_left === null ? '—' : dollars(spend.credit_left),
          title: exactDollars(spend.credit_left),
          note:
            spend.credit_left === null ? (
              'no deposits here'
            ) : (
              <Link className="prose-link" to="/billing">
                Ledger
              </Link>
            ),
        },
        {
          name: 'Requests today',
          value: compact(overview.requests_today),
          title: exact(overview.requests_today),
          note: `${exact(overview.requests)} this month`,
        },
        {
          name: 'Error rate',
          value: <Shown figure={errorRate} print={(value) => percent(value / 100)} />,
          note: `${noteOf(errorRate)}, this month`,
        },
        {
          name: 'First content, p50',
          value: <Shown figure={first.p50} print={duration} />,
          note: noteOf(first.p50),
        },
        {
          name: 'First content, p95',
          value: <Shown figure={first.p95} print={duration} />,
          note: noteOf(first.p95),
        },
        {
          name: 'Saved by caches',
          value: dollars(overview.cache_saving),
          title: exactDollars(overview.cache_saving),
          note: 'this month',
        },
      ]}
    />
  );
}

function forecastText(forecast: Overview['spend']['forecast']): string {
  if (!forecast) return 'a forecast needs 3 days';
  const { low, middle, high } = forecast;
  if (low === high) return `${dollars(middle)} expected by its end`;
  return `${dollars(low)} to ${dollars(high)} expected by its end`;
}

export function SpendDays({ overview }: { readonly overview: Overview }) {
  const { days, month } = overview.spend;
  return (
    <StackedDays
      title="Spend by day"
      level={2}
      unit=""
      n={overview.requests}
      series={['Spend']}
      data={days.map(({ date, spend }) => ({ date, values: [forDrawing(spend)] }))}
      format={(value) => dollars(value.toFixed(12))}
      summary={`${dollars(month)} this month so far.`}
      table={() => ({
        columns: [{ name: 'Day' }, { name: 'Spend, US dollars', isFigure: true }],
        rows: days.map(({ date, spend }) => [date, spend]),
      })}
      source="settled generations, days in UTC"
      apiPath="/api/x/overview"
    />
  );
}

interface TopProps {
  readonly title: string;
  readonly rows: Overview['top_models'];
  linkOf(id: string): string;
  readonly empty: string;
}

export function TopTable({ title, rows, linkOf, empty }: TopProps) {
  return (
    <div className="min-w-0">
      <h2 className="mb-2 font-semibold">{title}</h2>
      {rows.length === 0 ? (
        <p className="rounded-md border border-dashed border-line-strong px-4 py-5 text-sm text-soft">{empty}</p>
      ) : (
        <TableFrame label={title}>
          <table className="w-full text-sm">
            <caption className="sr-only">{title} of this month, by spending</caption>
            <thead>
              <tr className="border-b border-line">
                <th scope="col" className={HEAD_CELL}>
                  Name
                </th>
                <th scope="col" className={HEAD_NUMBER}>
                  Requests
                </th>
                <th scope="col" className={HEAD_NUMBER}>
                  Spend
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ id, name, requests, spend, tokens }) => (
                <tr key={id} className="border-line not-last:border-b">
                  <th scope="row" className="w-full max-w-0 px-3 py-2 text-left font-normal">
                    <Link to={linkOf(id)} className="block truncate no-underline hover:underline">
                      <bdi>{name}</bdi>
                    </Link>
                  </th>
                  <td className={NUMBER} title={`${exact(tokens)} tokens`}>
                    {compact(requests)}
                  </td>
                  <td className={NUMBER} title={exactDollars(spend)}>
                    {dollars(spend)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </div>
  );
}

/** Below so many days at this month's pace, credit is worth a word. */
const DAYS_LOW = 7;

/** What somebody should look at; nothing when there is nothing. */
export function alertsOf(
  overview: Overview,
  status: Status | undefined,
): readonly { readonly text: string; readonly to: string }[] {
  const { credit_left: left, month } = overview.spend;
  const days = daysOfSpending(overview);
  const alerts: { text: string; to: string }[] = [];
  if (left !== null && compareDecimals(left, '0') <= 0)
    alerts.push({ text: 'The credit is used up: requests that cost are refused.', to: '/billing' });
  else if (left !== null && daysLeft(left, month, days) < DAYS_LOW) {
    alerts.push({
      text: `At this month’s pace the credit lasts ${counted(Math.floor(daysLeft(left, month, days)), 'day')}.`,
      to: '/billing',
    });
  }
  for (const incident of status?.incidents.filter(({ is_open }) => is_open) ?? []) {
    const what = `${incident.name}: ${tellErrors(incident)}`;
    alerts.push({ text: `${what}, ${percent(incident.share, 0)} of its attempts of those hours.`, to: '/status' });
  }
  if (status?.state === 'storage-away')
    alerts.push({ text: 'Storage is away: answers still flow, history cannot be read.', to: '/status' });
  return alerts;
}

/** Of this month, from the first that cost anything: days before it say nothing of what one costs. */
export function daysOfSpending({ spend: { days } }: Overview): number {
  const first = days.findIndex(({ spend }) => forDrawing(spend) > 0);
  return first < 0 ? days.length : days.length - first;
}

/** At the mean of those days; endless when nothing is spent. An estimate, so a float will do. */
export function daysLeft(left: string, spent: string, days: number): number {
  const perDay = forDrawing(spent) / Math.max(1, days);
  return perDay <= 0 ? Number.POSITIVE_INFINITY : forDrawing(add(left)) / perDay;
}
