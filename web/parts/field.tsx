import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';

const BOX =
  'min-h-9 w-full rounded-md border border-line-strong bg-surface px-2.5 py-1.5 text-sm pointer-coarse:min-h-11';

interface Labelled {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
}

export type TextFieldProps = Labelled & InputHTMLAttributes<HTMLInputElement>;

/** A line of text with its label above, a hint below, and what is wrong with it. */
export function TextField({ label, hint, problem, className = '', ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem} className={className}>
      <input {...rest} id={id} className={BOX} aria-invalid={problem !== undefined} aria-describedby={`${id}-hint`} />
    </Frame>
  );
}

export function SelectField(props: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  const { label, hint, problem, className = '', children, ...rest } = props;
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} problem={problem} className={className}>
      <select {...rest} id={id} className={BOX} aria-describedby={`${id}-hint`}>
        {children}
      </select>
    </Frame>
  );
}

function Frame(props: Labelled & { readonly id: string; readonly className: string; readonly children: ReactNode }) {
  const { id, label, hint, problem, className, children } = props;
  return (
    <div className={`min-w-0 ${className}`}>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children}
      <p id={`${id}-hint`} className={`mt-1 text-xs ${problem === undefined ? 'text-soft' : 'text-bad'}`}>
        {problem ?? hint}
      </p>
    </div>
  );
}

/** Says what a change came to, once it did. */
export function Outcome({ error, done }: { readonly error: Error | null; readonly done?: string | undefined }) {
  if (error) {
    return (
      <p role="alert" className="mt-3 text-sm text-bad">
        {error.message.slice(0, 500)}
      </p>
    );
  }
  return (
    <p role="status" className="mt-3 text-sm text-good empty:hidden">
      {done}
    </p>
  );
}
