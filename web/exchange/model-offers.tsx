import { useMemo } from 'react';
import type { ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { MODEL_COLUMNS } from '../models/columns.tsx';
import { ModelTable } from '../models/model-table.tsx';
import { makeRows, sortRows } from '../models/rows.ts';
import { useUrlState } from '../parts/use-url-state.ts';

const KEYS = new Set(['name', 'in', 'out', 'context', 'modalities', 'providers', 'tokens', 'released']);

/** Models of one author or provider, sortable. */
export function ModelOffers(props: {
  readonly list: ModelList;
  readonly stats: ModelStats | undefined;
  readonly caption: string;
}) {
  const { list, stats, caption } = props;
  const [search, change] = useUrlState();
  const sort = search.get('sort') ?? '-released';
  const rows = useMemo(() => sortRows(makeRows(list, stats), sort), [list, stats, sort]);
  const columns = MODEL_COLUMNS.filter(({ key }) => KEYS.has(key));
  return (
    <ModelTable
      rows={rows}
      columns={columns}
      caption={caption}
      sort={sort}
      setSort={(next) => change({ sort: next })}
      showsAll
    />
  );
}
