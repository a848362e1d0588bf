import { scaleLinear } from 'd3-scale';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';

export type Attempt = GenerationDetail['attempts'][number];
export type AxisView = 'whole' | 'start';

/** Milliseconds from the generation's start, laid out from 0 to 100. */
export interface TimeAxis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticks: readonly number[];
  /** Outside the axis, its nearer end. */
  at(ms: number): number;
}

const TICKS = 6;

/** The whole generation, or only what came before its first content, where the gateway's own work can be seen. */
export function makeTimeAxis(detail: Pick<GenerationDetail, 'stages' | 'attempts'>, view: AxisView): TimeAxis {
  const { stages, attempts } = detail;
  const fromMs = Math.min(0, ...stages.map(({ start_ms }) => start_ms));
  const endMs = Math.max(
    1,
    ...stages.map(({ start_ms, duration_ms }) => start_ms + duration_ms),
    ...attempts.map(({ started_ms, duration_ms }) => started_ms + duration_ms),
  );
  const toMs = view === 'start' ? Math.min(endMs, (firstContentMs(attempts) ?? endMs) * 1.1) : endMs;
  const scale = scaleLinear().domain([fromMs, toMs]).range([0, 100]).clamp(true);
  return { fromMs, toMs, ticks: scale.ticks(TICKS).filter((tick) => tick >= fromMs), at: (ms) => scale(ms) };
}

/** When the caller saw the first of the answer. */
export function firstContentMs(attempts: readonly Attempt[]): number | undefined {
  const times = attempts.flatMap(({ started_ms, first_content_ms }) =>
    first_content_ms === null ? [] : [started_ms + first_content_ms],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

export interface Bar {
  readonly kind: 'wait' | 'stream' | 'whole';
  readonly fromMs: number;
  readonly toMs: number;
}

/** Waiting and answering. A call that brought no content only waited; one that answered in one piece has no stream. */
export function barsOf(attempt: Attempt): readonly Bar[] {
  const { started_ms: startMs, first_content_ms: firstMs, duration_ms: durationMs } = attempt;
  const endMs = startMs + durationMs;
  if (firstMs === null) return [{ kind: attempt.failure === null ? 'whole' : 'wait', fromMs: startMs, toMs: endMs }];
  return [
    { kind: 'wait', fromMs: startMs, toMs: startMs + firstMs },
    { kind: 'stream', fromMs: startMs + firstMs, toMs: endMs },
  ];
}
