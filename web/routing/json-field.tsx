import { useId, useState } from 'react';
import { type Provider, printJson, readJson } from './provider-draft.ts';

/** An object as JSON. What is being written stays as it is written, and counts as soon as it is JSON. */
export function JsonField(props: {
  readonly label: string;
  readonly hint: string;
  readonly value: Provider;
  readonly isReadOnly: boolean;
  readonly rows: number;
  change(value: Provider): void;
}) {
  const { label, hint, value, isReadOnly, rows, change } = props;
  const id = useId();
  const printed = printJson(value);
  const [draft, setDraft] = useState({ text: printed, of: printed });
  // Changed from outside, by the form: what stood here is old.
  const text = draft.of === printed ? draft.text : printed;
  const read = readJson(text);
  const write = (next: string) => {
    const result = readJson(next);
    setDraft({ text: next, of: 'value' in result ? printJson(result.value) : printed });
    if ('value' in result) change(result.value);
  };
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        rows={rows}
        spellCheck={false}
        className="w-full rounded-md border border-line-strong bg-surface px-2.5 py-1.5 font-mono text-xs"
        value={text}
        readOnly={isReadOnly}
        aria-invalid={'problem' in read}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => write(target.value)}
      />
      <p id={`${id}-hint`} className={`text-xs ${'problem' in read ? 'text-bad' : 'text-soft'}`}>
        {'problem' in read ? read.problem : hint}
      </p>
    </div>
  );
}
