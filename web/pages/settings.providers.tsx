import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ProviderKeyListing, ProviderKeys } from '../../src/contract/provider-key.ts';
import { ProviderKeyForm, TestResult, testKey } from '../account/provider-key-form.tsx';
import { refresh, useApi, useApiChange } from '../api/use-api.ts';
import { Block } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { isolate } from '../text/clean-text.ts';
import { moment } from '../text/dates.ts';
import type { Page } from './page.ts';

const KEYS = '/api/x/provider-keys';
const SOURCES = {
  environment: 'environment',
  configuration: 'trunkline.toml',
  stored: 'stored here, encrypted',
} as const;

function ProviderKeysPage() {
  const keys = useApi<ProviderKeys>(KEYS);
  const client = useQueryClient();
  const again = () => void refresh(client, [KEYS, '/api/v1/providers', '/api/v1/models']);
  return (
    <>
      <h1 className="text-2xl font-semibold">Provider keys</h1>
      <p className="mt-1 max-w-prose text-soft">
        What this installation pays providers with. A key is used from the moment it is here, without a restart, and
        sent to its own provider’s address only.
      </p>
      <Block title="Add a key">
        <ProviderKeyForm onDone={again} />
      </Block>
      <Block title="Keys in use" note="Keys from files and variables belong to the operator and are changed there.">
        <Answered query={keys} what="the provider keys">
          {({ keys: data }) =>
            data.length === 0 ? (
              <Empty title="No key yet">
                Add one above, or put a line such as <code>GROQ_API_KEY=…</code> into <code>.env</code> of the data
                folder. Engines on this machine need none.
              </Empty>
            ) : (
              <KeyTable keys={data} again={again} />
            )
          }
        </Answered>
      </Block>
    </>
  );
}

function KeyTable({ keys, again }: { readonly keys: readonly ProviderKeyListing[]; readonly again: () => void }) {
  const test = useMutation({ mutationFn: testKey, onSuccess: again });
  const remove = useApiChange<string>(
    (provider) => ({ path: `${KEYS}/${encodeURIComponent(provider)}`, method: 'DELETE' }),
    [KEYS],
  );
  return (
    <>
      <PlainTable
        label="Provider keys"
        rows={keys}
        keyOf={({ provider, source, label }) => `${provider} ${source} ${label}`}
        columns={[
          { name: 'Provider', cell: (key) => <ProviderName listing={key} /> },
          {
            name: 'Key',
            cell: ({ label, shadowed }) => (
              <>
                <bdi className="font-mono text-xs">{label}</bdi>
                {shadowed && <span className="block text-xs text-warn">another source wins over it</span>}
              </>
            ),
          },
          { name: 'From', cell: ({ source }) => SOURCES[source] },
          { name: 'Since', cell: ({ created_at }) => (created_at === null ? '—' : moment(created_at)) },
          {
            name: 'Last test',
            cell: ({ last_test }) =>
              last_test ? <TestResult test={last_test} /> : <span className="text-soft">never</span>,
          },
          {
            name: '',
            cell: ({ provider, provider_name, source }) => (
              <span className="flex justify-end gap-1">
                <Button disabled={test.isPending} onClick={() => test.mutate(provider)}>
                  {test.isPending && test.variables === provider ? 'Testing…' : 'Test'}
                  <span className="sr-only"> {isolate(provider_name)}</span>
                </Button>
                {source === 'stored' && (
                  <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate(provider)}>
                    Remove
                    <span className="sr-only"> {isolate(provider_name)}</span>
                  </Button>
                )}
              </span>
            ),
          },
        ]}
      />
      <Outcome error={test.error ?? remove.error} />
    </>
  );
}

function ProviderName({ listing }: { readonly listing: ProviderKeyListing }) {
  return (
    <>
      <Link className="prose-link" to={`/providers/${listing.provider}`}>
        <bdi>{listing.provider_name}</bdi>
      </Link>
      <span className={`block text-xs ${listing.connected ? 'text-good' : 'text-warn'}`}>
        {listing.connected ? 'connected' : 'not connected'}
      </span>
    </>
  );
}

const page: Page = {
  title: () => 'Provider keys',
  needs: 'admin',
  isConsole: true,
  preload: () => [KEYS, '/api/v1/providers'],
  Component: ProviderKeysPage,
};
export default page;
