import { lazy, Suspense, useState } from 'react';
import type { PresetOverview, PresetView } from '../../src/contract/preset.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { useBoot, useRole } from '../boot-context.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button, buttonLook } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Outcome } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { curlOf, modelOf, summaryOf } from '../presets/preset-draft.ts';
import { moment } from '../text/dates.ts';
import type { Page } from './page.ts';

const PresetEditor = lazy(() => import('../presets/preset-editor.tsx'));

const PRESETS = '/api/x/presets';

function PresetsPage() {
  const [search, change] = useUrlState();
  const mayWrite = useRole('admin');
  const query = useApi<PresetOverview>(PRESETS);
  const [doomed, setDoomed] = useState<PresetView>();
  const edited = query.data?.data.find(({ slug }) => slug === search.get('edit'));
  const close = () => change({ edit: undefined, new: undefined });
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="flex-1 text-2xl font-semibold">Presets</h1>
        {mayWrite && (
          <Button kind="main" onClick={() => change({ new: '1' }, 'push')}>
            <Icon name="plus" /> New preset
          </Button>
        )}
      </div>
      <p className="mt-1 mb-5 max-w-prose text-sm text-soft">
        Settings of requests under a name: models, a system prompt, providers, parameters, functions. A request uses one
        by <code className="font-mono text-xs">"model": "@preset/slug"</code> or{' '}
        <code className="font-mono text-xs">"preset": "slug"</code>; what it says itself wins.
        {!mayWrite && ' Making, changing and deleting presets needs the role admin.'}
      </p>
      <Answered query={query} what="the presets">
        {({ data }) =>
          data.length === 0 ? (
            <Empty title="No preset yet">
              {mayWrite ? 'Make one above' : 'An admin can make one here'}, or send the body of a request to{' '}
              <code className="font-mono text-xs">POST /api/v1/presets/slug/chat/completions</code>.
            </Empty>
          ) : (
            <Presets
              presets={data}
              mayWrite={mayWrite}
              edit={({ slug }) => change({ edit: slug }, 'push')}
              remove={setDoomed}
            />
          )
        }
      </Answered>
      <Suspense>
        {search.has('new') && mayWrite && <PresetEditor mayWrite close={close} />}
        {edited && (
          <PresetEditor
            key={`${edited.slug} ${edited.designated_version.version} ${edited.versions}`}
            known={edited}
            mayWrite={mayWrite}
            close={close}
          />
        )}
      </Suspense>
      {doomed && <Removal preset={doomed} close={() => setDoomed(undefined)} />}
    </>
  );
}

function Presets(props: {
  readonly presets: readonly PresetView[];
  readonly mayWrite: boolean;
  edit(preset: PresetView): void;
  remove(preset: PresetView): void;
}) {
  const { presets, mayWrite, edit, remove } = props;
  const { address } = useBoot();
  const turn = useApiChange<PresetView>(
    ({ slug, status }) => ({
      path: `${PRESETS}/${slug}`,
      method: 'PATCH',
      body: { status: status === 'active' ? 'disabled' : 'active' },
    }),
    [PRESETS],
  );
  return (
    <>
      <PlainTable
        label="Presets"
        rows={presets}
        keyOf={({ slug }) => slug}
        columns={[
          {
            name: 'Preset',
            cell: (preset) => (
              <>
                <button type="button" className="prose-link font-medium" onClick={() => edit(preset)}>
                  <bdi>{preset.name}</bdi>
                </button>
                <code className="block font-mono text-xs text-soft">@preset/{preset.slug}</code>
                {preset.description && <bdi className="block text-xs text-soft">{preset.description}</bdi>}
              </>
            ),
          },
          {
            name: 'Holds',
            cell: ({ designated_version: version }) => (
              <>
                <bdi>{modelOf(version.config) ?? 'any model'}</bdi>
                <span className="block text-xs text-soft">{summaryOf(version)}</span>
              </>
            ),
          },
          { name: 'Version', cell: ({ designated_version: { version }, versions }) => `${version} of ${versions}` },
          { name: 'Changed', cell: ({ updated_at }) => moment(updated_at) },
          {
            name: 'Status',
            cell: ({ status }) => <span className={status === 'active' ? 'text-good' : 'text-warn'}>{status}</span>,
          },
          {
            name: '',
            cell: (preset) => (
              <span className="flex flex-wrap justify-end gap-1">
                {modelOf(preset.designated_version.config) !== undefined && (
                  <Link className={buttonLook()} to={`/chat?model=${encodeURIComponent(`@preset/${preset.slug}`)}`}>
                    Chat<span className="sr-only"> with {preset.name}</span>
                  </Link>
                )}
                <CopyButton label="Copy curl" text={curlOf(address, preset.slug, preset.designated_version.config)} />
                {mayWrite && (
                  <>
                    <Button disabled={turn.isPending} onClick={() => turn.mutate(preset)}>
                      {preset.status === 'active' ? 'Disable' : 'Enable'}
                      <span className="sr-only"> {preset.name}</span>
                    </Button>
                    <Button kind="danger" onClick={() => remove(preset)}>
                      Delete<span className="sr-only"> {preset.name}</span>
                    </Button>
                  </>
                )}
              </span>
            ),
          },
        ]}
      />
      <Outcome error={turn.error} />
    </>
  );
}

function Removal({ preset, close }: { readonly preset: PresetView; readonly close: () => void }) {
  const remove = useApiChange<string>((slug) => ({ path: `${PRESETS}/${slug}`, method: 'DELETE' }), [PRESETS]);
  return (
    <Dialog title={`Delete ${preset.name}?`} close={close}>
      <p className="text-sm">
        All its versions go. Requests that name <code className="font-mono text-xs">@preset/{preset.slug}</code> are
        refused from then on. Records of earlier requests stay.
      </p>
      <div className="mt-4 flex gap-2">
        <Button
          kind="danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(preset.slug, { onSuccess: close })}
        >
          Delete it
        </Button>
        <Button onClick={close}>Keep it</Button>
      </div>
      <Outcome error={remove.error} />
    </Dialog>
  );
}

const page: Page = {
  title: () => 'Presets',
  needs: 'viewer',
  isConsole: true,
  preload: () => [PRESETS],
  Component: PresetsPage,
};

export default page;
