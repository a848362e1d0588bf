import { type FormEvent, useState } from 'react';
import type { Deletion, DeletionResult, PrivacyChange, PrivacySettings } from '../../src/contract/privacy.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { useRole } from '../boot-context.tsx';
import { Block, Tiles } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { Answered } from '../parts/states.tsx';
import { day } from '../text/dates.ts';
import { bytes, counted, exact } from '../text/numbers.ts';
import type { Page } from './page.ts';

const PRIVACY = '/api/x/privacy';

function Privacy() {
  const query = useApi<PrivacySettings>(PRIVACY);
  const mayChange = useRole('admin');
  return (
    <>
      <h1 className="text-2xl font-semibold">Privacy</h1>
      <p className="mt-1 max-w-prose text-soft">
        Of each generation a record is kept: who asked, which endpoint answered, tokens, times and cost. What was asked
        and answered is not kept, unless you switch that on.
      </p>
      <Answered query={query} what="the privacy settings">
        {(settings) => (
          <>
            <Block title="What is stored now">
              <Tiles
                tiles={[
                  { name: 'Records', value: exact(settings.stored.records) },
                  {
                    name: 'Oldest record',
                    value: settings.stored.oldest_record_at === null ? 'none' : day(settings.stored.oldest_record_at),
                  },
                  {
                    name: 'Requests and answers',
                    value: exact(settings.stored.contents),
                    note: bytes(settings.stored.content_bytes),
                  },
                ]}
              />
            </Block>
            <Block title="How long">
              <Retention key={JSON.stringify(settings)} settings={settings} mayChange={mayChange} />
            </Block>
            {mayChange && <Deleting settings={settings} />}
          </>
        )}
      </Answered>
    </>
  );
}

function Retention({ settings, mayChange }: { readonly settings: PrivacySettings; readonly mayChange: boolean }) {
  const change = useApiChange<PrivacyChange>((body) => ({ path: PRIVACY, method: 'PATCH', body }), [PRIVACY]);
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const days = String(form.get('days'));
    change.mutate({
      retention_days: days === '' ? null : Number(days),
      store_content: form.get('content') === 'on',
      content_retention_days: Number(form.get('content-days')),
    });
  };
  return (
    <form className="grid max-w-md gap-4" onSubmit={send}>
      <fieldset disabled={!mayChange} className="grid gap-4">
        <TextField
          label="Keep records for so many days"
          name="days"
          type="number"
          min={1}
          max={3650}
          defaultValue={settings.retention_days ?? ''}
          hint="Empty keeps them for ever. Sums of money and of tokens per day stay in any case"
        />
        <label className="flex min-h-8 items-center gap-2 text-sm">
          <input type="checkbox" className="size-4" name="content" defaultChecked={settings.store_content} />
          Keep requests and answers, encrypted with a key of this account
        </label>
        <TextField
          label="Keep those for so many days"
          name="content-days"
          type="number"
          min={1}
          max={365}
          required
          defaultValue={settings.content_retention_days}
        />
        {mayChange && (
          <div>
            <Button type="submit" disabled={change.isPending}>
              Save
            </Button>
          </div>
        )}
      </fieldset>
      {!mayChange && <p className="text-sm text-soft">An administrator can change this.</p>}
      <Outcome error={change.error} done={change.isSuccess ? 'Saved.' : undefined} />
    </form>
  );
}

function Deleting({ settings }: { readonly settings: PrivacySettings }) {
  const [isSure, setSure] = useState(false);
  const remove = useApiChange<Deletion, DeletionResult>(
    (body) => ({ path: `${PRIVACY}/delete`, method: 'POST', body }),
    [PRIVACY],
  );
  return (
    <Block title="Delete now" note="It cannot be undone, and a backup of before still holds what is deleted here.">
      <label className="flex min-h-8 items-center gap-2 text-sm">
        <input
          type="checkbox"
          className="size-4"
          checked={isSure}
          onChange={(event) => setSure(event.target.checked)}
        />
        I mean it
      </label>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button
          kind="danger"
          disabled={!isSure || settings.stored.contents === 0}
          onClick={() => remove.mutate({ what: 'content' })}
        >
          Delete all requests and answers
        </Button>
        <Button
          kind="danger"
          disabled={!isSure || settings.stored.records === 0}
          onClick={() => remove.mutate({ what: 'records' })}
        >
          Delete all records
        </Button>
      </div>
      <Outcome
        error={remove.error}
        done={remove.data && `Deleted: ${counted(remove.data.deleted, 'entry', 'entries')}.`}
      />
    </Block>
  );
}

const page: Page = {
  title: () => 'Privacy',
  needs: 'viewer',
  isConsole: true,
  preload: () => [PRIVACY],
  Component: Privacy,
};
export default page;
