import type { GenerationRow } from '../../src/contract/generation-log.ts';
import { Button } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { exactTime, moment } from '../text/dates.ts';
import { compact, dollars, duration, exactDollars } from '../text/numbers.ts';
import { StatusMark } from './columns.tsx';

/** The log on a phone: one card a generation, further pages on request. */
export function LogCards(props: { readonly rows: readonly GenerationRow[]; readonly hasMore: boolean; more(): void }) {
  const { rows, hasMore, more } = props;
  return (
    <>
      <ul className="divide-y divide-line border-y border-line">
        {rows.map((row) => (
          <li key={row.id}>
            <Link to={`/generations/${row.id}`} className="block py-2.5 no-underline">
              <span className="flex items-baseline gap-2">
                <bdi className="min-w-0 flex-1 truncate font-medium">{row.model ?? row.requested_model}</bdi>
                <span className="figures" title={exactDollars(row.cost)}>
                  {dollars(row.cost)}
                </span>
              </span>
              <span className="figures flex flex-wrap gap-x-3 text-xs text-soft">
                <time dateTime={row.created_at} title={exactTime(row.created_at)}>
                  {moment(row.created_at)}
                </time>
                <StatusMark row={row} />
                <bdi>{row.provider_name ?? 'none ran'}</bdi>
                <span>
                  {compact(row.prompt_tokens)} in, {compact(row.completion_tokens)} out
                </span>
                <span>{duration(row.first_content_ms)}</span>
                {row.attempts > 1 && <span>{row.attempts} tries</span>}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {hasMore && (
        <Button className="mt-4 w-full" onClick={more}>
          Older ones
        </Button>
      )}
    </>
  );
}
