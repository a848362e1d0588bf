import { useState } from 'react';
import type { KeyListing } from '../../src/contract/api-key.ts';
import type { RoutingDefaults, RoutingDefaultView } from '../../src/contract/routing-default.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { useRole } from '../boot-context.tsx';
import { Block } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome, SelectField } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { DiffView, WhatChanges } from '../routing/diff-view.tsx';
import { DryRun } from '../routing/dry-run.tsx';
import { JsonField } from '../routing/json-field.tsx';
import { DEFAULTS, type Provider, printJson } from '../routing/provider-draft.ts';
import { ProviderFields } from '../routing/provider-fields.tsx';
import { moment } from '../text/dates.ts';
import type { Page } from './page.ts';

const KEYS = '/api/v1/keys?include_disabled=true';
const WORKSPACE = 'workspace';

function RoutingPage() {
  const [search, change] = useUrlState();
  const mayWrite = useRole('admin');
  const scope = search.get('scope') ?? WORKSPACE;
  const defaults = useApi<RoutingDefaults>(DEFAULTS);
  const keys = useApi<{ readonly data: readonly KeyListing[] }>(KEYS);
  return (
    <>
      <h1 className="text-2xl font-semibold">Routing defaults</h1>
      <p className="mt-1 max-w-prose text-soft">
        What requests would have to say in their <code className="font-mono text-xs">provider</code> object, said once.
        A request’s own words win over its{' '}
        <Link className="prose-link" to="/presets">
          preset
        </Link>
        , a preset over its key, a key over the workspace. <i>Only</i>, <i>never</i> and the rules on data can be
        narrowed, never widened.
        {!mayWrite && ' Changing them needs the role admin.'}
      </p>
      <div className="mt-5 max-w-md">
        <SelectField
          label="Defaults of"
          hint="Those of a key stand before those of the workspace."
          value={scope}
          onChange={({ target }) => change({ scope: target.value === WORKSPACE ? undefined : target.value })}
        >
          <option value={WORKSPACE}>the workspace</option>
          {(keys.data?.data ?? []).map(({ hash, name, label }) => (
            <option key={hash} value={hash}>
              {`the key ${name} (${label})${defaults.data?.data.some((one) => one.scope === hash) ? ' ·' : ''}`}
            </option>
          ))}
        </SelectField>
      </div>
      <Answered query={defaults} what="the routing defaults">
        {({ data }) => {
          const current = data.find((one) => one.scope === scope) ?? nothingOf(scope);
          return <Editor key={`${scope} ${current.version}`} current={current} mayWrite={mayWrite} />;
        }}
      </Answered>
    </>
  );
}

function nothingOf(scope: string): RoutingDefaultView {
  return { scope, key: null, version: 0, provider: {}, by: null, at: null };
}

function Editor({ current, mayWrite }: { readonly current: RoutingDefaultView; readonly mayWrite: boolean }) {
  const { scope, version } = current;
  const [provider, setProvider] = useState<Provider>(current.provider);
  const save = useApiChange<Provider>(
    (wanted) => ({ path: `${DEFAULTS}/${scope}`, method: 'PUT', body: { provider: wanted, version } }),
    [DEFAULTS],
  );
  const isChanged = printJson(provider) !== printJson(current.provider);
  return (
    <>
      <Block
        title={version === 0 ? 'Nothing said yet' : `Version ${version}`}
        note={
          version === 0 ? 'Every request is routed by what it says itself.' : `by ${current.by}, ${moment(current.at)}`
        }
      >
        <div className="grid gap-6 lg:grid-cols-[3fr_2fr]">
          <ProviderFields provider={provider} change={setProvider} isReadOnly={!mayWrite} />
          <JsonField
            label="As JSON"
            hint="The provider object of a request. The form changes it, and it changes the form."
            value={provider}
            change={setProvider}
            isReadOnly={!mayWrite}
            rows={16}
          />
        </div>
        <WhatChanges className="mt-4" before={printJson(current.provider)} after={printJson(provider)} />
      </Block>
      <DryRun scope={scope} provider={provider} />
      {mayWrite && (
        <div className="mt-6 flex flex-wrap gap-2">
          <Button kind="main" disabled={!isChanged || save.isPending} onClick={() => save.mutate(provider)}>
            {save.isPending ? 'Saving…' : `Save as version ${version + 1}`}
          </Button>
          <Button disabled={!isChanged} onClick={() => setProvider(current.provider)}>
            Undo changes
          </Button>
        </div>
      )}
      <Outcome error={save.error} />
      <Versions current={current} mayWrite={mayWrite} take={setProvider} />
    </>
  );
}

function Versions(props: {
  readonly current: RoutingDefaultView;
  readonly mayWrite: boolean;
  take(provider: Provider): void;
}) {
  const { current, mayWrite, take } = props;
  const query = useApi<RoutingDefaults>(`${DEFAULTS}/${current.scope}/versions`);
  return (
    <Block title="Versions" note="Every save is kept. Going back is saving an old one again.">
      <Answered query={query} what="the versions">
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No version yet">Saving defaults above makes the first one.</Empty>
          ) : (
            <ol className="divide-y divide-line border-y border-line">
              {data.map(({ version, by, at, provider }, index) => (
                <li key={version} className="py-2">
                  <details>
                    <summary className="cursor-pointer text-sm">
                      <span className="font-medium">Version {version}</span> by <bdi>{by}</bdi>, {moment(at)}
                      {version === current.version && ' · counts now'}
                    </summary>
                    <div className="mt-2 space-y-2">
                      <DiffView
                        label={`What version ${version} changed`}
                        before={printJson(data[index + 1]?.provider ?? {})}
                        after={printJson(provider)}
                      />
                      {mayWrite && version !== current.version && (
                        <Button onClick={() => take(provider)}>Take version {version} into the editor</Button>
                      )}
                    </div>
                  </details>
                </li>
              ))}
            </ol>
          )
        }
      </Answered>
    </Block>
  );
}

const page: Page = {
  title: () => 'Routing defaults',
  needs: 'viewer',
  isConsole: true,
  preload: () => [DEFAULTS, `${DEFAULTS}/${WORKSPACE}/versions`],
  Component: RoutingPage,
};

export default page;
