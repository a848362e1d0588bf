import { useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { withBase } from '../api/fetch-api.ts';

export interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  /** A path of this site without the installation's prefix, with query and anchor: `/models?author=meta-llama`. */
  readonly to: string;
  readonly children?: ReactNode;
}

/** A link inside the site: followed without loading the page again, and an ordinary link to everything else. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const router = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || rest.target === '_blank') return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.history.push(withBase(to));
  };
  return <a {...rest} href={withBase(to)} onClick={follow} />;
}

/** To another site. Only http and https; anything else is shown as text. */
export function OutsideLink(props: {
  readonly href: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const { href, className = '', children } = props;
  if (!isHttp(href)) return <span className={className}>{children}</span>;
  return (
    <a className={`prose-link ${className}`} href={href} rel="noreferrer noopener" target="_blank">
      {children}
    </a>
  );
}

function isHttp(href: string): boolean {
  if (!URL.canParse(href)) return false;
  return ['http:', 'https:'].includes(new URL(href).protocol);
}
