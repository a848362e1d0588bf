import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { Block, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Empty, TooLittle } from '../parts/states.tsx';
import { isolate } from '../text/clean-text.ts';
import { compareDecimals, duration, exactDollars } from '../text/numbers.ts';
import { tagOf } from './tell-route.ts';

type Figure = GenerationDetail['what_if'][number]['total_ms'];

/** The same tokens at every other endpoint that could have answered. */
export function WhatIf({ detail, replay }: { readonly detail: GenerationDetail; replay(endpoint: string): void }) {
  const rows = [...detail.what_if].sort((a, b) => compareDecimals(a.cost, b.cost));
  return (
    <Block
      title="What if"
      note={
        detail.route?.has_facts === false
          ? 'The same tokens elsewhere, at today’s prices: those of that time are not kept any more.'
          : 'The same tokens elsewhere, at the prices of that time. Times are medians of that hour.'
      }
    >
      {rows.length === 0 ? (
        <Empty title="No other endpoint could have answered">
          Connect more providers of this model, or loosen the request’s preferences: the route above names what left
          each of them out.
        </Empty>
      ) : (
        <TableFrame label="What if another endpoint had answered">
          <table className="stacks w-full text-sm">
            <caption className="sr-only">
              Cost and expected times of this generation on each other eligible endpoint
            </caption>
            <thead>
              <tr className="border-b border-line">
                <th scope="col" className={HEAD_CELL}>
                  Endpoint
                </th>
                <th scope="col" className={HEAD_NUMBER} aria-sort="ascending">
                  Cost, exact
                </th>
                <th scope="col" className={HEAD_NUMBER}>
                  Difference
                </th>
                <th scope="col" className={HEAD_NUMBER}>
                  First content
                </th>
                <th scope="col" className={HEAD_NUMBER}>
                  Whole answer
                </th>
                <th scope="col" className={HEAD_CELL}>
                  <span className="sr-only">Do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.endpoint} className="border-line not-last:border-b">
                  <th scope="row" className={ROW_NAME}>
                    <bdi className="font-medium">{row.provider_name}</bdi>{' '}
                    <bdi className="text-xs text-soft">{tagOf(row.endpoint)}</bdi>
                  </th>
                  <td data-name="Cost, exact" className={NUMBER}>
                    {exactDollars(row.cost)}
                  </td>
                  <td data-name="Difference" className={NUMBER}>
                    <Difference amount={row.cost_difference} />
                  </td>
                  <td data-name="First content" className={NUMBER}>
                    <Expected figure={row.first_content_ms} />
                  </td>
                  <td data-name="Whole answer" className={NUMBER}>
                    <Expected figure={row.total_ms} />
                  </td>
                  <td className="px-3 py-1 text-right">
                    <Button kind="quiet" onClick={() => replay(row.endpoint)}>
                      Replay<span className="sr-only"> on {isolate(row.provider_name)}</span>
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableFrame>
      )}
    </Block>
  );
}

function Difference({ amount }: { readonly amount: string }) {
  const side = compareDecimals(amount, '0');
  if (side === 0) return <span className="text-soft">same</span>;
  return (
    <span className={side < 0 ? 'text-good' : 'text-warn'}>
      {side > 0 && '+'}
      {exactDollars(amount)} <span className="sr-only">{side < 0 ? 'cheaper' : 'dearer'}</span>
    </span>
  );
}

function Expected({ figure }: { readonly figure: Figure }) {
  const { value, n, needed } = figure;
  if (value === null) {
    return (
      <>
        <TooLittle n={n} needed={needed} /> <span className="text-xs text-soft">n = {n}</span>
      </>
    );
  }
  return (
    <>
      {duration(value)} <span className="text-xs text-soft">n = {n}</span>
    </>
  );
}
