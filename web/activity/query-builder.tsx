import type { ReactNode } from 'react';
import type { ActivityMeta } from '../../src/contract/overview.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import type { UrlChange } from '../parts/use-url-state.ts';
import { useWindowKeys } from '../shell/shortcuts.ts';
import { type Asked, FILTER_FIELDS, RANGES } from './activity-question.ts';

const LOOK = 'min-h-8 max-w-full rounded-md border border-line-strong bg-surface px-2 text-sm pointer-coarse:min-h-11';

/** Metric, split, range, grain, filters and comparison: all of it in the address. */
export function QueryBuilder(props: {
  readonly asked: Asked;
  readonly meta: ActivityMeta;
  change(values: UrlChange): void;
}) {
  const { asked, meta, change } = props;
  const metric = meta.metrics.find(({ id }) => id === asked.metric);
  useWindowKeys(RANGES, asked.range, (range) => change({ range }));
  return (
    <div className="flex flex-wrap items-end gap-3">
      <Choice label="Show" value={asked.metric} choose={(value) => change({ metric: value })}>
        {meta.metrics.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </Choice>
      <Choice label="by" value={asked.split ?? 'none'} choose={(split) => change({ split })}>
        <option value="none">all together</option>
        {meta.splits
          .filter(({ id }) => metric?.splits.includes(id))
          .map(({ id, label }) => (
            <option key={id} value={id}>
              {label.toLowerCase()}
            </option>
          ))}
      </Choice>
      <Choice label="Range" value={asked.range} choose={(range) => change({ range })}>
        {RANGES.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice label="Grain" value={asked.grain} choose={(grain) => change({ grain })}>
        <option value="">fitting</option>
        {meta.grains.map((grain) => (
          <option key={grain} value={grain}>
            {grain}
          </option>
        ))}
      </Choice>
      <Choice label="Only" value="" choose={(filter) => change({ f: [...new Set([...asked.filters, filter])] })}>
        <option value="">add a filter…</option>
        {FILTER_FIELDS.map((field) => (
          <optgroup key={field} label={field}>
            {(meta.values[field] ?? []).map(({ id, name }) => (
              <option key={id} value={`${field}:${id}`}>
                {name}
              </option>
            ))}
          </optgroup>
        ))}
      </Choice>
      <label className="flex min-h-8 items-center gap-2 text-sm pointer-coarse:min-h-11">
        <input
          type="checkbox"
          className="size-4 accent-[var(--accent)]"
          checked={asked.isCompared}
          onChange={({ target }) => change({ compare: target.checked ? '1' : undefined })}
        />
        Compare with the window before
      </label>
      {asked.filters.length > 0 && (
        <ul className="flex w-full flex-wrap gap-2" aria-label="Filters">
          {asked.filters.map((filter) => (
            <li key={filter}>
              <Button
                aria-label={`Take out the filter ${filter}`}
                className="max-w-72"
                onClick={() => change({ f: asked.filters.filter((other) => other !== filter) })}
              >
                <bdi className="truncate">{nameOf(filter, meta)}</bdi>
                <Icon name="close" className="size-3" />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function nameOf(filter: string, meta: ActivityMeta): string {
  const at = filter.indexOf(':');
  const [field, id] = [filter.slice(0, at), filter.slice(at + 1)];
  return `${field}: ${meta.values[field]?.find((value) => value.id === id)?.name ?? id}`;
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly children: ReactNode;
  choose(value: string): void;
}) {
  const { label, value, children, choose } = props;
  return (
    <label className="min-w-0 text-xs text-soft">
      <span className="mb-0.5 block">{label}</span>
      <select className={`${LOOK} text-ink`} value={value} onChange={({ target }) => choose(target.value)}>
        {children}
      </select>
    </label>
  );
}
