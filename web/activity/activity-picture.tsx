import type { Activity, ActivityMeta } from '../../src/contract/overview.ts';
import { toCsv } from '../charts/chart-table.ts';
import { saveFile } from '../charts/export-drawing.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { StackedDays } from '../charts/stacked-days.tsx';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { counted, exact, percent } from '../text/numbers.ts';
import {
  bucketMark,
  bucketName,
  heightOf,
  printValue,
  samplesNeeded,
  tableOf,
  tellChange,
} from './activity-question.ts';

/** More colours and textures than these nobody tells apart; the table has all. */
const STACKED_MAX = 8;
const SINGLE_MAX = 6;

export interface PictureProps {
  readonly activity: Activity;
  readonly metric: ActivityMeta['metrics'][number];
}

/** Sums are stacked; what cannot be added up gets a chart for each. */
export function ActivityPicture({ activity, metric }: PictureProps) {
  if (metric.is_sum) return <Stacked activity={activity} metric={metric} />;
  const shown = activity.series.slice(0, SINGLE_MAX);
  return (
    <div className={shown.length > 1 ? 'grid gap-x-8 gap-y-6 lg:grid-cols-2' : ''}>
      {shown.map((series) => (
        <StackedDays
          key={series.id}
          {...commonOf(activity, metric)}
          title={shown.length > 1 ? series.name : metric.label}
          size={shown.length > 1 ? 'small' : 'middle'}
          n={series.n}
          needed={samplesNeeded(activity.metric)}
          series={[metric.label]}
          data={activity.buckets.map((date, index) => ({ date, values: [heightOf(series.values[index])] }))}
          summary={`${printValue(series.total, activity.unit)} over the whole range. An empty place had too few samples.`}
        />
      ))}
    </div>
  );
}

function Stacked({ activity, metric }: PictureProps) {
  const { series, buckets, unit } = activity;
  const drawn = series.slice(0, STACKED_MAX);
  const rest = series.slice(STACKED_MAX);
  const names = [...drawn.map(({ name }) => name), ...(rest.length > 0 ? ['Others'] : [])];
  const change = tellChange(activity);
  return (
    <StackedDays
      {...commonOf(activity, metric)}
      title={metric.label}
      size="large"
      n={activity.n}
      series={names.length > 0 ? names : [metric.label]}
      data={buckets.map((date, index) => ({
        date,
        values: [
          ...drawn.map(({ values }) => heightOf(values[index])),
          ...(rest.length > 0 ? [rest.reduce((sum, { values }) => sum + heightOf(values[index]), 0)] : []),
        ],
      }))}
      summary={`${printValue(activity.total, unit)} in all.${change ? ` ${change}` : ''}`}
    />
  );
}

function commonOf(activity: Activity, metric: ActivityMeta['metrics'][number]) {
  const { unit, grain, meta } = activity;
  return {
    level: 2 as const,
    // Money, times and shares have their unit in the figure.
    unit: unit === 'count' ? metric.label.toLowerCase() : unit === 'tokens' ? unit : '',
    format: (value: number) => printValue(unit === 'usd' ? decimalText(value) : value, unit),
    nameOf: (start: string) => bucketName(start, grain),
    markOf: (start: string) => bucketMark(start, grain),
    table: () => tableOf(activity),
    source: `one bar for each ${grain}, summed from rows by ${meta.grain}`,
  };
}

/** Of a height back to a text for the axis: twelve places are all that money has. */
function decimalText(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, '');
}

/** Every series with its exact total and its course. */
export function ActivityTable({ activity, metric }: PictureProps) {
  const { series, unit, total } = activity;
  const sum = heightOf(total);
  const save = () => {
    const name = `${activity.metric}-${activity.buckets[0]?.slice(0, 10)}.csv`;
    saveFile(new Blob([toCsv(tableOf(activity))], { type: 'text/csv' }), name);
  };
  return (
    <section aria-label="In figures" className="mt-8">
      <div className="mb-2 flex flex-wrap items-center gap-3">
        <p className="flex-1 text-sm text-soft">
          {counted(series.length, 'row')}, largest first. Grain: {activity.grain}, answered from rows by{' '}
          {activity.meta.grain}.{activity.meta.includes_demo && ' The demonstration is in these figures.'}
        </p>
        <Button onClick={save}>Download CSV</Button>
      </div>
      <TableFrame label={`${metric.label} in figures`}>
        <table className="stacks w-full text-sm">
          <caption className="sr-only">{metric.label}: total of each series</caption>
          <thead>
            <tr className="border-b border-line">
              <th scope="col" className={HEAD_CELL}>
                Name
              </th>
              <th scope="col" className={HEAD_CELL}>
                Course
              </th>
              <th scope="col" className={HEAD_NUMBER} aria-sort="descending">
                {metric.label}
              </th>
              {metric.is_sum && (
                <th scope="col" className={HEAD_NUMBER}>
                  Share
                </th>
              )}
              <th scope="col" className={HEAD_NUMBER}>
                n
              </th>
            </tr>
          </thead>
          <tbody>
            {series.map((row) => (
              <tr key={row.id} className="border-line not-last:border-b">
                <th scope="row" className={ROW_NAME}>
                  <bdi className="block truncate">{row.name}</bdi>
                </th>
                <td data-name="Course" className={CELL}>
                  <Sparkline
                    data={row.values.map(heightOf)}
                    label={`${row.name}: ${printValue(row.values.at(-1), unit)} at the end`}
                  />
                </td>
                <td data-name={metric.label} className={NUMBER}>
                  {printValue(row.total, unit, true)}
                </td>
                {metric.is_sum && (
                  <td data-name="Share" className={NUMBER}>
                    {sum > 0 ? percent(heightOf(row.total) / sum, 1) : '—'}
                  </td>
                )}
                <td data-name="n" className={NUMBER}>
                  {exact(row.n)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr className="border-t border-line-strong font-semibold">
              <th scope="row" className="px-3 py-2 text-left">
                All
              </th>
              <td />
              <td data-name={metric.label} className={NUMBER}>
                {printValue(total, unit, true)}
              </td>
              {metric.is_sum && <td className={NUMBER} />}
              <td data-name="n" className={NUMBER}>
                {exact(activity.n)}
              </td>
            </tr>
          </tfoot>
        </table>
      </TableFrame>
    </section>
  );
}
