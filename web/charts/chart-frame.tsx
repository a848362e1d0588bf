import { lazy, type ReactNode, Suspense, useId, useRef, useState } from 'react';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { day } from '../text/dates.ts';
import { counted } from '../text/numbers.ts';
import type { ChartTable } from './chart-table.ts';

const ChartMenu = lazy(() => import('./chart-menu.tsx'));

/** What every chart is told besides its data. */
export interface ChartFacts {
  readonly title: string;
  /** What is drawn and how it is counted, where the title does not say it. */
  readonly description?: string;
  /** Word for the values: `tokens`, `ms`. */
  readonly unit: string;
  /** Samples that the chart is made of. */
  readonly n: number;
  /** What one sample is. */
  readonly sample?: string;
  /** Samples below which nothing is drawn. */
  readonly needed?: number;
  /** Where the numbers come from. */
  readonly source?: string;
  /** End of the time it shows, not included: midnight is the end of the day before. */
  readonly asOf?: string;
  /** The call that gave the data, below the installation: `/api/x/stats/tokens?days=30`. */
  readonly apiPath?: string;
  /** Anchor of the page at which the chart stands, for its link. */
  readonly anchor?: string;
  /** Level of the title's heading; 3 unless given. */
  readonly level?: 2 | 3 | 4;
  /** Height of the drawing; the place is kept from the start. */
  readonly size?: 'small' | 'middle' | 'large';
}

const HEIGHTS = { small: 'h-32', middle: 'h-56', large: 'h-80' } as const;

export interface ChartFrameProps extends ChartFacts {
  /** One generated sentence. */
  readonly summary: string;
  /** Made when it is asked for. */
  readonly table: () => ChartTable;
  /** Below the drawing: what the colours and textures mean. */
  readonly legend?: ReactNode;
  /** True for drawings that are as tall as their rows. */
  readonly isGrowing?: boolean;
  readonly children: ReactNode;
}

/** Around every chart: title, summary, sample size and source, the state of too little data, and the menu. */
export function ChartFrame(props: ChartFrameProps) {
  const { title, description, summary, legend, children, size = 'middle', level = 3, n, needed = 1 } = props;
  const [hasMenu, setMenu] = useState(false);
  const figure = useRef<HTMLElement>(null);
  const titleId = useId();
  const Heading = `h${level}` as const;
  const isLittle = n < needed;
  const button = (
    <IconButton label={`Menu of the chart: ${title}`} aria-haspopup="menu" onClick={() => setMenu(true)}>
      <Icon name="more" />
    </IconButton>
  );
  return (
    <figure ref={figure} aria-labelledby={titleId} className="m-0 min-w-0">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <Heading id={titleId} className="font-semibold">
            {title}
          </Heading>
          <p className="text-sm text-soft">{isLittle ? (description ?? '') : summary}</p>
        </div>
        {hasMenu ? (
          <Suspense fallback={button}>
            <ChartMenu facts={props} table={props.table} figure={figure} />
          </Suspense>
        ) : (
          button
        )}
      </div>
      <div className={`mt-2 ${props.isGrowing ? '' : HEIGHTS[size]}`}>
        {isLittle ? <LittleData n={n} needed={needed} sample={props.sample ?? 'request'} /> : children}
      </div>
      <figcaption className="mt-2 text-xs text-soft">
        {!isLittle && legend}
        {!isLittle && description && <p>{description}</p>}
        <p className="figures">
          n = {counted(n, props.sample ?? 'request')}
          {props.source && ` · ${props.source}`}
          {props.asOf && ` · as of ${day(Date.parse(props.asOf) - 1)}`}
        </p>
      </figcaption>
    </figure>
  );
}

function LittleData({ n, needed, sample }: { readonly n: number; readonly needed: number; readonly sample: string }) {
  return (
    <div className="flex h-full min-h-24 items-center justify-center rounded-md border border-dashed border-line-strong px-4 text-center text-sm text-soft">
      {n === 0
        ? `Nothing recorded yet. It fills with each ${sample}.`
        : `Too little data: ${counted(n, sample)} of ${needed} needed.`}
    </div>
  );
}
