import { useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { PLACES } from './places.ts';
import { areShortcutsOn, switchShortcuts } from './shortcuts.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['Ctrl K or ⌘ K', 'Search everything'],
  ['/', 'Into the search field of the page'],
  ['?', 'This list'],
  ['j, k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Space', 'Look into the row'],
  ['Esc', 'Close'],
  ['x, then c', 'Pick models, then compare them'],
  ['y', 'Copy the id'],
  ['[ and ]', 'Shorter and longer time window'],
  ['Ctrl Enter or ⌘ Enter', 'Send'],
];

export default function ShortcutSheet({ close }: { readonly close: () => void }) {
  const [isOn, setOn] = useState(areShortcutsOn);
  const change = (next: boolean) => {
    switchShortcuts(next);
    setOn(next);
  };
  const places = PLACES.filter(({ key }) => key !== undefined);
  return (
    <Dialog title="Keyboard shortcuts" close={close}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
        {[...KEYS, ...places.map(({ key, name }) => [`g, then ${key}`, name] as const)].map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt className="font-mono text-xs leading-6">{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label className="mt-5 flex min-h-8 items-center gap-2 text-sm">
        <input type="checkbox" className="size-4" checked={isOn} onChange={(event) => change(event.target.checked)} />
        Single letters do something
      </label>
    </Dialog>
  );
}
