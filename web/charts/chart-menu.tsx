import { Menu } from '@base-ui/react/menu';
import { type RefObject, useState } from 'react';
import { useBoot } from '../boot-context.tsx';
import { buttonLook } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import type { ChartFacts } from './chart-frame.tsx';
import { type ChartTable, toCsv } from './chart-table.ts';
import { copyText, drawPng, saveFile, standAloneSvg } from './export-drawing.ts';
import { TableTwin } from './table-twin.tsx';

const ITEM =
  'flex min-h-8 cursor-pointer items-center rounded-sm px-2.5 py-1 text-sm -outline-offset-2 data-[highlighted]:bg-raised data-[disabled]:text-soft pointer-coarse:min-h-11';

interface ChartMenuProps {
  readonly facts: ChartFacts;
  readonly table: () => ChartTable;
  readonly figure: RefObject<HTMLElement | null>;
}

/** What can be done with a chart. Loaded when it is first asked for, and then open. */
export default function ChartMenu({ facts, table, figure }: ChartMenuProps) {
  const [isTable, setTable] = useState(false);
  const [said, say] = useState('');
  const { address } = useBoot();
  const drawing = () => figure.current?.querySelector<SVGSVGElement>('svg[data-drawing]') ?? undefined;
  const copy = (what: string, text: string | undefined) => {
    if (text === undefined) return say('There is nothing drawn to copy.');
    copyText(text).then(
      () => say(`${what} copied.`),
      () => say('The browser does not let this page copy.'),
    );
  };
  const name = facts.title.replace(/[^\w]+/g, '-').toLowerCase();
  const savePng = async () => {
    const svg = drawing();
    if (svg) saveFile(await drawPng(svg), `${name}.png`);
    say(svg ? 'Picture saved.' : 'There is nothing drawn to save.');
  };
  const copySvg = () => {
    const svg = drawing();
    copy('SVG', svg && standAloneSvg(svg, facts.title));
  };
  const link = () => `${location.href.replace(/#.*/, '')}${facts.anchor ? `#${facts.anchor}` : ''}`;
  return (
    <>
      <Menu.Root defaultOpen>
        <Menu.Trigger
          className={`${buttonLook('quiet')} min-w-8 px-1.5 pointer-coarse:min-w-11`}
          aria-label={`Menu of the chart: ${facts.title}`}
        >
          <Icon name="more" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end" className="z-50">
            <Menu.Popup className="min-w-48 rounded-md border border-line-strong bg-surface p-1 shadow-lg outline-none">
              <Item act={() => setTable(true)}>View as table</Item>
              <Item act={() => copy('CSV', toCsv(table()))}>Copy CSV</Item>
              <Item act={copySvg}>Copy SVG</Item>
              <Item act={() => void savePng().catch(() => say('The picture could not be made.'))}>Save PNG</Item>
              <Item act={() => copy('Link', link())}>Copy link</Item>
              {facts.apiPath && <Item act={() => copy('Call', `curl ${address}${facts.apiPath}`)}>Copy API call</Item>}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <span className="sr-only" role="status">
        {said}
      </span>
      {isTable && (
        <Dialog title={facts.title} close={() => setTable(false)} shape="wide" note={facts.description}>
          <TableTwin caption={facts.title} table={table()} />
        </Dialog>
      )}
    </>
  );
}

function Item({ act, children }: { readonly act: () => void; readonly children: string }) {
  return (
    <Menu.Item className={ITEM} onClick={act}>
      {children}
    </Menu.Item>
  );
}
