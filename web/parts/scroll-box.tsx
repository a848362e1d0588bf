import type { ReactNode } from 'react';

/**
 * What is wider or taller than its place: it scrolls in itself, never the page, and keys reach it. Words for screen readers stay in it.
 * A group, not a region: the landmarks of a page are its sections, and a table often bears the name of the one that it stands in.
 */
export function ScrollBox(props: {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div
      role="group"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
      tabIndex={0}
      className={`relative overflow-auto ${props.className ?? ''}`}
    >
      {props.children}
    </div>
  );
}
