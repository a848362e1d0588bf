import { useEffect, useState } from 'react';
import { Button, type ButtonKind } from './button.tsx';
import { Icon } from './icon.tsx';

const DONE_MS = 2_000;

/** Copies a text, and says that it did. Where the browser forbids it (no https, no permission) it says so instead. */
export function CopyButton(props: {
  readonly text: string | (() => string);
  readonly label: string;
  readonly kind?: ButtonKind;
  readonly copied?: () => void;
}) {
  const { text, label, kind = 'plain', copied } = props;
  const [state, setState] = useState<'ready' | 'done' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), DONE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setState('done');
      copied?.();
    } catch {
      setState('refused');
    }
  };
  return (
    <Button kind={kind} onClick={() => void copy()}>
      <Icon name={state === 'done' ? 'check' : 'copy'} />
      {label}
      <span className="sr-only" role="status">
        {state === 'done' && 'Copied'}
      </span>
      {state === 'refused' && <span className="text-bad">not allowed here</span>}
    </Button>
  );
}
