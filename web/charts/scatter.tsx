import { line } from 'd3-shape';
import { BottomMarks, LeftAxis } from './axes.tsx';
import { type Axis, logAxis } from './axis-ticks.ts';
import { type ChartFacts, ChartFrame } from './chart-frame.tsx';
import { Drawing } from './drawing.tsx';
import { paretoLine } from './pareto.ts';
import { summariseScatter } from './summarise.ts';
import { fillClass, strokeClass } from './textures.tsx';

export interface ScatterPoint {
  readonly name: string;
  /** Both above zero: the axes are logarithmic. */
  readonly x: number;
  readonly y: number;
  /** Gets a shape of its own: quantisation, author. */
  readonly kind: string;
  readonly isChosen?: boolean;
}

export interface ScatterAxis {
  readonly name: string;
  readonly good: 'low' | 'high';
  readonly format: (value: number) => string;
}

export interface ScatterProps extends ChartFacts {
  readonly data: readonly ScatterPoint[];
  readonly xAxis: ScatterAxis;
  readonly yAxis: ScatterAxis;
}

const HEIGHTS = { small: 106, middle: 202, large: 298 } as const;
const LEFT = 60;
/** Drawn around 0/0, about nine units wide. */
const SHAPES = [
  'M4.5 0A4.5 4.5 0 1 1 -4.5 0A4.5 4.5 0 1 1 4.5 0Z',
  'M-4 -4H4V4H-4Z',
  'M0 -5.2L5 4H-5Z',
  'M0 -5.5L5 0L0 5.5L-5 0Z',
  'M0 5.2L5 -4H-5Z',
  'M-1.6 -5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z',
] as const;

/** Two measures on logarithmic axes: a shape for each kind, a line through what no other beats, a ring around the choice. */
export function Scatter(props: ScatterProps) {
  const { title, size = 'large', xAxis, yAxis } = props;
  const data = props.data.filter(({ x, y }) => x > 0 && y > 0).sort((a, b) => a.x - b.x || a.y - b.y);
  const kinds = [...new Set(data.map(({ kind }) => kind))].sort();
  const best = paretoLine(data, xAxis.good, yAxis.good);
  const summary = summariseScatter(
    data.length,
    best.map(({ name }) => name),
    xAxis.name,
    yAxis.name,
  );
  const height = HEIGHTS[size];
  const across = (width: number) =>
    logAxis(
      data.map(({ x }) => x),
      LEFT,
      width - 12,
    );
  const readout = (index: number) => {
    const point = data[index];
    if (!point) return '';
    const isBest = best.includes(point) ? ' · no other beats it' : '';
    return `${point.name} (${point.kind}): ${xAxis.name} ${xAxis.format(point.x)} · ${yAxis.name} ${yAxis.format(point.y)}${isBest}`;
  };
  const table = () => ({
    columns: [
      { name: 'Name' },
      { name: 'Kind' },
      { name: xAxis.name, isFigure: true },
      { name: yAxis.name, isFigure: true },
      { name: 'Unbeaten' },
    ],
    rows: data.map((point) => [point.name, point.kind, point.x, point.y, best.includes(point) ? 'yes' : 'no']),
  });
  return (
    <ChartFrame {...props} size={size} summary={summary} table={table} legend={<Kinds kinds={kinds} />}>
      <Drawing
        label={`${title}. ${summary}`}
        height={height}
        places={(width) => data.map(({ x }) => across(width).at(x))}
        readout={readout}
        resting={`Left to right: ${xAxis.name}. Bottom to top: ${yAxis.name}. Both logarithmic; the line joins what no other beats.`}
      >
        {(width, at) => <Points {...{ data, best, kinds, width, height, at, xAxis, yAxis }} across={across(width)} />}
      </Drawing>
    </ChartFrame>
  );
}

interface PointsProps {
  readonly data: readonly ScatterPoint[];
  readonly best: readonly ScatterPoint[];
  readonly kinds: readonly string[];
  readonly across: Axis;
  readonly width: number;
  readonly height: number;
  readonly at: number | undefined;
  readonly xAxis: ScatterAxis;
  readonly yAxis: ScatterAxis;
}

function Points({ data, best, kinds, across, width, height, at, xAxis, yAxis }: PointsProps) {
  const up = logAxis(
    data.map(({ y }) => y),
    height - 22,
    8,
  );
  const path = line<ScatterPoint>()
    .x(({ x }) => across.at(x))
    .y(({ y }) => up.at(y));
  return (
    <>
      <LeftAxis axis={up} left={LEFT} right={width - 12} format={yAxis.format} />
      <BottomMarks
        marks={across.ticks.map((tick) => ({ at: across.at(tick), text: xAxis.format(tick) }))}
        y={height - 4}
        right={width}
      />
      <path d={path(best) ?? ''} fill="none" className="stroke-soft" strokeWidth="1.25" strokeDasharray="4 3" />
      {data.map((point, index) => (
        <g key={`${point.name} ${point.x} ${point.y}`} transform={`translate(${across.at(point.x)} ${up.at(point.y)})`}>
          <KindShape index={kinds.indexOf(point.kind)} />
          {(point.isChosen || index === at) && (
            <circle r="9" fill="none" strokeWidth={point.isChosen ? 2 : 1} className="stroke-ink" />
          )}
        </g>
      ))}
    </>
  );
}

/** Filled for the first six kinds, hollow for the next. */
function KindShape({ index }: { readonly index: number }) {
  const isHollow = index >= SHAPES.length;
  return (
    <path
      d={SHAPES[index % SHAPES.length]!}
      className={isHollow ? `fill-surface ${strokeClass(index)}` : fillClass(index)}
      strokeWidth={isHollow ? 1.5 : 0}
    />
  );
}

function Kinds({ kinds }: { readonly kinds: readonly string[] }) {
  return (
    <ul className="mb-1 flex flex-wrap gap-x-4 gap-y-1 text-ink">
      {kinds.map((kind, index) => (
        <li key={kind} className="flex items-center gap-1.5">
          <svg viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true" className="shrink-0">
            <KindShape index={index} />
          </svg>
          <bdi>{kind}</bdi>
        </li>
      ))}
    </ul>
  );
}
