import { useMemo } from 'react';
import type { Upstream, Upstreams } from '../../src/contract/routing.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { Block } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { Answered, Empty, TooLittle } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { isolate } from '../text/clean-text.ts';
import { moment } from '../text/dates.ts';
import { duration, exact, speed, UNKNOWN } from '../text/numbers.ts';
import type { Page } from './page.ts';

const UPSTREAMS = '/api/x/upstreams';
const SHOWN_MAX = 200;

/** A shape beside the colour: the word itself says it. */
const BREAKERS: Readonly<Record<Upstream['breaker'], readonly [string, string]>> = {
  closed: ['well', 'text-good'],
  half: ['degraded', 'text-warn'],
  open: ['kept out for a while', 'text-bad'],
  refused: ['key refused', 'text-bad'],
  off: ['switched off', 'text-bad'],
};

function UpstreamsPage() {
  const query = useApi<Upstreams>(UPSTREAMS, { everyMs: 5_000 });
  const [search, change] = useUrlState();
  const wanted = search.get('q') ?? '';
  return (
    <>
      <h1 className="text-2xl font-semibold">Upstreams</h1>
      <p className="mt-1 max-w-prose text-soft">
        Every endpoint that can be called, as routing sees it in this process now. The switch keeps an endpoint, or a
        whole provider, out of every plan at once, and stays through a restart.
      </p>
      <div className="mt-6 max-w-sm">
        <TextField
          label="Find"
          data-search=""
          value={wanted}
          onChange={(event) => change({ q: event.target.value })}
          placeholder="Provider or model"
        />
      </div>
      <Answered query={query} what="the upstreams">
        {(answer) => <UpstreamList answer={answer} wanted={wanted.toLowerCase()} />}
      </Answered>
    </>
  );
}

function UpstreamList({ answer, wanted }: { readonly answer: Upstreams; readonly wanted: string }) {
  const flip = useApiChange<{ readonly id: string; readonly to: 'enable' | 'disable' }>(
    ({ id, to }) => ({ path: `${UPSTREAMS}/${encodeURIComponent(id)}/${to}`, method: 'POST', body: {} }),
    [UPSTREAMS],
  );
  const rows = useMemo(
    () =>
      answer.data.filter(({ endpoint, provider_name }) =>
        `${endpoint} ${provider_name}`.toLowerCase().includes(wanted),
      ),
    [answer, wanted],
  );
  const off = new Set(answer.providers_off.map(({ provider }) => provider));
  const providers = [...new Map(rows.map((row) => [row.provider, row.provider_name]))];
  if (answer.data.length === 0)
    return <Empty title="Nothing can be called yet">Add a provider key, or start an engine on this machine.</Empty>;
  return (
    <>
      <Outcome error={flip.error} />
      <Block title="Providers" note="One switch for everything a provider offers.">
        <PlainTable
          label="Providers"
          rows={providers}
          keyOf={([id]) => id}
          columns={[
            { name: 'Provider', cell: ([, name]) => <bdi>{name}</bdi> },
            {
              name: 'Endpoints',
              isNumber: true,
              cell: ([id]) => exact(rows.filter(({ provider }) => provider === id).length),
            },
            {
              name: 'Calls now',
              isNumber: true,
              cell: ([id]) => exact(rows.reduce((sum, row) => sum + (row.provider === id ? row.in_flight : 0), 0)),
            },
            {
              name: '',
              cell: ([id, name]) => (
                <Switch
                  isOff={off.has(id)}
                  what={name}
                  flip={(to) => flip.mutate({ id, to })}
                  isBusy={flip.isPending}
                />
              ),
            },
          ]}
        />
      </Block>
      <Block
        title="Endpoints"
        note={`${exact(rows.length)} of ${exact(answer.data.length)}. Figures of the last five minutes.`}
      >
        <PlainTable
          label="Endpoints"
          rows={rows.slice(0, SHOWN_MAX)}
          keyOf={({ endpoint }) => endpoint}
          columns={[
            {
              name: 'Endpoint',
              cell: (row) => (
                <>
                  <bdi>{row.provider_name}</bdi>
                  <bdi className="block text-xs text-soft">{row.model}</bdi>
                </>
              ),
            },
            { name: 'State', cell: (row) => <Breaker row={row} /> },
            {
              name: 'First content p50',
              isNumber: true,
              cell: (row) => <Figure figure={row.first_content_ms} print={duration} />,
            },
            {
              name: 'Speed p50',
              isNumber: true,
              cell: (row) => <Figure figure={row.tokens_per_second} print={speed} />,
            },
            {
              name: 'Uptime 30 min',
              isNumber: true,
              cell: ({ uptime }) => (uptime.last_30m === null ? UNKNOWN : `${uptime.last_30m} %`),
            },
            { name: 'Calls now', isNumber: true, cell: (row) => exact(row.in_flight) },
            {
              name: '',
              cell: (row) => (
                <Switch
                  isOff={row.switched_off !== null}
                  what={`${row.provider_name} for ${row.model}`}
                  flip={(to) => flip.mutate({ id: row.endpoint, to })}
                  isBusy={flip.isPending}
                />
              ),
            },
          ]}
        />
        {rows.length > SHOWN_MAX && (
          <p className="mt-2 text-sm text-soft">The first {SHOWN_MAX}; find narrows them down.</p>
        )}
      </Block>
    </>
  );
}

function Breaker({ row }: { readonly row: Upstream }) {
  const [word, look] = BREAKERS[row.breaker];
  return (
    <>
      <span className={look}>{row.connected ? word : 'not connected'}</span>
      {row.gated_until !== null && <span className="block text-xs text-soft">until {moment(row.gated_until)}</span>}
      {row.switched_off && (
        <span className="block text-xs text-soft">
          by <bdi>{row.switched_off.by}</bdi>, {moment(row.switched_off.at)}
        </span>
      )}
    </>
  );
}

function Figure({
  figure,
  print,
}: {
  readonly figure: Upstream['first_content_ms'];
  readonly print: (value: number) => string;
}) {
  if (figure.value === null) return <TooLittle n={figure.n} needed={figure.needed} />;
  return <span title={`n = ${figure.n}`}>{print(figure.value)}</span>;
}

function Switch(props: {
  readonly isOff: boolean;
  readonly what: string;
  readonly isBusy: boolean;
  readonly flip: (to: 'enable' | 'disable') => void;
}) {
  const { isOff, what, isBusy, flip } = props;
  return (
    <Button kind={isOff ? 'plain' : 'danger'} disabled={isBusy} onClick={() => flip(isOff ? 'enable' : 'disable')}>
      {isOff ? 'Switch on' : 'Switch off'}
      <span className="sr-only"> {isolate(what)}</span>
    </Button>
  );
}

const page: Page = {
  title: () => 'Upstreams',
  needs: 'admin',
  isConsole: true,
  preload: () => [UPSTREAMS],
  Component: UpstreamsPage,
};
export default page;
