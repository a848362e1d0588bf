import type { ReactNode } from 'react';

/** A public page below its title. */
export function Frame(props: { readonly title: ReactNode; readonly note?: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="mx-auto max-w-[90rem] px-4 py-8">
      <h1 className="text-2xl font-semibold">{props.title}</h1>
      {props.note && <p className="mt-1 max-w-prose text-soft">{props.note}</p>}
      <div className="mt-6 flex flex-col gap-10">{props.children}</div>
    </div>
  );
}

/** Choices of which one is taken, each a link of the address. */
export function Choices(props: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}) {
  const { label, value, options, choose } = props;
  return (
    <fieldset className="segments inline-flex flex-wrap rounded-md border border-line-strong">
      <legend className="sr-only">{label}</legend>
      {options.map(([key, name]) => (
        <button
          key={key}
          type="button"
          aria-pressed={value === key}
          onClick={() => choose(key)}
          className={`min-h-8 px-3 text-sm pointer-coarse:min-h-11 ${value === key ? 'bg-ink text-ground' : 'bg-surface hover:bg-raised'}`}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
