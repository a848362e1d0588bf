import { area, line } from 'd3-shape';
import { useId } from 'react';
import { exactTime } from '../text/dates.ts';
import { compact } from '../text/numbers.ts';
import { BottomMarks, Cursor, everyNth, LeftAxis } from './axes.tsx';
import { type Axis, zeroAxis } from './axis-ticks.ts';
import { type ChartFacts, ChartFrame } from './chart-frame.tsx';
import { Drawing } from './drawing.tsx';
import { shortDay, summariseSpread } from './summarise.ts';
import { dashOf, drawingId, fillClass, Legend, strokeClass } from './textures.tsx';

export interface BandPoint {
  /** ISO time of the bucket's start. */
  readonly at: string;
  readonly n: number;
  /** Undefined: too few samples in the bucket. */
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
}

export interface BandSeries {
  readonly name: string;
  /** In order of time; buckets without samples are left out. */
  readonly points: readonly BandPoint[];
}

export interface PercentileBandsProps extends ChartFacts {
  readonly data: readonly BandSeries[];
  readonly format?: (value: number) => string;
  /** Short times are good, short speeds are not. */
  readonly isLowGood?: boolean;
  /** Overall median per series, for the summary; the last bucket's unless given. */
  readonly medians?: readonly (number | undefined)[];
}

const HEIGHTS = { small: 106, middle: 202, large: 298 } as const;
const LEFT = 56;

/** Per series: a line at the median, a band from there to p90, dots at p99. */
export function PercentileBands(props: PercentileBandsProps) {
  const { data, title, size = 'middle', format = compact, isLowGood = true } = props;
  const id = drawingId(useId());
  const spreads = data.map(({ name, points }, index) => ({
    name,
    n: points.reduce((all, { n }) => all + n, 0),
    p50: props.medians ? props.medians[index] : points.findLast(({ p50 }) => p50 !== undefined)?.p50,
  }));
  const summary = summariseSpread(spreads, format, isLowGood);
  const times = [...new Set(data.flatMap(({ points }) => points.map(({ at }) => at)))].sort();
  const readout = (index: number) => {
    const time = times[index];
    const parts = data.flatMap(({ name, points }) => {
      const point = points.find(({ at }) => at === time);
      return point ? [`${name} ${pointText(point, format)}`] : [];
    });
    return `${exactTime(time)}: ${parts.join(' · ')}`;
  };
  const height = HEIGHTS[size];
  const scale = (width: number) => timeScale(times, LEFT, width - 6);
  const table = () => ({
    columns: [
      { name: 'Series' },
      { name: 'From (UTC)' },
      ...['p50', 'p90', 'p99', 'n'].map((name) => ({ name, isFigure: true })),
    ],
    rows: data.flatMap(({ name, points }) => points.map(({ at, p50, p90, p99, n }) => [name, at, p50, p90, p99, n])),
  });
  return (
    <ChartFrame
      {...props}
      summary={summary}
      table={table}
      legend={<Legend id={id} names={data.map(({ name }) => name)} isLine />}
    >
      <Drawing
        label={`${title}. ${summary}`}
        height={height}
        places={(width) => times.map(scale(width))}
        readout={readout}
      >
        {(width, at) => <Bands {...{ data, times, width, height, format }} x={scale(width)} at={at} />}
      </Drawing>
    </ChartFrame>
  );
}

function pointText({ p50, p90, p99, n }: BandPoint, format: (value: number) => string): string {
  if (p50 === undefined) return `too little (n = ${n})`;
  const more = [p90 === undefined ? '' : `, p90 ${format(p90)}`, p99 === undefined ? '' : `, p99 ${format(p99)}`];
  return `p50 ${format(p50)}${more.join('')} (n = ${n})`;
}

function timeScale(times: readonly string[], from: number, to: number): (time: string) => number {
  const first = Date.parse(times[0] ?? '');
  const span = Date.parse(times.at(-1) ?? '') - first;
  return (time) => (span > 0 ? from + ((Date.parse(time) - first) / span) * (to - from) : (from + to) / 2);
}

interface BandsProps {
  readonly data: readonly BandSeries[];
  readonly times: readonly string[];
  readonly x: (time: string) => number;
  readonly width: number;
  readonly height: number;
  readonly at: number | undefined;
  readonly format: (value: number) => string;
}

function Bands({ data, times, x, width, height, at, format }: BandsProps) {
  const bottom = height - 18;
  const largest = Math.max(
    0,
    ...data.flatMap(({ points }) => points.map(({ p50, p90, p99 }) => p99 ?? p90 ?? p50 ?? 0)),
  );
  const axis = zeroAxis(largest, bottom, 6);
  const nth = everyNth(times.length, width - LEFT, 88);
  const isOneDay = times[0]?.slice(0, 10) === times.at(-1)?.slice(0, 10);
  const marks = times
    .filter((_, index) => index % nth === 0)
    .map((time) => ({ at: x(time), text: isOneDay ? time.slice(11, 16) : `${shortDay(time.slice(0, 10))}` }));
  return (
    <>
      <LeftAxis axis={axis} left={LEFT} right={width - 6} format={format} />
      {data.map((series, index) => (
        <Band key={series.name} series={series} index={index} x={x} axis={axis} />
      ))}
      <Cursor x={at === undefined ? undefined : x(times[at]!)} top={6} bottom={bottom} />
      <BottomMarks marks={withoutRepeats(marks)} y={height - 4} right={width} />
    </>
  );
}

function withoutRepeats<M extends { readonly text: string }>(marks: readonly M[]): readonly M[] {
  return marks.filter(({ text }, index) => text !== marks[index - 1]?.text);
}

function Band(props: {
  readonly series: BandSeries;
  readonly index: number;
  readonly x: (time: string) => number;
  readonly axis: Axis;
}) {
  const { series, index, x, axis } = props;
  const middle = line<BandPoint>()
    .defined(({ p50 }) => p50 !== undefined)
    .x(({ at }) => x(at))
    .y(({ p50 }) => axis.at(p50!));
  const band = area<BandPoint>()
    .defined(({ p50, p90 }) => p50 !== undefined && p90 !== undefined)
    .x(({ at }) => x(at))
    .y0(({ p50 }) => axis.at(p50!))
    .y1(({ p90 }) => axis.at(p90!));
  return (
    <g>
      <path d={band(series.points) ?? ''} className={fillClass(index)} opacity="0.18" />
      <path
        d={middle(series.points) ?? ''}
        fill="none"
        strokeWidth="1.75"
        strokeDasharray={dashOf(index)}
        className={strokeClass(index)}
      />
      {series.points.map(({ at, p50, p99 }) => (
        <g key={at}>
          {p50 !== undefined && <circle cx={x(at)} cy={axis.at(p50)} r="2" className={fillClass(index)} />}
          {p99 !== undefined && (
            <circle cx={x(at)} cy={axis.at(p99)} r="2.5" fill="none" className={strokeClass(index)} />
          )}
        </g>
      ))}
    </g>
  );
}
