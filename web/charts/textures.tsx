/** Series differ by colour and by texture or dash, so that neither an eye nor a printer needs the colour. */

const FILLS = [
  ...(['fill-chart-1', 'fill-chart-2', 'fill-chart-3', 'fill-chart-4'] as const),
  ...(['fill-chart-5', 'fill-chart-6', 'fill-chart-7', 'fill-chart-8'] as const),
];
const STROKES = [
  ...(['stroke-chart-1', 'stroke-chart-2', 'stroke-chart-3', 'stroke-chart-4'] as const),
  ...(['stroke-chart-5', 'stroke-chart-6', 'stroke-chart-7', 'stroke-chart-8'] as const),
];
const DASHES = ['', '6 3', '2 2', '8 3 2 3', '4 4', '1 3', '10 2', '6 2 2 2'] as const;

/** Lines of the ground's colour over a series' own: none, rising, dots, falling, level, upright, crossed, coarse. */
const MARKS = [
  '',
  'M-1 1L1 -1M0 6L6 0M5 7L7 5',
  'M1.5 1.5h.01M4.5 4.5h.01',
  'M-1 5L1 7M0 0L6 6M5 -1L7 1',
  'M0 3H6',
  'M3 0V6',
  'M0 3H6M3 0V6',
  'M0 0L6 6M0 6L6 0',
] as const;

export function fillClass(index: number): string {
  return FILLS[index % FILLS.length]!;
}

export function strokeClass(index: number): string {
  return STROKES[index % STROKES.length]!;
}

export function dashOf(index: number): string | undefined {
  return DASHES[index % DASHES.length] || undefined;
}

/** Patterns for the first `count` series; `textureFill` names them. `id` must be a drawing's own. */
export function Textures({ id, count }: { readonly id: string; readonly count: number }) {
  return (
    <defs>
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a texture is its place
        <pattern key={index} id={`${id}-${index}`} width="6" height="6" patternUnits="userSpaceOnUse">
          <rect width="6" height="6" className={fillClass(index)} />
          <path
            d={MARKS[index % MARKS.length] || 'M0 0'}
            className="stroke-surface"
            strokeWidth="1.4"
            strokeLinecap="round"
            fill="none"
          />
        </pattern>
      ))}
    </defs>
  );
}

export function textureFill(id: string, index: number): string {
  return `url(#${id}-${index})`;
}

/** React's ids hold characters that an address in `url()` may not. */
export function drawingId(reactId: string): string {
  return `d${reactId.replace(/\W/g, '')}`;
}

/** Names beside a sample of the texture, or of the line. */
export function Legend({
  id,
  names,
  isLine = false,
}: {
  readonly id: string;
  readonly names: readonly string[];
  readonly isLine?: boolean;
}) {
  return (
    <ul className="mb-1 flex flex-wrap gap-x-4 gap-y-1 text-ink">
      {names.map((name, index) => (
        <li key={name} className="flex items-center gap-1.5">
          <svg width="18" height="10" aria-hidden="true" className="shrink-0">
            {isLine ? (
              <path
                d="M0 5H18"
                strokeWidth="2"
                fill="none"
                className={strokeClass(index)}
                strokeDasharray={dashOf(index)}
              />
            ) : (
              <rect width="18" height="10" rx="2" fill={textureFill(id, index)} />
            )}
          </svg>
          <bdi>{name}</bdi>
        </li>
      ))}
    </ul>
  );
}
