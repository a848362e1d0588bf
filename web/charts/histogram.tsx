import { useId } from 'react';
import { compact, counted } from '../text/numbers.ts';
import { BottomMarks, LeftAxis } from './axes.tsx';
import { zeroAxis } from './axis-ticks.ts';
import { type ChartFacts, ChartFrame } from './chart-frame.tsx';
import { Drawing } from './drawing.tsx';
import { type Bin, binTicks, binValues } from './histogram-bins.ts';
import { drawingId, Textures, textureFill } from './textures.tsx';

export interface HistogramProps extends ChartFacts {
  readonly data: readonly number[];
  readonly format?: (value: number) => string;
  /** Bins of equal ratio: for times and sizes that reach over powers of ten. */
  readonly isLog?: boolean;
  readonly binCount?: number;
}

const HEIGHTS = { small: 106, middle: 202, large: 298 } as const;
const LEFT = 44;

/** How often each size occurred. */
export function Histogram(props: HistogramProps) {
  const { title, data, size = 'middle', format = compact, isLog = false, binCount = 24, sample = 'request' } = props;
  const id = drawingId(useId());
  const bins = binValues(data, binCount, isLog);
  const summary = summariseBins(bins, format, sample);
  const height = HEIGHTS[size];
  const places = (width: number) =>
    bins.map((_, index) => LEFT + ((index + 0.5) * (width - LEFT - 8)) / Math.max(1, bins.length));
  const readout = (index: number) => {
    const bin = bins[index];
    return bin ? `${format(bin.from)} to ${format(bin.to)}: ${counted(bin.count, sample)}` : '';
  };
  const table = () => ({
    columns: ['From', 'To', 'Count'].map((name) => ({ name, isFigure: true })),
    rows: bins.map(({ from, to, count }) => [from, to, count]),
  });
  return (
    <ChartFrame {...props} summary={summary} table={table}>
      <Drawing label={`${title}. ${summary}`} height={height} places={places} readout={readout} resting={summary}>
        {(width, at) => <BinBars {...{ id, bins, width, height, at, format, isLog }} />}
      </Drawing>
    </ChartFrame>
  );
}

function summariseBins(bins: readonly Bin[], format: (value: number) => string, sample: string): string {
  const [first] = bins;
  if (!first) return 'Nothing measured yet.';
  const top = bins.reduce((most, bin) => (bin.count > most.count ? bin : most));
  const n = bins.reduce((all, { count }) => all + count, 0);
  return `${counted(n, sample)} from ${format(first.from)} to ${format(bins.at(-1)!.to)}; most often ${format(top.from)} to ${format(top.to)}.`;
}

function BinBars(props: {
  readonly id: string;
  readonly bins: readonly Bin[];
  readonly width: number;
  readonly height: number;
  readonly at: number | undefined;
  readonly format: (value: number) => string;
  readonly isLog: boolean;
}) {
  const { id, bins, width, height, at, format, isLog } = props;
  const bottom = height - 18;
  const axis = zeroAxis(Math.max(0, ...bins.map(({ count }) => count)), bottom, 6);
  const step = (width - LEFT - 8) / Math.max(1, bins.length);
  const first = bins[0]?.from ?? 0;
  const last = bins.at(-1)?.to ?? 1;
  const share = (value: number) =>
    first === last ? 0.5 : isLog ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first);
  const marks = binTicks(bins, isLog).map((tick) => ({
    at: LEFT + share(tick) * (width - LEFT - 8),
    text: format(tick),
  }));
  return (
    <>
      <Textures id={id} count={2} />
      <LeftAxis axis={axis} left={LEFT} right={width - 8} format={compact} />
      {bins.map(({ from, count }, index) => (
        <rect
          key={from}
          x={LEFT + index * step + 0.5}
          y={axis.at(count)}
          width={Math.max(1, step - 1)}
          height={bottom - axis.at(count)}
          fill={textureFill(id, index === at ? 1 : 0)}
        />
      ))}
      <BottomMarks marks={marks} y={height - 4} right={width} />
    </>
  );
}
