import type { LedgerDay, LedgerPage } from '../../src/contract/system.ts';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Link } from '../parts/link.tsx';
import { Empty } from '../parts/states.tsx';
import { day, exactTime } from '../text/dates.ts';
import { compareDecimals, exact, exactDollars } from '../text/numbers.ts';

/** Days on which money moved, newest first. Nothing is ever taken out of it; each day leads to its generations. */
export function Ledger({ page }: { readonly page: LedgerPage }) {
  if (page.days.length === 0) {
    return (
      <Empty title="No money has moved yet">
        A deposit, or the first request that costs something, starts the ledger.
      </Empty>
    );
  }
  return (
    <TableFrame label="Ledger">
      <table className="stacks w-full text-sm">
        <caption className="sr-only">Ledger by day in UTC, newest first, with every digit</caption>
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className={HEAD_CELL} aria-sort="descending">
              Day (UTC)
            </th>
            <th scope="col" className={HEAD_CELL}>
              What
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              In
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Out
            </th>
          </tr>
        </thead>
        {page.days.map((one) => (
          <Day key={one.date} ledgerDay={one} />
        ))}
      </table>
    </TableFrame>
  );
}

function Day({ ledgerDay }: { readonly ledgerDay: LedgerDay }) {
  const { date, deposits, generations, spent } = ledgerDay;
  return (
    <tbody className="border-line not-last:border-b">
      {deposits.map(({ id, amount, note, created_at }) => (
        <tr key={id}>
          <th scope="row" className={`${ROW_NAME} whitespace-nowrap`} title={exactTime(created_at)}>
            {day(date)}
          </th>
          <td data-name="What" className={CELL}>
            Deposit{note && ': '}
            <bdi>{note}</bdi>
          </td>
          <td data-name="In" className={`${NUMBER} text-good`}>
            +{exactDollars(amount)}
          </td>
          <td className={NUMBER} />
        </tr>
      ))}
      {generations > 0 && (
        <tr>
          <th scope="row" className={`${ROW_NAME} whitespace-nowrap`}>
            {day(date)}
          </th>
          <td data-name="What" className={CELL}>
            <Link className="prose-link" to={logOf(date)}>
              {exact(generations)} {generations === 1 ? 'generation' : 'generations'}
            </Link>
          </td>
          <td className={NUMBER} />
          <td data-name="Out" className={NUMBER}>
            {compareDecimals(spent, '0') === 0 ? '$0' : `-${exactDollars(spent)}`}
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** The log of one day in UTC. */
export function logOf(date: string): string {
  const next = new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return `/generations?q=${encodeURIComponent(`after:${date} before:${next}`)}`;
}
