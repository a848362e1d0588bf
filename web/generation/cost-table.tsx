import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { Block, CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { add, compareDecimals, exact, exactDollars, pricePerMillion } from '../text/numbers.ts';

const PROVENANCE: Readonly<Record<GenerationDetail['charge']['lines'][number]['provenance'], string>> = {
  reported: 'reported by the provider',
  counted: 'counted here',
  estimated: 'estimated from the text’s length',
};

/** The bill, line by line, with every digit. */
export function CostTable({ charge, outcome }: Pick<GenerationDetail, 'charge' | 'outcome'>) {
  const isCheaper = compareDecimals(charge.charged, charge.list) !== 0;
  return (
    <Block title="Cost" note="Exact: no figure here is rounded.">
      <TableFrame label="Cost, line by line">
        <table className="stacks w-full text-sm">
          <caption className="sr-only">
            What was billed: units, price of one, total, and where the count came from
          </caption>
          <thead>
            <tr className="border-b border-line">
              <th scope="col" className={HEAD_CELL}>
                What
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Units
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Price of one
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Total
              </th>
              <th scope="col" className={HEAD_CELL}>
                Units are
              </th>
            </tr>
          </thead>
          <tbody>
            {charge.lines.map((line) => (
              <tr key={`${line.what} ${line.unit_price}`} className="border-b border-line">
                <th scope="row" className={ROW_NAME}>
                  {line.what.replaceAll('_', ' ')}
                </th>
                <td data-name="Units" className={NUMBER}>
                  {exact(line.units)}
                </td>
                <td
                  data-name="Price of one"
                  className={NUMBER}
                  title={`${pricePerMillion(line.unit_price)} per million`}
                >
                  {exactDollars(line.unit_price)}
                </td>
                <td data-name="Total" className={NUMBER}>
                  {exactDollars(line.total)}
                </td>
                <td data-name="Units are" className={`${CELL} min-w-44 text-soft`}>
                  {PROVENANCE[line.provenance]}
                </td>
              </tr>
            ))}
            {charge.lines.length === 0 && (
              <tr className="border-b border-line">
                <td colSpan={5} className={`${CELL} text-soft`}>
                  Nothing was used that has a price.
                </td>
              </tr>
            )}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3} className={`${CELL} text-left font-semibold`}>
                Charged
              </th>
              <td data-name="Total" className={`${NUMBER} font-semibold`}>
                {exactDollars(charge.charged)}
              </td>
              <td className={`${CELL} text-soft`}>{isCheaper && tellDifference(charge, outcome)}</td>
            </tr>
          </tfoot>
        </table>
      </TableFrame>
      <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2 text-sm">
        <Fact name="List price" value={exactDollars(charge.list)} />
        <Fact name="Set aside before the call" value={exactDollars(charge.held)} />
        <Fact name="Saved by the provider’s cache" value={exactDollars(charge.cache_saving)} />
        <Fact name="Billed by price" value={charge.price_id} />
      </dl>
    </Block>
  );
}

function tellDifference(charge: GenerationDetail['charge'], outcome: GenerationDetail['outcome']): string {
  const difference = add(charge.charged, `-${charge.list}`);
  if (charge.is_byok) return 'paid to the provider with a key of yours';
  if (compareDecimals(charge.charged, '0') === 0) {
    return outcome === 'settled' ? 'not charged' : 'not charged: it did not end well';
  }
  return `${exactDollars(difference)} against list price`;
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="figures">
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}
