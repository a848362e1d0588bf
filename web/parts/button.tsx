import type { ButtonHTMLAttributes, ReactNode } from 'react';

export type ButtonKind = 'plain' | 'main' | 'danger' | 'quiet';

const LOOKS: Readonly<Record<ButtonKind, string>> = {
  plain: 'border border-line-strong bg-surface hover:bg-raised',
  main: 'border border-ink bg-ink text-ground hover:bg-soft',
  danger: 'border border-bad text-bad bg-surface hover:bg-bad-wash',
  quiet: 'border border-transparent hover:bg-raised',
};

const SHAPE =
  'inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md px-3 py-1 text-sm font-medium whitespace-nowrap pointer-coarse:min-h-11 disabled:opacity-55';

/** Classes of a button, for links that look like one. */
export function buttonLook(kind: ButtonKind = 'plain'): string {
  return `${SHAPE} ${LOOKS[kind]}`;
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: ButtonKind;
}

export function Button({ kind = 'plain', className = '', ...rest }: ButtonProps) {
  return <button type="button" {...rest} className={`${buttonLook(kind)} ${className}`} />;
}

/** A button of a picture only: it needs a name. */
export function IconButton({
  label,
  children,
  ...rest
}: ButtonProps & { readonly label: string; readonly children: ReactNode }) {
  return (
    <Button
      kind="quiet"
      {...rest}
      aria-label={label}
      title={label}
      className={`min-w-8 px-1.5! pointer-coarse:min-w-11 ${rest.className ?? ''}`}
    >
      {children}
    </Button>
  );
}
