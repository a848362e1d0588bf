import { useState } from 'react';
import type { Privacy } from '../../src/contract/stored-content.ts';
import { useApiChange } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Outcome, SelectField, TextField } from '../parts/field.tsx';

export const PRIVACY = '/api/x/privacy';

type Mode = Privacy['policy']['mode'];
type Change = Partial<Privacy['policy']>;

export const MODES: readonly (readonly [Mode, string])[] = [
  ['off', 'nothing'],
  ['errors', 'requests that fail'],
  ['all', 'all requests'],
];

/** What is stored from now on. Nothing changes before it is saved. */
export function PolicyForm({ policy }: { readonly policy: Privacy['policy'] }) {
  const [draft, setDraft] = useState<Change>({});
  const save = useApiChange<Change>(
    (body) => ({ path: PRIVACY, method: 'PATCH', body }),
    [PRIVACY, '/api/x/generations/'],
  );
  const shown = { ...policy, ...draft };
  const edit = (change: Change) => {
    save.reset();
    setDraft((known) => ({ ...known, ...change }));
  };
  const isShorter = shown.retention_days < policy.retention_days;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft, { onSuccess: () => setDraft({}) });
      }}
    >
      <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2 lg:grid-cols-4">
        <SelectField
          label="Store the text of"
          value={shown.mode}
          onChange={(event) => edit({ mode: event.target.value as Mode })}
          hint="Keys can be exceptions, below."
        >
          {MODES.map(([mode, name]) => (
            <option key={mode} value={mode}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="For so many days"
          type="number"
          min={1}
          max={365}
          required
          value={String(shown.retention_days)}
          onChange={(event) => edit({ retention_days: event.target.valueAsNumber })}
          hint={
            isShorter
              ? 'Shorter than before: older text is deleted at once.'
              : 'Longer than before counts for new text only.'
          }
        />
        <TextField
          label="At most so many KB of each body"
          type="number"
          min={1}
          max={4096}
          required
          value={String(shown.bytes_max / 1024)}
          onChange={(event) => edit({ bytes_max: Math.round(event.target.valueAsNumber * 1024) })}
          hint="What is longer is cut, and says so."
        />
        <TextField
          label="Share of sessions, in percent"
          type="number"
          min={0.01}
          max={100}
          step="any"
          required
          disabled={shown.mode !== 'all'}
          value={String(Math.round(shown.sample_share * 1e6) / 1e4)}
          onChange={(event) => edit({ sample_share: event.target.valueAsNumber / 100 })}
          hint="A session is stored whole or not at all."
        />
      </div>
      <label className="mt-4 flex max-w-prose items-start gap-2 text-sm">
        <input
          type="checkbox"
          className="mt-1"
          checked={shown.redacts_secrets}
          onChange={(event) => edit({ redacts_secrets: event.target.checked })}
        />
        <span>
          Take out what looks like a secret (keys, tokens, passwords) before storing. Headers, and with them the key of
          whoever asks, are never stored.
        </span>
      </label>
      <Button kind="main" type="submit" className="mt-4" disabled={save.isPending || Object.keys(draft).length === 0}>
        {save.isPending ? 'Saving…' : 'Save'}
      </Button>
      <Outcome error={save.error} done={save.isSuccess ? 'Saved. It counts from the next request on.' : undefined} />
    </form>
  );
}
