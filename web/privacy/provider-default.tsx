import { useState } from 'react';
import type { RoutingDefaults } from '../../src/contract/routing-default.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { DEFAULTS } from '../routing/provider-draft.ts';

type View = RoutingDefaults['data'][number];

/** What the workspace asks of providers for every request: two of its routing defaults, which no request can loosen. */
export function ProviderDefault({ mayChange }: { readonly mayChange: boolean }) {
  const query = useApi<RoutingDefaults>(DEFAULTS);
  return (
    <Answered query={query} what="the workspace’s defaults" height="h-24">
      {({ data: [workspace] }) => workspace && <Choices key={workspace.version} {...{ workspace, mayChange }} />}
    </Answered>
  );
}

function Choices({ workspace, mayChange }: { readonly workspace: View; readonly mayChange: boolean }) {
  const { provider, version } = workspace;
  const known = { deny: provider.data_collection === 'deny', zdr: provider.zdr === true };
  const [draft, setDraft] = useState(known);
  const save = useApiChange<typeof known>(
    ({ deny, zdr }) => {
      // What else the workspace says of routing stays.
      const { data_collection: _, zdr: __, ...rest } = provider;
      const wanted = { ...rest, ...(deny && { data_collection: 'deny' }), ...(zdr && { zdr: true }) };
      return { path: `${DEFAULTS}/workspace`, method: 'PUT', body: { provider: wanted, version } };
    },
    [DEFAULTS],
  );
  const isSame = draft.deny === known.deny && draft.zdr === known.zdr;
  const choice = (name: 'deny' | 'zdr', words: string) => (
    <label className="flex items-start gap-2 text-sm">
      <input
        type="checkbox"
        className="mt-1"
        checked={draft[name]}
        disabled={!mayChange}
        onChange={(event) => setDraft({ ...draft, [name]: event.target.checked })}
      />
      <span>{words}</span>
    </label>
  );
  return (
    <form
      className="mb-6"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <fieldset className="space-y-2">
        <legend className="mb-2 text-sm font-medium">For every request of the workspace, use</legend>
        {choice('deny', 'only providers that state that they do not train on prompts (data_collection: deny)')}
        {choice('zdr', 'only endpoints with zero data retention (zdr: true)')}
      </fieldset>
      <p className="mt-2 max-w-prose text-xs text-soft">
        A request may ask for more, never for less. Where no endpoint is left, it is refused. The other{' '}
        <Link className="prose-link" to="/settings/routing">
          routing defaults
        </Link>{' '}
        stay as they are.
      </p>
      {mayChange && (
        <Button type="submit" className="mt-3" disabled={isSame || save.isPending}>
          {save.isPending ? 'Saving…' : 'Save for every request'}
        </Button>
      )}
      <Outcome error={save.error} />
    </form>
  );
}
