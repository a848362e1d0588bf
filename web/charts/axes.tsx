import type { Axis } from './axis-ticks.ts';

/** Values along the left edge with a fine line across at each. */
export function LeftAxis(props: {
  readonly axis: Axis;
  readonly left: number;
  readonly right: number;
  readonly format: (value: number) => string;
}) {
  const { axis, left, right, format } = props;
  return (
    <g>
      {axis.ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={right} y1={axis.at(tick)} y2={axis.at(tick)} className="stroke-line" strokeWidth="1" />
          <text
            x={left - 6}
            y={axis.at(tick)}
            textAnchor="end"
            dominantBaseline="central"
            fontSize="11"
            className="fill-soft"
          >
            {format(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

export interface Mark {
  readonly at: number;
  readonly text: string;
}

/** Words below the drawing; those at the edges stay inside. */
export function BottomMarks(props: { readonly marks: readonly Mark[]; readonly y: number; readonly right: number }) {
  const { marks, y, right } = props;
  return (
    <g>
      {marks.map(({ at, text }) => (
        <text
          key={`${at} ${text}`}
          x={at}
          y={y}
          fontSize="11"
          className="fill-soft"
          textAnchor={at < 24 ? 'start' : at > right - 24 ? 'end' : 'middle'}
        >
          {text}
        </text>
      ))}
    </g>
  );
}

/** Every how-manieth of `count` words fits when each needs `room`. */
export function everyNth(count: number, width: number, room = 64): number {
  return Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / room))));
}

/** An upright line at the point that is walked on. */
export function Cursor(props: { readonly x: number | undefined; readonly top: number; readonly bottom: number }) {
  if (props.x === undefined) return null;
  return (
    <line x1={props.x} x2={props.x} y1={props.top} y2={props.bottom} className="stroke-ink" strokeDasharray="2 2" />
  );
}
