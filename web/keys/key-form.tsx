import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';
import type { KeyListing } from '../../src/contract/api-key.ts';
import type { ApiError } from '../api/fetch-api.ts';
import { useApiChange } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { bodyOf, draftOf, EMPTY_DRAFT, type KeyDraft, problemsOf } from './key-facts.ts';

export interface KeyMade {
  readonly data: KeyListing;
  /** The secret, this once. */
  readonly key: string;
}

/** One sheet for a new key and for changing one. */
export default function KeyForm(props: { readonly known?: KeyListing; close(): void; made(made: KeyMade): void }) {
  const { known, close, made } = props;
  const [draft, setDraft] = useState<KeyDraft>(known ? draftOf(known) : EMPTY_DRAFT);
  const [isTried, setTried] = useState(false);
  const save = useApiChange<KeyDraft, KeyMade>(
    (wanted) =>
      known
        ? { path: `/api/v1/keys/${known.hash}`, method: 'PATCH', body: bodyOf(wanted, false) }
        : { path: '/api/v1/keys', method: 'POST', body: bodyOf(wanted, true) },
    ['/api/v1/keys'],
  );
  const problems = isTried ? problemsOf(draft, Date.now()) : {};
  const set = (change: Partial<KeyDraft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problemsOf(draft, Date.now())).length > 0) return;
    save.mutate(draft, { onSuccess: (answer) => (known ? close() : made(answer)) });
  };
  return (
    <Dialog shape="sheet" title={known ? 'Change the key' : 'New key'} close={close}>
      <form onSubmit={submit} className="max-w-md space-y-5" noValidate>
        <Field label="Name" hint="What it is for. Shown in the log and in activity." problem={problems.name}>
          {(ids) => (
            <TextField
              {...ids}
              value={draft.name}
              maxLength={256}
              onChange={({ target }) => set({ name: target.value })}
            />
          )}
        </Field>
        <Field label="Limit in dollars" hint="What it may spend. Empty: no limit of its own." problem={problems.limit}>
          {(ids) => (
            <TextField
              {...ids}
              inputMode="decimal"
              placeholder="none"
              value={draft.limit}
              onChange={({ target }) => set({ limit: target.value.trim().replace(/^\$/, '') })}
            />
          )}
        </Field>
        <Field
          label="Limit starts anew"
          hint="At midnight UTC, on Mondays, on the first of a month."
          problem={problems.reset}
        >
          {(ids) => (
            <select
              {...ids}
              className={LOOK}
              value={draft.reset}
              onChange={({ target }) => set({ reset: target.value })}
            >
              <option value="">never</option>
              <option value="daily">every day</option>
              <option value="weekly">every week</option>
              <option value="monthly">every month</option>
            </select>
          )}
        </Field>
        {!known && (
          <Field
            label="Last day"
            hint="It stops working at the end of this day, UTC. Empty: never."
            problem={problems.expires}
          >
            {(ids) => (
              <TextField
                {...ids}
                type="date"
                value={draft.expires}
                onChange={({ target }) => set({ expires: target.value })}
              />
            )}
          </Field>
        )}
        <label className="flex min-h-6 items-start gap-2 text-sm pointer-coarse:min-h-11">
          <input
            type="checkbox"
            className="mt-1 size-4 accent-[var(--accent)]"
            checked={draft.includesByok}
            onChange={({ target }) => set({ includesByok: target.checked })}
          />
          Requests that run with provider keys of yours count against the limit too
        </label>
        {save.error && <FormError error={save.error} />}
        <Button kind="main" type="submit" disabled={save.isPending}>
          {known ? 'Save' : 'Create key'}
        </Button>
      </form>
    </Dialog>
  );
}

const LOOK = 'block min-h-9 w-full rounded-md border border-line-strong bg-ground px-3 pointer-coarse:min-h-11';

interface FieldIds {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

function Field(props: {
  readonly label: string;
  readonly hint: string;
  readonly problem: string | undefined;
  children(ids: FieldIds): ReactNode;
}) {
  const { label, hint, problem, children } = props;
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-describedby': `${id}-note`, 'aria-invalid': problem !== undefined })}
      <p id={`${id}-note`} className={`mt-1 text-xs ${problem ? 'text-bad' : 'text-soft'}`}>
        {problem ?? hint}
      </p>
    </div>
  );
}

export function TextField(props: InputHTMLAttributes<HTMLInputElement>) {
  return <input type="text" autoComplete="off" {...props} className={`${LOOK} placeholder:text-soft`} />;
}

export function FormError({ error }: { readonly error: ApiError }) {
  return (
    <p className="rounded-md bg-bad-wash px-3 py-2 text-sm" role="alert">
      {error.message}
    </p>
  );
}
