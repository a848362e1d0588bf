import type { Status as StatusAnswer } from '../../src/contract/overview.ts';
import { useApi } from '../api/use-api.ts';
import { UptimeBars, UptimeStrip } from '../charts/uptime-bars.tsx';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame, Tiles } from '../console/block.tsx';
import { Frame } from '../exchange/frame.tsx';
import { barDays } from '../exchange/uptime-days.ts';
import { Section } from '../home/section.tsx';
import { Measured } from '../models/columns.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { exactTime } from '../text/dates.ts';
import { counted, duration, exact, percent } from '../text/numbers.ts';
import { tellErrors, tellHours } from '../text/tell-incident.ts';
import type { Page } from './page.ts';

const STATUS = '/api/x/status';
const AGAIN_MS = 30_000;

const STATES = {
  ok: ['text-good', 'Everything answers'],
  degraded: ['text-warn', 'A provider has errors'],
  'storage-away': ['text-warn', 'Answers flow, the database is away'],
} as const;

function Status() {
  const query = useApi<StatusAnswer>(STATUS, { everyMs: AGAIN_MS });
  return (
    <Frame title="Status">
      <Answered query={query} what="the status" height="h-96">
        {(status) => <Shown status={status} />}
      </Answered>
    </Frame>
  );
}

function Shown({ status }: { readonly status: StatusAnswer }) {
  const [look, words] = STATES[status.state];
  const all = status.after_fallback;
  return (
    <>
      <p className={`text-lg font-semibold ${look}`} role="status">
        <span aria-hidden="true">{status.state === 'ok' ? '● ' : '▲ '}</span>
        {words}
      </p>
      <Tiles
        tiles={[
          { name: 'Up for', value: duration(status.up_seconds * 1000) },
          { name: 'Version', value: status.version },
          { name: 'Waiting for the database', value: counted(status.journal_pending, 'record') },
          { name: 'As of', value: <span className="text-base">{exactTime(status.at)}</span> },
        ]}
      />
      {all ? (
        <UptimeBars
          {...{ title: 'What callers saw, after fallback', level: 2, unit: 'percent', apiPath: STATUS }}
          n={all.total.success + all.total.error}
          data={barDays(all.days)}
        />
      ) : (
        <p className="text-soft">
          The history is in the database, which does not answer. What stands below is from memory.
        </p>
      )}
      <Incidents status={status} />
      <Section title="Providers">
        <ProviderHealth providers={status.providers} />
      </Section>
    </>
  );
}

function Incidents({ status: { incidents, at } }: { readonly status: StatusAnswer }) {
  return (
    <Section title="Incidents of the last 24 hours">
      {incidents.length === 0 ? (
        <p className="text-sm text-soft">None: no provider had a cluster of errors.</p>
      ) : (
        <ul className="text-sm">
          {incidents.map((one) => (
            <li
              key={`${one.provider} ${one.class} ${one.first_hour}`}
              className="border-t border-line py-2 first:border-t-0"
            >
              <b className="font-semibold">
                <bdi>{one.name}</bdi>: {tellErrors(one)}
              </b>{' '}
              <span className={one.is_open ? 'text-bad' : 'text-soft'}>{one.is_open ? 'open' : 'over'}</span>
              <p className="text-soft">
                {percent(one.share, 1)} of its attempts, {tellHours(one, at)}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const BREAKERS = {
  closed: 'in use',
  half: 'on trial',
  open: 'resting after errors',
  refused: 'key refused',
  off: 'switched off',
} as const;

function ProviderHealth({ providers }: { readonly providers: StatusAnswer['providers'] }) {
  return (
    <TableFrame label="Health of providers">
      <table className="stacks w-full text-sm">
        <caption className="sr-only">Health of providers</caption>
        <thead>
          <tr className="border-b border-line-strong">
            <th scope="col" className={HEAD_CELL}>
              Provider
            </th>
            <th scope="col" className={HEAD_CELL}>
              Now
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Uptime 30 d
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Attempts
            </th>
            <th scope="col" className={HEAD_CELL}>
              By day
            </th>
          </tr>
        </thead>
        <tbody>
          {providers.map(({ provider, name, connected, breaker, total, days }) => (
            <tr key={provider} className="border-b border-line last:border-b-0">
              <th scope="row" className={ROW_NAME}>
                <Link to={`/providers/${provider}`} className="font-medium no-underline hover:underline">
                  <bdi>{name}</bdi>
                </Link>
              </th>
              <td data-name="Now" className={CELL}>
                {connected ? BREAKERS[breaker] : 'not connected'}
              </td>
              <td data-name="Uptime 30 d" className={NUMBER}>
                <Measured figure={total.uptime} print={(value) => `${value.toFixed(2)} %`} />
              </td>
              <td data-name="Attempts" className={NUMBER}>
                {exact(total.success + total.error)}
              </td>
              <td data-name="By day" className={CELL}>
                <UptimeStrip data={barDays(days)} label={name} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

const page: Page = {
  title: () => 'Status',
  description: () => 'Health of this installation and of its providers.',
  preload: () => [STATUS],
  isPublic: true,
  Component: Status,
};
export default page;
