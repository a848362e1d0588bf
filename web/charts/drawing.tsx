import { type KeyboardEvent, type PointerEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

/** Width for which the server draws; the browser draws again for the place that there is, before it shows anything. */
const USUAL_WIDTH = 720;

export interface DrawingProps {
  /** What a screen reader says of the picture. */
  readonly label: string;
  /** Height in pixels; it must be that of the place around. */
  readonly height: number;
  /** Places of the points from left to right that arrow keys walk along, and where each is. */
  readonly places: (width: number) => readonly number[];
  /** What a point is: spoken and shown below the drawing. */
  readonly readout: (index: number) => string;
  /** Shown while no point is walked on; the newest one unless given. */
  readonly resting?: string;
  readonly children: (width: number, at: number | undefined) => ReactNode;
}

/** A drawing as wide as its place, with a walk along its points by arrow keys, pointer or finger. */
export function Drawing({ label, height, places, readout, resting, children }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(USUAL_WIDTH);
  const [at, setAt] = useState<number>();
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => setWidth(Math.max(160, Math.round(element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const points = places(width);
  const shown = at !== undefined && at < points.length ? at : undefined;
  const walk = (event: KeyboardEvent) => {
    const next = stepOf(event.key, shown, points.length);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next === 'leave' ? undefined : next);
  };
  const point = (event: PointerEvent) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    setAt(nearest(points, event.clientX - left));
  };
  const idle = resting ?? (points.length > 0 ? readout(points.length - 1) : '');
  return (
    <div className="flex h-full flex-col">
      <div
        ref={box}
        role="application"
        aria-roledescription="chart"
        aria-label={`${label} Arrow keys walk along its points.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk along the points
        tabIndex={0}
        className="min-h-0 w-full flex-1 rounded-sm"
        onKeyDown={walk}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(undefined)}
        onBlur={() => setAt(undefined)}
      >
        <svg
          data-drawing=""
          aria-hidden="true"
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="xMinYMin meet"
          className="block h-full w-full font-sans"
        >
          {children(width, shown)}
        </svg>
      </div>
      <p className="figures h-5 truncate text-xs" aria-live="polite">
        {shown === undefined ? idle : readout(shown)}
      </p>
    </div>
  );
}

function stepOf(key: string, at: number | undefined, count: number): number | 'leave' | undefined {
  if (count === 0) return undefined;
  if (key === 'ArrowRight') return Math.min(count - 1, at === undefined ? 0 : at + 1);
  if (key === 'ArrowLeft') return Math.max(0, at === undefined ? count - 1 : at - 1);
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return key === 'Escape' && at !== undefined ? 'leave' : undefined;
}

function nearest(places: readonly number[], x: number): number | undefined {
  let best: number | undefined;
  for (const [index, place] of places.entries()) {
    if (best === undefined || Math.abs(place - x) < Math.abs(places[best]! - x)) best = index;
  }
  return best;
}
