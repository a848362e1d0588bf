import type { ReactNode } from 'react';

/** The sections of a model's page in order: anchors of the bar, and of links from elsewhere. */
export const SECTIONS = [
  ['providers', 'Providers'],
  ['route', 'Route preview'],
  ['parameters', 'Parameters'],
  ['performance', 'Performance'],
  ['pricing', 'Pricing'],
  ['apps', 'Apps'],
  ['activity', 'Recent activity'],
  ['uptime', 'Uptime'],
  ['code', 'Sample code and API'],
  ['verified', 'Verified here'],
] as const;

export type SectionId = (typeof SECTIONS)[number][0] | 'run';

/** A part of the page with its anchor and heading. */
export function Section(props: {
  readonly id: SectionId;
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}) {
  const { id, title, lead, children } = props;
  return (
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      className="scroll-mt-28 border-t border-line pt-8 pb-10 first:border-t-0"
    >
      <h2 id={`${id}-title`} className="text-xl font-semibold">
        {title}
      </h2>
      {lead && <p className="mt-1 max-w-prose text-sm text-soft">{lead}</p>}
      <div className="mt-4">{children}</div>
    </section>
  );
}

/** Stays below the site's bar while one scrolls. */
export function SectionBar({ runs }: { readonly runs: boolean }) {
  return (
    <nav aria-label="Sections of this page" className="sticky top-13 z-30 border-b border-line bg-ground">
      <ul className="mx-auto flex max-w-[90rem] gap-1 overflow-x-auto px-3">
        {runs && <SectionLink id="run" name="Run it here" />}
        {SECTIONS.map(([id, name]) => (
          <SectionLink key={id} id={id} name={name} />
        ))}
      </ul>
    </nav>
  );
}

function SectionLink({ id, name }: { readonly id: SectionId; readonly name: string }) {
  return (
    <li>
      <a
        href={`#${id}`}
        className="block px-2 py-2.5 text-sm whitespace-nowrap text-soft no-underline -outline-offset-2 hover:text-ink hover:underline pointer-coarse:py-3.5"
      >
        {name}
      </a>
    </li>
  );
}
