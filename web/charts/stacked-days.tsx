import { useId } from 'react';
import { isolate } from '../text/clean-text.ts';
import { compact, exact } from '../text/numbers.ts';
import { BottomMarks, everyNth, LeftAxis } from './axes.tsx';
import { zeroAxis } from './axis-ticks.ts';
import { type ChartFacts, ChartFrame } from './chart-frame.tsx';
import type { ChartTable } from './chart-table.ts';
import { Drawing } from './drawing.tsx';
import { isWeekend, shortDay, summariseDays } from './summarise.ts';
import { drawingId, Legend, Textures, textureFill } from './textures.tsx';

export interface StackedDay {
  /** `YYYY-MM-DD` in UTC, or the start of another span that `nameOf` can name; in order, none left out, the last one still going on. */
  readonly date: string;
  /** As many as `series`. */
  readonly values: readonly number[];
}

export interface StackedDaysProps extends ChartFacts {
  readonly series: readonly string[];
  readonly data: readonly StackedDay[];
  /** For axis and readout; compact numbers unless given. */
  readonly format?: (value: number) => string;
  readonly summary?: string;
  /** Words for a span, where it is no day: `Apr 5, 14:00`. */
  readonly nameOf?: (date: string) => string;
  /** The same below the axis, where there is less room. */
  readonly markOf?: (date: string) => string;
  /** The data in full, where the numbers drawn are not exact. */
  readonly table?: () => ChartTable;
}

const HEIGHTS = { small: 106, middle: 202, large: 298 } as const;
/** Room for `$0.00025`. */
const LEFT = 56;

/** One bar per day, made of the series on top of each other. Weekends are shaded, today is hollow since it is not over. */
export function StackedDays(props: StackedDaysProps) {
  const { series, data, unit, title, size = 'middle', format = compact, nameOf = shortDay, markOf = nameOf } = props;
  const id = drawingId(useId());
  const totals = data.map(({ date, values }) => ({ date, total: values.reduce((all, value) => all + value, 0) }));
  const summary = props.summary ?? summariseDays(totals, unit);
  const ownTable = () => ({
    columns: [{ name: 'Day' }, ...[...series, 'Total'].map((name) => ({ name, isFigure: true }))],
    rows: data.map(({ date, values }, index) => [date, ...values, totals[index]!.total]),
  });
  const readout = (index: number) => {
    const day = data[index];
    if (!day) return '';
    const parts = series.map((name, place) => `${isolate(name)} ${format(day.values[place] ?? 0)}`);
    const total = format === compact ? exact(totals[index]!.total) : format(totals[index]!.total);
    const today = index === data.length - 1 ? ' (so far)' : '';
    return `${nameOf(day.date)}${today}: ${total} ${unit}${series.length > 1 ? ` · ${parts.join(' · ')}` : ''}`;
  };
  const height = HEIGHTS[size];
  const places = (width: number) => data.map((_, index) => placeOf(index, data.length, width));
  return (
    <ChartFrame
      {...props}
      summary={summary}
      table={props.table ?? ownTable}
      legend={series.length > 1 && <Legend id={id} names={series} />}
    >
      <Drawing label={`${title}. ${summary}`} height={height} places={places} readout={readout}>
        {(width, at) => <Bars {...{ id, data, totals, width, height, at, format, markOf }} count={series.length} />}
      </Drawing>
    </ChartFrame>
  );
}

function placeOf(index: number, count: number, width: number): number {
  return LEFT + ((width - LEFT - 4) * (index + 0.5)) / Math.max(1, count);
}

interface BarsProps {
  readonly id: string;
  readonly data: readonly StackedDay[];
  readonly totals: readonly { readonly date: string; readonly total: number }[];
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly at: number | undefined;
  readonly format: (value: number) => string;
  readonly markOf: (date: string) => string;
}

function Bars({ id, data, totals, count, width, height, at, format, markOf }: BarsProps) {
  const bottom = height - 18;
  const axis = zeroAxis(Math.max(0, ...totals.map(({ total }) => total)), bottom, 6);
  // Nobody sent half a request.
  const isWhole = totals.every(({ total }) => Number.isInteger(total));
  const ticks = isWhole ? axis.ticks.filter(Number.isInteger) : axis.ticks;
  const step = (width - LEFT - 4) / Math.max(1, data.length);
  const thick = Math.max(1, Math.min(28, step * 0.76));
  const nth = everyNth(data.length, width - LEFT);
  const marks = data
    .map(({ date }, index) => ({ at: placeOf(index, data.length, width), text: markOf(date) }))
    .filter((_, index) => (data.length - 1 - index) % nth === 0);
  return (
    <>
      <Textures id={id} count={count} />
      {data.map(({ date }, index) =>
        (markOf === shortDay && isWeekend(date)) || index === at ? (
          <rect
            key={date}
            x={placeOf(index, data.length, width) - step / 2}
            y={6}
            width={step}
            height={bottom - 6}
            className="fill-raised"
            opacity={index === at ? 1 : 0.6}
          />
        ) : null,
      )}
      <LeftAxis axis={{ ...axis, ticks }} left={LEFT} right={width - 4} format={format} />
      {data.map((day, index) => (
        <Bar
          key={day.date}
          id={id}
          day={day}
          x={placeOf(index, data.length, width) - thick / 2}
          thick={thick}
          at={axis.at}
          isToday={index === data.length - 1}
        />
      ))}
      <BottomMarks marks={marks} y={height - 4} right={width} />
    </>
  );
}

function Bar(props: {
  readonly id: string;
  readonly day: StackedDay;
  readonly x: number;
  readonly thick: number;
  readonly at: (value: number) => number;
  readonly isToday: boolean;
}) {
  const { id, day, x, thick, at, isToday } = props;
  let below = 0;
  return (
    <g opacity={isToday ? 0.75 : 1}>
      {day.values.map((value, place) => {
        const y = at(below + value);
        const height = at(below) - y;
        below += value;
        // biome-ignore lint/suspicious/noArrayIndexKey: a series is its place
        return value > 0 && <rect key={place} {...{ x, y, height }} width={thick} fill={textureFill(id, place)} />;
      })}
      {isToday && below > 0 && (
        <rect
          x={x}
          y={at(below)}
          width={thick}
          height={at(0) - at(below)}
          fill="none"
          className="stroke-ink"
          strokeDasharray="3 2"
        />
      )}
    </g>
  );
}
