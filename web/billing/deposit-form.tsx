import { useId, useState } from 'react';
import { useApiChange } from '../api/use-api.ts';
import { FormError, TextField } from '../keys/key-form.tsx';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { exactDollars } from '../text/numbers.ts';

interface Deposit {
  readonly amount: string;
  readonly note: string;
  readonly id: string;
}

/** Made once for a form: sent twice, it is one deposit. */
function depositId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36).padStart(7, '0')).join('');
}

const AMOUNT = /^\d{1,7}(?:\.\d{1,12})?$/;

/** An admin writes down credit for the account. No money is taken: this installation has no means of payment. */
export default function DepositForm({ close }: { close(): void }) {
  const [amount, setAmount] = useState('');
  const [note, setNote] = useState('');
  const [id] = useState(depositId);
  const fieldId = useId();
  const deposit = useApiChange<Deposit>(
    (body) => ({ path: '/api/x/deposits', method: 'POST', body }),
    ['/api/x/ledger', '/api/x/overview', '/api/v1/credits'],
  );
  const isGood = AMOUNT.test(amount) && !/^[0.]*$/.test(amount);
  return (
    <Dialog title="Add credit" close={close} note="Written into the ledger; nobody is charged.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isGood) deposit.mutate({ amount, note: note.trim(), id }, { onSuccess: close });
        }}
      >
        <label htmlFor={fieldId} className="mb-1 block text-sm font-medium">
          Amount in dollars
        </label>
        <TextField
          id={fieldId}
          inputMode="decimal"
          value={amount}
          aria-describedby={`${fieldId}-hint`}
          onChange={({ target }) => setAmount(target.value.trim().replace(/^\$/, ''))}
        />
        <p id={`${fieldId}-hint`} className="mt-1 text-xs text-soft">
          {amount === '' ? 'Up to twelve decimals.' : isGood ? exactDollars(amount) : 'An amount such as 25 or 0.5'}
        </p>
        <label htmlFor={`${fieldId}-note`} className="mt-4 mb-1 block text-sm font-medium">
          Note
        </label>
        <TextField
          id={`${fieldId}-note`}
          maxLength={200}
          value={note}
          onChange={({ target }) => setNote(target.value)}
        />
        {deposit.error && <FormError error={deposit.error} />}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button kind="main" type="submit" disabled={!isGood || deposit.isPending}>
            Add credit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
