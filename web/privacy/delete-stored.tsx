import { useApiChange } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Outcome } from '../parts/field.tsx';
import { bytes, counted } from '../text/numbers.ts';
import { PRIVACY } from './policy-form.tsx';

/** What is about to be deleted: of one key, or everything. */
export interface Doomed {
  readonly key?: string;
  readonly of: string;
  readonly count: number;
  readonly bytes: number;
}

export function DeleteStored({ doomed, close }: { readonly doomed: Doomed; readonly close: () => void }) {
  const remove = useApiChange<void, { readonly deleted: number }>(
    () => ({ path: `${PRIVACY}/delete`, method: 'POST', body: doomed.key === undefined ? {} : { key: doomed.key } }),
    [PRIVACY, '/api/x/generations/'],
  );
  const isDone = remove.isSuccess;
  return (
    <Dialog title={`Delete what is stored of ${doomed.of}`} close={close}>
      <p className="max-w-prose text-sm">
        The text of {counted(doomed.count, 'generation')} ({bytes(doomed.bytes)}) is deleted now and cannot be brought
        back. Their records stay: time, model, tokens, cost.
      </p>
      <div className="mt-4 flex gap-2">
        {!isDone && (
          <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {remove.isPending ? 'Deleting…' : 'Delete now'}
          </Button>
        )}
        <Button onClick={close}>{isDone ? 'Close' : 'Keep it'}</Button>
      </div>
      <Outcome
        error={remove.error}
        done={remove.data && `Deleted: the text of ${counted(remove.data.deleted, 'generation')}.`}
      />
    </Dialog>
  );
}
