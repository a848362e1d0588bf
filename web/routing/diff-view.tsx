import { ScrollBox } from '../parts/scroll-box.tsx';
import { diffLines } from './provider-draft.ts';

const LOOKS = { ' ': 'text-soft', '-': 'bg-bad-wash', '+': 'bg-raised font-medium' } as const;

/** What a save would change; nothing while nothing does. */
export function WhatChanges(props: { readonly before: string; readonly after: string; readonly className?: string }) {
  const { before, after, className } = props;
  if (before === after) return null;
  return (
    <div className={className}>
      <h3 className="mb-2 text-sm font-medium">What changes</h3>
      <DiffView label="What changes" before={before} after={after} />
    </div>
  );
}

/** Two texts, line by line. Marks, not only colours, tell what went and what came. */
export function DiffView({
  label,
  before,
  after,
}: {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}) {
  if (before === after) return <p className="text-sm text-soft">Nothing differs.</p>;
  return (
    <ScrollBox label={label} className="rounded-md border border-line">
      <pre className="p-2 font-mono text-xs">
        {diffLines(before, after).map(({ mark, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <span key={index} className={`block ${LOOKS[mark]}`}>
            {mark} <bdi>{text}</bdi>
          </span>
        ))}
      </pre>
    </ScrollBox>
  );
}
