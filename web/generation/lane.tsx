import { useId } from 'react';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { isolate } from '../text/clean-text.ts';
import { duration } from '../text/numbers.ts';
import { tellAttempt } from './tell-route.ts';
import { type Attempt, type Bar, barsOf, type TimeAxis } from './time-axis.ts';

const HEIGHT = 22;
/** In percent of the axis: what is shorter would not be seen. */
const WIDTH_MIN = 0.35;

/** Lines of the axis through a lane, so that times can be read off below each other. */
function Grid({ axis }: { readonly axis: TimeAxis }) {
  return axis.ticks.map((tick) => (
    <line key={tick} x1={`${axis.at(tick)}%`} x2={`${axis.at(tick)}%`} y1="0" y2="100%" className="stroke-line" />
  ));
}

/** Milliseconds above the lanes. */
export function AxisScale({ axis }: { readonly axis: TimeAxis }) {
  const anchor = (at: number) => (at < 4 ? 'start' : at > 94 ? 'end' : 'middle');
  return (
    <svg className="block h-5 w-full overflow-visible" aria-hidden="true">
      {axis.ticks.map((tick) => (
        <text
          key={tick}
          x={`${axis.at(tick)}%`}
          y="13"
          textAnchor={anchor(axis.at(tick))}
          // On narrow screens every other one has room.
          className="figures fill-soft text-[11px] max-md:even:hidden"
        >
          {duration(tick)}
        </text>
      ))}
    </svg>
  );
}

/** One try: waiting (open bar), answer (filled bar), failure (hatched, with a cross), and the seam where it went on for another. */
export function AttemptLane({ attempt, axis }: { readonly attempt: Attempt; readonly axis: TimeAxis }) {
  const hatch = useId();
  const endMs = attempt.started_ms + attempt.duration_ms;
  const isOff = attempt.started_ms > axis.toMs;
  return (
    <svg
      className="block h-[22px] w-full"
      role="img"
      aria-label={`${isolate(attempt.provider_name)}: ${tellAttempt(attempt)}`}
    >
      <defs>
        <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="5" height="5" className="fill-bad-wash" />
          <line x1="0" y1="0" x2="0" y2="5" strokeWidth="2.5" className="stroke-bad" />
        </pattern>
      </defs>
      <Grid axis={axis} />
      {!isOff && barsOf(attempt).map((bar) => <BarRect key={bar.kind} {...{ bar, axis, attempt, hatch }} />)}
      {attempt.continuation && !isOff && (
        <line
          x1={`${axis.at(attempt.started_ms)}%`}
          x2={`${axis.at(attempt.started_ms)}%`}
          y1="0"
          y2="100%"
          strokeWidth="2"
          strokeDasharray="3 2"
          className="stroke-warn"
        />
      )}
      {attempt.failure !== null && endMs <= axis.toMs && (
        <svg x={`${axis.at(endMs)}%`} className="overflow-visible" aria-hidden="true">
          <path d="M3 7l8 8M11 7l-8 8" strokeWidth="2" className="stroke-bad" />
        </svg>
      )}
    </svg>
  );
}

function BarRect(props: {
  readonly bar: Bar;
  readonly axis: TimeAxis;
  readonly attempt: Attempt;
  readonly hatch: string;
}) {
  const { bar, axis, attempt, hatch } = props;
  const x = axis.at(bar.fromMs);
  const width = Math.max(WIDTH_MIN, axis.at(bar.toMs) - x);
  const isFailed = attempt.failure !== null && (bar.kind === 'wait' ? attempt.first_content_ms === null : true);
  const look = isFailed
    ? 'stroke-bad'
    : bar.kind === 'wait'
      ? 'fill-raised stroke-chart-2'
      : 'fill-chart-2 stroke-chart-2';
  return (
    <rect
      x={`${Math.min(x, 100 - WIDTH_MIN)}%`}
      width={`${width}%`}
      y="4"
      height={HEIGHT - 8}
      rx="2"
      className={look}
      {...(isFailed && { fill: `url(#${hatch})` })}
    />
  );
}

const STAGE_FILLS = ['fill-chart-3', 'fill-chart-4', 'fill-chart-5', 'fill-chart-6', 'fill-chart-7', 'fill-chart-8'];

/** The gateway's own work, before any provider was called. */
export function StageLane({ stages, axis }: { readonly stages: GenerationDetail['stages']; readonly axis: TimeAxis }) {
  const words = stages.map(({ name, duration_ms }) => `${name} ${duration(duration_ms)}`).join(', ');
  return (
    <svg className="block h-[22px] w-full" role="img" aria-label={`The gateway: ${words}`}>
      <Grid axis={axis} />
      {stages.map(({ name, start_ms, duration_ms }, index) => {
        const x = axis.at(start_ms);
        return (
          <rect
            key={name}
            x={`${Math.min(x, 100 - WIDTH_MIN)}%`}
            width={`${Math.max(WIDTH_MIN, axis.at(start_ms + duration_ms) - x)}%`}
            y={index % 2 === 0 ? 4 : 8}
            height={HEIGHT - 12}
            className={STAGE_FILLS[index % STAGE_FILLS.length]}
          />
        );
      })}
    </svg>
  );
}

/** Nobody was called: the lane is there, and empty. */
export function EmptyLane({ axis }: { readonly axis: TimeAxis }) {
  return (
    <svg className="block h-[22px] w-full" aria-hidden="true">
      <Grid axis={axis} />
    </svg>
  );
}
