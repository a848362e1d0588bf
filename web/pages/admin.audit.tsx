import type { AuditPage } from '../../src/contract/system.ts';
import { useApi } from '../api/use-api.ts';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { exactTime, moment } from '../text/dates.ts';
import type { Page, PageCall } from './page.ts';

const OUTCOMES = { done: 'text-good', denied: 'text-warn', failed: 'text-bad' } as const;

function addressOf(search: URLSearchParams): string {
  const before = search.get('before');
  return `/api/x/audit?limit=100${before === null ? '' : `&before=${encodeURIComponent(before)}`}`;
}

function Audit({ search }: PageCall) {
  const [, change] = useUrlState();
  const query = useApi<AuditPage>(addressOf(search), { keepsLast: true });
  return (
    <>
      <h1 className="text-2xl font-semibold">Audit log</h1>
      <p className="mt-1 mb-6 max-w-prose text-soft">
        What people and management keys changed, and what was refused them. Each entry carries the hash of the one
        before: a changed or missing entry breaks the chain.
      </p>
      <Answered query={query} what="the audit log">
        {({ entries, next, chain }) => (
          <>
            <p className={`mb-3 text-sm ${chain.ok ? 'text-good' : 'text-bad'}`}>
              {chain.ok ? 'The chain of all entries holds.' : `The chain breaks at entry ${chain.broken_at}.`}
            </p>
            {entries.length === 0 ? (
              <Empty title="Nothing was changed yet" />
            ) : (
              <PlainTable
                label="Audit log"
                rows={entries}
                keyOf={({ sequence }) => String(sequence)}
                columns={[
                  { name: 'What', cell: ({ action }) => <code>{action}</code> },
                  {
                    name: 'Who',
                    cell: ({ actor }) => <bdi title={`${actor.kind} ${actor.id}`}>{actor.name || actor.kind}</bdi>,
                  },
                  { name: 'Of', cell: ({ target }) => <bdi>{target}</bdi> },
                  { name: 'Outcome', cell: ({ outcome }) => <span className={OUTCOMES[outcome]}>{outcome}</span> },
                  { name: 'Detail', cell: ({ detail }) => <bdi>{detail}</bdi> },
                  { name: 'When', cell: ({ at }) => <span title={exactTime(at)}>{moment(at)}</span> },
                ]}
              />
            )}
            {next !== null && (
              <Button className="mt-3" onClick={() => change({ before: next }, 'push')}>
                Older
              </Button>
            )}
          </>
        )}
      </Answered>
    </>
  );
}

const page: Page = {
  title: () => 'Audit log',
  needs: 'admin',
  isConsole: true,
  preload: ({ search }) => [addressOf(search)],
  Component: Audit,
};
export default page;
