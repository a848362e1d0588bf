import { useEffect } from 'react';
import { Button, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';

/** Long enough to see it, to think and to reach it. */
const STAYS_MS = 10_000;

/** What was just done, and the way back. */
export function UndoBar(props: { readonly text: string; undo(): void; close(): void }) {
  const { text, undo, close } = props;
  useEffect(() => {
    const timer = setTimeout(close, STAYS_MS);
    return () => clearTimeout(timer);
  }, [close]);
  return (
    <div
      role="status"
      className="fixed bottom-4 left-1/2 z-40 flex w-max max-w-[calc(100vw-1.5rem)] -translate-x-1/2 items-center gap-3 rounded-md border border-line-strong bg-surface py-1.5 pr-1.5 pl-4 text-sm shadow-lg"
    >
      <bdi className="min-w-0 truncate">{text}</bdi>
      <Button onClick={undo}>Undo</Button>
      <IconButton label="Close" onClick={close}>
        <Icon name="close" />
      </IconButton>
    </div>
  );
}
