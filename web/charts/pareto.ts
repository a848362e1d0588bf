export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The points that no other beats on both axes, from the left. `goodX` and `goodY` say in which direction better lies. */
export function paretoLine<P extends Place>(
  points: readonly P[],
  goodX: 'low' | 'high',
  goodY: 'low' | 'high',
): readonly P[] {
  const gain = (value: number, good: 'low' | 'high') => (good === 'high' ? value : -value);
  const best: P[] = [];
  // From the best x on; of those with the same x, the best y first. Each that improves y is on the line.
  const ordered = [...points].sort(
    (a, b) => gain(b.x, goodX) - gain(a.x, goodX) || gain(b.y, goodY) - gain(a.y, goodY),
  );
  let reached = Number.NEGATIVE_INFINITY;
  for (const point of ordered) {
    if (gain(point.y, goodY) <= reached) continue;
    reached = gain(point.y, goodY);
    best.push(point);
  }
  return best.sort((a, b) => a.x - b.x);
}
