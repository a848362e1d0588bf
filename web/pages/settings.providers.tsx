import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ProviderKeyListing, ProviderKeys } from '../../src/contract/provider-key.ts';
import { ProviderKeyForm, TestResult, testKey } from '../account/provider-key-form.tsx';
import { refresh, useApi, useApiChange } from '../api/use-api.ts';
import { Block, CELL, HEAD_CELL, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
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
  return (
    <TableFrame label="Provider keys">
      <table className="w-full text-sm">
        <caption className="sr-only">Provider keys</caption>
        <thead className="border-b border-line">
          <tr>
            {['Provider', 'Key', 'From', 'Since', 'Last test', ''].map((name) => (
              <th key={name} scope="col" className={HEAD_CELL}>
                {name || <span className="sr-only">What can be done</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {keys.map((key) => (
            <KeyRow key={`${key.provider} ${key.source} ${key.label}`} listing={key} again={again} />
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

function KeyRow({ listing, again }: { readonly listing: ProviderKeyListing; readonly again: () => void }) {
  const test = useMutation({ mutationFn: () => testKey(listing.provider), onSuccess: again });
  const remove = useApiChange<void>(
    () => ({ path: `${KEYS}/${encodeURIComponent(listing.provider)}`, method: 'DELETE' }),
    [KEYS],
  );
  const last = test.data ?? listing.last_test;
  return (
    <tr>
      <th scope="row" className={ROW_NAME}>
        <Link className="prose-link" to={`/providers/${listing.provider}`}>
          <bdi>{listing.provider_name}</bdi>
        </Link>
        <span className={`block text-xs ${listing.connected ? 'text-good' : 'text-warn'}`}>
          {listing.connected ? 'connected' : 'not connected'}
        </span>
      </th>
      <td className={CELL}>
        <bdi className="font-mono text-xs">{listing.label}</bdi>
        {listing.shadowed && <span className="block text-xs text-warn">another source wins over it</span>}
      </td>
      <td className={CELL}>{SOURCES[listing.source]}</td>
      <td className={CELL}>{listing.created_at === null ? '—' : moment(listing.created_at)}</td>
      <td className={CELL}>
        {last ? <TestResult test={last} /> : <span className="text-soft">never</span>}
        <Outcome error={test.error ?? remove.error} />
      </td>
      <td className={`${CELL} text-right whitespace-nowrap`}>
        <Button disabled={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Testing…' : 'Test'}
        </Button>{' '}
        {listing.source === 'stored' && (
          <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        )}
      </td>
    </tr>
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
