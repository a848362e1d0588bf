import { type ReactNode, useId } from 'react';

/** A titled part of a public page. */
export function Section(props: {
  readonly title: ReactNode;
  readonly note?: ReactNode;
  /** At the right of the title. */
  readonly more?: ReactNode;
  readonly children: ReactNode;
}) {
  const { title, note, more, children } = props;
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0">
      <div className="mb-3 flex flex-wrap items-baseline gap-x-4 border-b border-line-strong pb-1.5">
        <h2 id={id} className="flex-1 text-lg font-semibold sm:whitespace-nowrap">
          {title}
        </h2>
        {more && <p className="text-sm">{more}</p>}
      </div>
      {note && <p className="-mt-1 mb-3 text-sm text-soft">{note}</p>}
      {children}
    </section>
  );
}
