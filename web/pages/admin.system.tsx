import type { BackupListing, SystemFacts } from '../../src/contract/system.ts';
import { withBase } from '../api/fetch-api.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { useRole } from '../boot-context.tsx';
import { Block, Tiles } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button, buttonLook } from '../parts/button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { moment } from '../text/dates.ts';
import { bytes, duration, exact } from '../text/numbers.ts';
import type { Page } from './page.ts';

const SYSTEM = '/api/x/system';

function System() {
  const query = useApi<SystemFacts>(SYSTEM, { everyMs: 10_000 });
  return (
    <>
      <h1 className="text-2xl font-semibold">System</h1>
      <Answered query={query} what="the system’s facts">
        {(facts) => (
          <>
            <div className="mt-6">
              <Tiles
                tiles={[
                  { name: 'Version', value: facts.version, note: facts.runtime },
                  {
                    name: 'Running for',
                    value: duration(facts.uptime_seconds * 1000),
                    note: `since ${moment(facts.started_at)}`,
                  },
                  {
                    name: 'Memory',
                    value: bytes(facts.memory.resident_bytes),
                    note: `${bytes(facts.memory.heap_bytes)} of it heap`,
                  },
                  {
                    name: 'Storage',
                    value: facts.storage.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL',
                    note: facts.storage.ready
                      ? facts.storage.bytes === null
                        ? 'answers'
                        : bytes(facts.storage.bytes)
                      : 'does not answer',
                  },
                  {
                    name: 'Settled, not yet stored',
                    value: exact(facts.journal.pending),
                    note: 'in the journal on disk',
                  },
                ]}
              />
            </div>
            <Backups backups={facts.backups} isPossible={facts.storage.kind === 'sqlite'} />
          </>
        )}
      </Answered>
    </>
  );
}

function Backups({
  backups,
  isPossible,
}: {
  readonly backups: readonly BackupListing[];
  readonly isPossible: boolean;
}) {
  const isOwner = useRole('owner');
  const make = useApiChange<void>(() => ({ path: `${SYSTEM}/backup`, method: 'POST', body: {} }), [SYSTEM]);
  return (
    <Block
      title="Backups"
      note={
        isPossible
          ? 'A whole copy of the database in the data folder, made while it runs and read from end to end. Stored texts of requests are not in it; provider keys stay encrypted: keep the folder’s key file elsewhere. The command “trunkline restore” puts one back.'
          : 'PostgreSQL is backed up with its own tools.'
      }
    >
      {isOwner && isPossible && (
        <Button className="mb-3" disabled={make.isPending} onClick={() => make.mutate()}>
          {make.isPending ? 'Copying…' : 'Make one now'}
        </Button>
      )}
      <Outcome error={make.error} done={make.isSuccess ? 'The backup is made.' : undefined} />
      {backups.length === 0 ? (
        <Empty title="No backup yet">{isOwner ? 'The button above makes one.' : 'An owner can make one.'}</Empty>
      ) : (
        <PlainTable
          label="Backups"
          rows={backups}
          keyOf={({ name }) => name}
          columns={[
            { name: 'File', cell: ({ name }) => <code>{name}</code> },
            { name: 'Size', isNumber: true, cell: (backup) => bytes(backup.bytes) },
            { name: 'Made', cell: ({ created_at }) => moment(created_at) },
            ...(isOwner
              ? [
                  {
                    name: '',
                    cell: ({ name }: BackupListing) => (
                      <a className={buttonLook()} href={withBase(`${SYSTEM}/backups/${name}`)} download={name}>
                        Download<span className="sr-only"> {name}</span>
                      </a>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
    </Block>
  );
}

const page: Page = {
  title: () => 'System',
  needs: 'admin',
  isConsole: true,
  preload: () => [SYSTEM],
  Component: System,
};
export default page;
