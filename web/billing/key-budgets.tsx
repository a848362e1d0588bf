import type { KeyListing } from '../../src/contract/api-key.ts';
import { useApi } from '../api/use-api.ts';
import { Block, CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { LimitBar } from '../keys/key-table.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { dollars } from '../text/numbers.ts';

/** Keys with a limit are the budgets of an installation. */
export function KeyBudgets() {
  const query = useApi<{ readonly data: readonly KeyListing[] }>('/api/v1/keys');
  return (
    <Block
      title="Budgets"
      note="A key may have a limit of its own. What it would cost most is set aside before each request, so a limit holds exactly."
    >
      <Answered query={query} what="the budgets" height="h-32">
        {({ data }) => {
          const limited = data.filter(({ limit }) => limit !== null);
          if (limited.length === 0) {
            return (
              <Empty title="No key has a limit">
                Give one a limit under{' '}
                <Link className="prose-link" to="/keys">
                  Keys
                </Link>
                .
              </Empty>
            );
          }
          return <BudgetTable keys={limited} />;
        }}
      </Answered>
    </Block>
  );
}

function BudgetTable({ keys }: { readonly keys: readonly KeyListing[] }) {
  return (
    <TableFrame label="Budgets by key">
      <table className="stacks w-full text-sm">
        <caption className="sr-only">Keys with a limit, and what is left of it</caption>
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className={HEAD_CELL}>
              Key
            </th>
            <th scope="col" className={HEAD_CELL}>
              Limit
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Month
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.hash} className="border-line not-last:border-b">
              <th scope="row" className={ROW_NAME}>
                <bdi className="block truncate">{key.name}</bdi>
              </th>
              <td data-name="Limit" className={`${CELL} min-w-44 sm:w-1/2`}>
                <LimitBar known={key} />
              </td>
              <td data-name="Month" className={NUMBER}>
                {dollars(String(key.usage_monthly))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
