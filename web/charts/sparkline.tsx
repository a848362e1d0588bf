import { area, line } from 'd3-shape';

export interface SparklineProps {
  /** In order; at least two for a line. */
  readonly data: readonly number[];
  /** Says what it is and how it ended: the picture's words. */
  readonly label: string;
}

const WIDTH = 72;
const HEIGHT = 24;

/** A row's course in a cell. From zero, so that rows may be compared in shape. */
export function Sparkline({ data, label }: SparklineProps) {
  const largest = Math.max(...data, 0);
  const x = (_: number, index: number) => (data.length > 1 ? 2 + (index * (WIDTH - 4)) / (data.length - 1) : WIDTH / 2);
  const y = (value: number) => HEIGHT - 2 - (largest > 0 ? value / largest : 0) * (HEIGHT - 5);
  const last = data.at(-1);
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
      className="inline-block shrink-0 align-middle"
    >
      <title>{label}</title>
      <path
        d={
          area<number>()
            .x(x)
            .y0(HEIGHT - 2)
            .y1(y)(data) ?? ''
        }
        className="fill-chart-2"
        opacity="0.15"
      />
      <path d={line<number>().x(x).y(y)(data) ?? ''} fill="none" className="stroke-chart-2" strokeWidth="1.5" />
      {last !== undefined && <circle cx={x(last, data.length - 1)} cy={y(last)} r="2" className="fill-chart-2" />}
    </svg>
  );
}
