import { Link } from '../parts/link.tsx';
import { day } from '../text/dates.ts';
import { compact, counted, exact, pricePerMillion } from '../text/numbers.ts';
import { Modalities } from './columns.tsx';
import type { ModelRow } from './rows.ts';

/** Models with what they are in words, for choosing by reading. */
export function ModelCards({ rows }: { readonly rows: readonly ModelRow[] }) {
  return (
    <ul className="grid gap-x-8 gap-y-px sm:grid-cols-2 2xl:grid-cols-3">
      {rows.map((row) => (
        <li key={row.id} data-row={row.id} className="min-w-0 border-t border-line py-3">
          <ModelCard row={row} />
        </li>
      ))}
    </ul>
  );
}

export function ModelCard({ row }: { readonly row: ModelRow }) {
  const { price, context, providers, created, description } = row;
  return (
    <>
      <h2 className="font-medium">
        <Link to={`/${row.id}`} data-main="" className="no-underline hover:underline">
          <bdi>{row.name}</bdi>
        </Link>
        {row.connected && <span className="ml-2 rounded-sm bg-good-wash px-1 py-px text-xs text-good">usable</span>}
      </h2>
      <p className="figures mt-0.5 flex flex-wrap gap-x-3 text-xs text-soft">
        <span>
          {pricePerMillion(price.prompt)} in · {pricePerMillion(price.completion)} out
        </span>
        <span title={`${exact(context)} tokens`}>{compact(context)} context</span>
        <span>{counted(providers.length, 'provider')}</span>
        <span>{day(created * 1000)}</span>
        <Modalities row={row} />
      </p>
      <p className="mt-1 line-clamp-2 text-sm">
        <bdi>{description}</bdi>
      </p>
    </>
  );
}
