import type { Simulation } from '../../src/contract/routing.ts';
import { useApiChange } from '../api/use-api.ts';
import { Block, Tiles } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { Empty, Sample } from '../parts/states.tsx';
import { moment } from '../text/dates.ts';
import { counted, dollars, duration, exactDollars } from '../text/numbers.ts';
import { type Provider, printJson } from './provider-draft.ts';

interface Question {
  readonly scope: string;
  readonly provider: Provider;
}

/** What the defaults as they stand in the editor would have done to the past, before they are saved. */
export function DryRun({ scope, provider }: Question) {
  const run = useApiChange<Question, Simulation>(
    (defaults) => ({ path: '/api/x/simulate', method: 'POST', body: { defaults } }),
    [],
  );
  const isOld = run.variables !== undefined && printJson(run.variables) !== printJson({ scope, provider });
  return (
    <Block
      title="Dry run"
      note="The last 1,000 recorded requests are planned again with these defaults, from the prices and health of their time. Nobody is called, nothing is spent."
      tools={
        <Button disabled={run.isPending} onClick={() => run.mutate({ scope, provider })}>
          {run.isPending ? 'Planning…' : 'Try on past requests'}
        </Button>
      }
    >
      <Outcome error={run.error} />
      {run.data && (
        <div aria-live="polite">
          {isOld && <p className="mb-3 text-sm text-warn">The defaults were changed since: this is of those before.</p>}
          <Result result={run.data} />
        </div>
      )}
    </Block>
  );
}

function Result({ result }: { readonly result: Simulation }) {
  const { n, changed, unroutable, cost_difference: difference, first_content: speed } = result;
  if (n === 0) {
    return (
      <Empty title="No request to try it on">
        Requests that are made from now on are recorded with what their route was chosen from.
        {result.left_out > 0 && ` ${counted(result.left_out, 'request')} had no route, or their facts are gone.`}
      </Empty>
    );
  }
  return (
    <div className="space-y-4">
      <Tiles
        tiles={[
          { name: 'Would go to another provider', value: counted(changed, 'request') },
          { name: 'Would find no provider', value: counted(unroutable, 'request') },
          {
            name: 'List price of the others',
            value: difference === '0' ? 'the same' : `${difference.startsWith('-') ? '' : '+'}${dollars(difference)}`,
            title: exactDollars(difference),
            note: `${dollars(result.cost_before)} before, ${dollars(result.cost_after)} after`,
          },
          {
            name: 'First content, at that time',
            value: speed ? `${duration(speed.before_ms)} → ${duration(speed.after_ms)}` : '—',
            note: speed ? `mean, n = ${counted(speed.n, 'request')}` : 'not measured then',
          },
        ]}
      />
      <Sample
        n={n}
        source={[
          result.oldest && `since ${moment(result.oldest)}`,
          result.left_out > 0 && `${counted(result.left_out, 'more request')} left out, without a kept route`,
        ]
          .filter(Boolean)
          .join(' · ')}
      />
      {result.reasons.length > 0 && (
        <p className="text-sm">
          Lost by: {result.reasons.map(({ reason_code, count }) => `${reason_code} (${count})`).join(', ')}
        </p>
      )}
      {result.moves.length > 0 && (
        <PlainTable
          label="Where requests would go instead"
          rows={result.moves}
          keyOf={({ from, to }) => `${from} ${to}`}
          columns={[
            { name: 'From', cell: ({ from }) => <bdi>{from}</bdi> },
            { name: 'To', cell: ({ to }) => <bdi>{to}</bdi> },
            { name: 'Requests', isNumber: true, cell: ({ count }) => count },
            { name: 'Price', isNumber: true, cell: ({ cost_difference: cost }) => dollars(cost) },
          ]}
        />
      )}
      {result.samples.length > 0 && (
        <details>
          <summary className="cursor-pointer text-sm font-medium">The latest {result.samples.length} of them</summary>
          <div className="mt-2">
            <PlainTable
              label="Requests that would change"
              rows={result.samples}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: 'Request',
                  cell: ({ id, at }) => (
                    <Link className="prose-link" to={`/generations/${id}`}>
                      {moment(at)}
                    </Link>
                  ),
                },
                { name: 'Model', cell: ({ model }) => <bdi>{model}</bdi> },
                { name: 'From', cell: ({ from }) => <bdi>{from}</bdi> },
                { name: 'To', cell: ({ to, reason_codes }) => <bdi>{to ?? `none: ${reason_codes.join(', ')}`}</bdi> },
              ]}
            />
          </div>
        </details>
      )}
    </div>
  );
}
