import { useState } from 'react';
import type { PresetVersionView, PresetView } from '../../src/contract/preset.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { Block } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome, SelectField } from '../parts/field.tsx';
import { Answered } from '../parts/states.tsx';
import { DiffView } from '../routing/diff-view.tsx';
import { moment } from '../text/dates.ts';
import { counted } from '../text/numbers.ts';
import { printVersion } from './preset-draft.ts';

const NEWEST = 100;

/** Any two versions beside one another, and which of them counts. */
export function PresetVersions({ preset, mayWrite }: { readonly preset: PresetView; readonly mayWrite: boolean }) {
  const offset = Math.max(0, preset.versions - NEWEST);
  const query = useApi<{ readonly data: readonly PresetVersionView[] }>(
    `/api/v1/presets/${preset.slug}/versions?limit=${NEWEST}&offset=${offset}`,
  );
  return (
    <Block
      title="Versions"
      note={`${counted(preset.versions, 'version')}; version ${preset.designated_version.version} counts.`}
    >
      <Answered query={query} what="the versions">
        {({ data }) => <Comparison preset={preset} versions={data} mayWrite={mayWrite} />}
      </Answered>
    </Block>
  );
}

function Comparison(props: {
  readonly preset: PresetView;
  readonly versions: readonly PresetVersionView[];
  readonly mayWrite: boolean;
}) {
  const { preset, versions, mayWrite } = props;
  const current = preset.designated_version.version;
  const [shown, setShown] = useState(current);
  const [against, setAgainst] = useState(Math.max(1, current - 1));
  const designate = useApiChange<number>(
    (version) => ({ path: `/api/x/presets/${preset.slug}`, method: 'PATCH', body: { designated_version: version } }),
    ['/api/x/presets', '/api/v1/presets'],
  );
  const find = (number: number) => versions.find(({ version }) => version === number);
  const [left, right] = [find(against), find(shown)];
  const options = versions.toReversed().map(({ version, created_at }) => (
    <option key={version} value={version}>
      {`${version}, ${moment(created_at)}${version === current ? ' (counts)' : ''}`}
    </option>
  ));
  return (
    <div className="space-y-3">
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Compare version"
          value={against}
          onChange={({ target }) => setAgainst(Number(target.value))}
        >
          {options}
        </SelectField>
        <SelectField label="with version" value={shown} onChange={({ target }) => setShown(Number(target.value))}>
          {options}
        </SelectField>
      </div>
      {left && right && (
        <DiffView
          label={`From version ${against} to version ${shown}`}
          before={printVersion(left)}
          after={printVersion(right)}
        />
      )}
      {mayWrite && shown !== current && (
        <Button disabled={designate.isPending} onClick={() => designate.mutate(shown)}>
          Let version {shown} count
        </Button>
      )}
      <Outcome error={designate.error} done={designate.isSuccess ? 'Requests use it from now on.' : undefined} />
    </div>
  );
}
