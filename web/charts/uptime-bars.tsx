import { useId } from 'react';
import { counted, percent } from '../text/numbers.ts';
import { type ChartFacts, ChartFrame } from './chart-frame.tsx';
import { Drawing } from './drawing.tsx';
import { shortDay, summariseUptime } from './summarise.ts';
import { drawingId } from './textures.tsx';

export interface UptimeBarDay {
  /** `YYYY-MM-DD` in UTC; days in order, none left out. */
  readonly date: string;
  readonly success: number;
  readonly error: number;
  readonly rateLimited: number;
}

export interface UptimeBarsProps extends ChartFacts {
  readonly data: readonly UptimeBarDay[];
}

/** A day with fewer counts is drawn hatched: a share of three requests says little. */
const DAY_NEEDED = 10;
const HEIGHT = 36;

/** One thin bar per day: its height is the share that succeeded, from 90 to 100 percent; below that it stays short and marked. */
export function UptimeBars(props: UptimeBarsProps) {
  const { data, title, needed = 50 } = props;
  const id = drawingId(useId());
  const total = sum(data);
  const summary = summariseUptime(total, data, needed);
  const table = () => ({
    columns: [
      { name: 'Day' },
      ...['Success', 'Error', 'Rate-limited', 'Uptime in percent'].map((name) => ({ name, isFigure: true })),
    ],
    rows: data.map(({ date, success, error, rateLimited }) => [
      date,
      success,
      error,
      rateLimited,
      success + error > 0 ? (100 * success) / (success + error) : undefined,
    ]),
  });
  return (
    <ChartFrame {...props} needed={1} summary={summary} table={table} isGrowing>
      <div className="h-14">
        <Drawing
          label={`${title}. ${summary}`}
          height={HEIGHT}
          places={(width) => data.map((_, index) => ((index + 0.5) * width) / data.length)}
          readout={(index) => dayText(data[index])}
        >
          {(width, at) => <DayBars id={id} data={data} width={width} at={at} />}
        </Drawing>
      </div>
    </ChartFrame>
  );
}

/** The bars alone, for a cell of a table: an image with its words. */
export function UptimeStrip({ data, label }: { readonly data: readonly UptimeBarDay[]; readonly label: string }) {
  const id = drawingId(useId());
  const words = `${label}: ${summariseUptime(sum(data), data, 50)}`;
  return (
    <svg viewBox="0 0 120 24" width="120" height="24" role="img" aria-label={words} className="block shrink-0">
      <title>{words}</title>
      <DayBars id={id} data={data} width={120} height={24} />
    </svg>
  );
}

function sum(data: readonly UptimeBarDay[]) {
  return data.reduce((all, day) => ({ success: all.success + day.success, error: all.error + day.error }), {
    success: 0,
    error: 0,
  });
}

function dayText(day: UptimeBarDay | undefined): string {
  if (!day) return '';
  const n = day.success + day.error;
  const limited = day.rateLimited > 0 ? ` · ${counted(day.rateLimited, 'time')} rate-limited, not counted` : '';
  if (n === 0) return `${shortDay(day.date)}: no requests${limited}`;
  const share = `${percent(day.success / n)} of ${counted(n, 'request')}`;
  return `${shortDay(day.date)}: ${share}${n < DAY_NEEDED ? ' (few)' : ''} · ${counted(day.error, 'error')}${limited}`;
}

function DayBars(props: {
  readonly id: string;
  readonly data: readonly UptimeBarDay[];
  readonly width: number;
  readonly height?: number;
  readonly at?: number | undefined;
}) {
  const { id, data, width, height = HEIGHT, at } = props;
  const step = width / Math.max(1, data.length);
  const thick = Math.max(1, Math.min(14, step * 0.7));
  return (
    <>
      <defs>
        <pattern id={`${id}-few`} width="4" height="4" patternUnits="userSpaceOnUse">
          <path d="M-1 1L1 -1M0 4L4 0M3 5L5 3" className="stroke-soft" strokeWidth="1.2" />
        </pattern>
      </defs>
      {data.map((day, index) => {
        const { top, look, fill } = barOf(day, height, id);
        const x = (index + 0.5) * step - thick / 2;
        return (
          <g key={day.date}>
            <rect x={x} y={top} width={thick} height={height - top} className={look} {...(fill && { fill })} />
            {index === at && (
              <rect x={x - 1} y={0.5} width={thick + 2} height={height - 1} fill="none" className="stroke-ink" />
            )}
          </g>
        );
      })}
    </>
  );
}

/** From 90 percent up, height tells; an empty day is a low line. */
function barOf({ success, error }: UptimeBarDay, height: number, id: string) {
  const n = success + error;
  if (n === 0) return { top: height - 2, look: 'fill-line', fill: undefined };
  const share = success / n;
  const top = Math.round((1 - Math.max(0.12, Math.min(1, (share - 0.9) / 0.1))) * (height - 2));
  if (n < DAY_NEEDED) return { top, look: '', fill: `url(#${id}-few)` };
  return { top, look: share >= 0.995 ? 'fill-good' : share >= 0.95 ? 'fill-warn' : 'fill-bad', fill: undefined };
}
