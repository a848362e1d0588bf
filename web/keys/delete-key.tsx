import { useId, useState } from 'react';
import type { KeyListing } from '../../src/contract/api-key.ts';
import { useApiChange } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { FormError, TextField } from './key-form.tsx';

/** Deleting cannot be undone, so its name is to be typed; disabling can. */
export default function DeleteKey({ known, close }: { readonly known: KeyListing; close(): void }) {
  const [typed, setTyped] = useState('');
  const id = useId();
  const remove = useApiChange<string>((hash) => ({ path: `/api/v1/keys/${hash}`, method: 'DELETE' }), ['/api/v1/keys']);
  const isSure = typed.trim() === known.name.trim();
  return (
    <Dialog title="Delete the key" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isSure) remove.mutate(known.hash, { onSuccess: close });
        }}
      >
        <p>
          Requests with it are refused from the next moment on, for good. What it has spent stays in the log. To stop it
          for a while, disable it instead.
        </p>
        <label htmlFor={id} className="mt-4 mb-1 block text-sm">
          Type its name, <bdi className="font-medium">{known.name}</bdi>, to delete it
        </label>
        <TextField id={id} value={typed} onChange={({ target }) => setTyped(target.value)} />
        {remove.error && <FormError error={remove.error} />}
        <div className="mt-4 flex justify-end gap-2">
          <Button onClick={close}>Keep it</Button>
          <Button kind="danger" type="submit" disabled={!isSure || remove.isPending}>
            Delete
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
