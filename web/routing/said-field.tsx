import { useState } from 'react';
import { TextField } from '../parts/field.tsx';
import { fieldText, type Provider, withField } from './provider-draft.ts';

/** Instead of a hint. */
export const BY_JSON = 'Said in the JSON in a way that this field cannot show.';

export interface SaidFieldProps {
  readonly of: Provider;
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly isReadOnly: boolean;
  readonly isNumber?: boolean;
  /** Id of a list of what may be meant. */
  readonly list?: string | undefined;
  /** What a text means; undefined for nothing. */
  read(text: string): unknown;
  change(next: Provider): void;
}

/** One name of an object as a line of text. What is being written stays as it is written, and counts at once. */
export function SaidField({ of, name, label, hint, isReadOnly, isNumber, list, read, change }: SaidFieldProps) {
  const known = fieldText(of, name);
  const [draft, setDraft] = useState({ text: known ?? '', known });
  const write = (text: string) => {
    const next = withField(of, name, read(text));
    setDraft({ text, known: fieldText(next, name) });
    change(next);
  };
  return (
    <TextField
      label={label}
      hint={known === undefined ? BY_JSON : hint}
      // Changed from elsewhere: what was written here is old.
      value={draft.known === known ? draft.text : (known ?? '')}
      placeholder="says nothing"
      list={list}
      inputMode={isNumber ? 'decimal' : 'text'}
      disabled={isReadOnly || known === undefined}
      onChange={({ target }) => write(target.value)}
    />
  );
}
