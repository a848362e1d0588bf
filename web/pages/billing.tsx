import { lazy, Suspense, useState } from 'react';
import type { Overview } from '../../src/contract/overview.ts';
import type { LedgerPage } from '../../src/contract/system.ts';
import { useApi } from '../api/use-api.ts';
import { KeyBudgets } from '../billing/key-budgets.tsx';
import { Ledger } from '../billing/ledger.tsx';
import { useRole } from '../boot-context.tsx';
import { Block, Tiles } from '../console/block.tsx';
import { daysLeft, daysOfSpending } from '../console/overview-parts.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Answered } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { compact, counted, dollars, exactDollars, forDrawing } from '../text/numbers.ts';
import type { Page } from './page.ts';

const DepositForm = lazy(() => import('../billing/deposit-form.tsx'));

const OVERVIEW = '/api/x/overview';

function ledgerPath(before: string | null): string {
  return `/api/x/ledger${before ? `?before=${encodeURIComponent(before)}` : ''}`;
}

function BillingPage() {
  const [search, change] = useUrlState();
  const mayAct = useRole('admin');
  const [isAdding, setAdding] = useState(false);
  const overview = useApi<Overview>(OVERVIEW);
  const ledger = useApi<LedgerPage>(ledgerPath(search.get('before')), { keepsLast: true });
  const before = search.get('before');
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="flex-1 text-2xl font-semibold">Credits and budgets</h1>
        {mayAct && (
          <Button kind="main" onClick={() => setAdding(true)}>
            <Icon name="plus" /> Add credit
          </Button>
        )}
      </div>
      <p className="mt-1 mb-6 max-w-prose text-sm text-soft">
        This installation takes no money: credit is written down by an admin, and requests use it up to the last
        picodollar.
      </p>
      <Answered query={overview} what="the balance" height="h-20">
        {(answer) => <Balance overview={answer} ledger={ledger.data} />}
      </Answered>
      <KeyBudgets />
      <Block title="Ledger" note="Every deposit, and each day’s generations. Lines are added, never changed.">
        <Answered query={ledger} what="the ledger" height="h-64">
          {(page) => (
            <>
              <Ledger page={page} />
              <div className="mt-3 flex gap-2">
                {before && <Button onClick={() => change({ before: undefined })}>Newest</Button>}
                {page.next && (
                  <Button onClick={() => change({ before: page.next ?? undefined }, 'push')}>Older days</Button>
                )}
              </div>
            </>
          )}
        </Answered>
      </Block>
      {isAdding && (
        <Suspense>
          <DepositForm close={() => setAdding(false)} />
        </Suspense>
      )}
    </>
  );
}

function Balance({ overview, ledger }: { readonly overview: Overview; readonly ledger: LedgerPage | undefined }) {
  const { credit_left: credit, month, today, forecast } = overview.spend;
  const days = daysOfSpending(overview);
  const left = ledger?.balance.left ?? credit;
  const lasts = left === null ? undefined : daysLeft(left, month, days);
  return (
    <Tiles
      tiles={[
        {
          name: 'Credit left',
          value: left === null ? '—' : dollars(left),
          title: exactDollars(left),
          note: left === null ? 'no deposits here' : exactDollars(left),
        },
        {
          name: 'Deposited',
          value: ledger ? dollars(ledger.balance.deposited) : '—',
          title: exactDollars(ledger?.balance.deposited),
        },
        {
          name: 'Spent',
          value: ledger ? dollars(ledger.balance.spent) : '—',
          title: exactDollars(ledger?.balance.spent),
          note: ledger && exactDollars(ledger.balance.spent),
        },
        { name: 'Spend today', value: dollars(today), title: exactDollars(today) },
        {
          name: 'Burn rate',
          value: `${dollars((forDrawing(month) / Math.max(1, days)).toFixed(12))} a day`,
          note: `mean of ${counted(days, 'day')} this month`,
        },
        {
          name: 'Lasts',
          value: lasts === undefined ? '—' : lasts > 9_999 ? 'for years' : `${compact(Math.floor(lasts))} days`,
          note: 'at this month’s pace',
        },
        {
          name: 'Month’s end',
          value: forecast ? dollars(forecast.middle) : '—',
          note: forecast ? `${dollars(forecast.low)} to ${dollars(forecast.high)}` : 'needs 3 days',
        },
      ]}
    />
  );
}

const page: Page = {
  title: () => 'Credits and budgets',
  needs: 'viewer',
  isConsole: true,
  preload: ({ search }) => [OVERVIEW, ledgerPath(search.get('before'))],
  Component: BillingPage,
};
export default page;
