import { useState } from 'react';
import type { Privacy } from '../../src/contract/stored-content.ts';
import { useApi } from '../api/use-api.ts';
import { Block, Tiles } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { DeleteStored, type Doomed } from '../privacy/delete-stored.tsx';
import { KeyExceptions } from '../privacy/key-exceptions.tsx';
import { MODES, PolicyForm, PRIVACY } from '../privacy/policy-form.tsx';
import { ProviderDefault } from '../privacy/provider-default.tsx';
import { PROVIDERS, ProviderPolicies } from '../privacy/provider-policies.tsx';
import { DEFAULTS } from '../routing/provider-draft.ts';
import { moment } from '../text/dates.ts';
import { bytes, counted, exact, percent } from '../text/numbers.ts';
import type { Page } from './page.ts';

function PrivacyPage() {
  const query = useApi<Privacy>(PRIVACY);
  const [doomed, setDoomed] = useState<Doomed>();
  return (
    <>
      <h1 className="text-2xl font-semibold">Privacy</h1>
      <p className="mt-1 max-w-prose text-soft">
        Of each request Trunkline keeps what it was like: time, model, tokens, cost, route. What was asked and answered
        is stored only where an administrator has it stored here, sealed with the installation’s key, and deleted when
        its time has come. Administrators may read it, and whoever asked on these pages their own; each reading stands
        in the audit log.
      </p>
      <Answered query={query} what="what is stored" height="h-64">
        {(privacy) => <Settings privacy={privacy} ask={setDoomed} />}
      </Answered>
      <Block
        title="Providers"
        note="What the catalogue knows of the providers connected here. Where it knows nothing, a provider counts as one that trains and keeps."
      >
        {query.data && <ProviderDefault mayChange={query.data.may_change} />}
        <ProviderPolicies />
      </Block>
      {doomed && <DeleteStored doomed={doomed} close={() => setDoomed(undefined)} />}
    </>
  );
}

function Settings({ privacy, ask }: { readonly privacy: Privacy; readonly ask: (doomed: Doomed) => void }) {
  const { policy, stored, may_change } = privacy;
  return (
    <>
      <div className="mt-6">
        <Tiles
          tiles={[
            { name: 'Stored from now on', value: nameOf(policy.mode), note: describe(policy) },
            { name: 'Of your own requests', value: nameOf(privacy.own_mode), note: 'on these pages, or with this key' },
            { name: 'Stored now', value: exact(stored.count), note: 'generations with text' },
            { name: 'Size', value: bytes(stored.bytes), note: 'before sealing' },
            { name: 'Oldest', value: stored.oldest === null ? '—' : moment(stored.oldest) },
            { name: 'Newest', value: stored.newest === null ? '—' : moment(stored.newest) },
          ]}
        />
        {privacy.lost > 0 && (
          <p className="mt-3 text-sm text-warn" role="status">
            The text of {counted(privacy.lost, 'generation')} could not be stored since the start: storage was away for
            too long.
          </p>
        )}
      </div>
      <Block
        title="What is stored"
        note={may_change ? undefined : 'Changing this needs the role admin.'}
        tools={
          may_change &&
          stored.count > 0 && (
            <Button kind="danger" onClick={() => ask({ of: 'everybody', ...stored })}>
              Delete everything now
            </Button>
          )
        }
      >
        {may_change ? (
          <PolicyForm policy={policy} />
        ) : (
          <p className="text-sm">
            {nameOf(policy.mode)}: {describe(policy)}
          </p>
        )}
        {stored.count === 0 && (
          <div className="mt-6">
            <Empty title="No text is stored">
              {policy.mode === 'off'
                ? 'It stays so until an administrator has it stored.'
                : 'The next request that counts fills this.'}
            </Empty>
          </div>
        )}
      </Block>
      {may_change && (
        <Block title="Keys" note="A key may store more or less than the workspace does.">
          <KeyExceptions
            privacy={privacy}
            ask={(key) => ask({ ...key, key: key.hash, of: key.name ?? 'a deleted key' })}
          />
        </Block>
      )}
    </>
  );
}

function nameOf(mode: Privacy['own_mode']): string {
  return MODES.find(([known]) => known === mode)![1];
}

function describe({ mode, retention_days, sample_share, bytes_max, redacts_secrets }: Privacy['policy']): string {
  if (mode === 'off') return 'no text of any request';
  return [
    `for ${counted(retention_days, 'day')}`,
    ...(mode === 'all' && sample_share < 1 ? [`${percent(sample_share)} of sessions`] : []),
    `up to ${bytes(bytes_max)} of each body`,
    redacts_secrets ? 'without secrets' : 'secrets included',
  ].join(', ');
}

const page: Page = {
  title: () => 'Privacy',
  needs: 'viewer',
  isConsole: true,
  preload: () => [PRIVACY, PROVIDERS, DEFAULTS],
  Component: PrivacyPage,
};
export default page;
