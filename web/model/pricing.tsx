import { useState } from 'react';
import type { EndpointStats } from '../../src/contract/statistics.ts';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { Empty } from '../parts/states.tsx';
import { day } from '../text/dates.ts';
import { compareDecimals, dollars, exact, UNKNOWN } from '../text/numbers.ts';
import { isRetired, type Offer } from './model-facts.ts';
import { costFor, hasPrice } from './order-offers.ts';

/** List against paid, a calculator, and each price that was ever seen with its source. */
export function Pricing(props: { readonly offers: readonly Offer[]; readonly stats: EndpointStats | undefined }) {
  const { offers, stats } = props;
  return (
    <div className="space-y-8">
      <Calculator offers={offers.filter((offer) => !isRetired(offer) && hasPrice(offer))} />
      <ListAgainstPaid stats={stats} />
      <History offers={offers} />
    </div>
  );
}

const FIELDS = [
  ['prompt', 'Tokens in'],
  ['cached', 'of them cached'],
  ['output', 'Tokens out'],
  ['times', 'Requests'],
] as const;
/** So that the product of two fields is still an exact integer. */
const DIGITS_MAX = 7;
type Field = (typeof FIELDS)[number][0];

/** Exact decimal arithmetic: no float comes near an amount. */
function Calculator({ offers }: { readonly offers: readonly Offer[] }) {
  const [texts, setTexts] = useState<Readonly<Record<Field, string>>>({
    prompt: '10000',
    cached: '0',
    output: '1000',
    times: '1000',
  });
  const count = (field: Field) => Number(texts[field] || 0);
  const times = count('times');
  const costs = offers
    .map((offer) => ({
      offer,
      cost: costFor(offer.listing.pricing, {
        promptTokens: count('prompt') * times,
        outputTokens: count('output') * times,
        cachedTokens: count('cached') * times,
        requests: times,
      }),
    }))
    .sort((a, b) => compareDecimals(a.cost, b.cost));
  return (
    <div>
      <h3 className="font-semibold">What would it cost?</h3>
      <div className="mt-2 flex flex-wrap gap-3">
        {FIELDS.map(([field, label]) => (
          <label key={field} className="text-sm">
            <span className="block text-xs text-soft">{label}</span>
            <input
              inputMode="numeric"
              className="figures min-h-8 w-28 rounded-md border border-line-strong bg-surface px-2 text-right pointer-coarse:min-h-11"
              value={texts[field]}
              onChange={(event) =>
                setTexts({ ...texts, [field]: event.target.value.replace(/\D/g, '').slice(0, DIGITS_MAX) })
              }
            />
          </label>
        ))}
      </div>
      <ol className="figures mt-3 grid gap-x-8 text-sm sm:grid-cols-2 lg:grid-cols-3">
        {costs.slice(0, 12).map(({ offer, cost }) => (
          <li key={offer.id} className="flex justify-between gap-3 border-b border-line py-1">
            <bdi className="truncate">{offer.listing.tag}</bdi>
            <span title={`$${cost}`}>{dollars(cost)}</span>
          </li>
        ))}
      </ol>
      {costs.length > 12 && <p className="mt-1 text-xs text-soft">The cheapest 12 of {costs.length}.</p>}
    </div>
  );
}

/** Of every endpoint that was paid in that time, also of those that are gone since. */
function ListAgainstPaid({ stats }: { readonly stats: EndpointStats | undefined }) {
  const paid = stats?.data.filter(({ effective_price }) => effective_price.n > 0) ?? [];
  return (
    <div>
      <h3 className="font-semibold">List against paid, last 30 days</h3>
      {paid.length === 0 ? (
        <p className="mt-1 text-sm text-soft">
          Nothing was charged yet. The first request shows what a million tokens cost after caching.
        </p>
      ) : (
        <ul className="figures mt-2 text-sm">
          {paid.map(({ endpoint, effective_price: price }) => (
            <li key={endpoint} className="flex flex-wrap justify-between gap-x-4 border-b border-line py-1">
              <bdi>{endpoint.slice(endpoint.indexOf('|') + 1)}</bdi>
              <span>
                list {perMillion(price.list_per_million)} · paid {perMillion(price.per_million)} per million
                <span className="text-soft"> · n = {exact(price.n)} tokens</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function perMillion(price: string | null): string {
  return price === null ? UNKNOWN : dollars(price);
}

function History({ offers }: { readonly offers: readonly Offer[] }) {
  const steps = offers
    .flatMap(({ listing, prices }) => (prices?.prices ?? []).map((step) => ({ tag: listing.tag, step })))
    .sort((a, b) => b.step.since.localeCompare(a.step.since));
  if (steps.length === 0) return <Empty title="No price of this model has a date yet" />;
  return (
    <details>
      <summary className="min-h-8 font-semibold">Price history with sources ({steps.length})</summary>
      <ScrollBox label="Price history, scrolls sideways" className="mt-2">
        <table className="w-full border-collapse text-sm">
          <caption className="sr-only">Prices by date, newest first, dollars per million tokens</caption>
          <thead className="text-xs">
            <tr>
              {['Since', 'Endpoint', 'Input', 'Output', 'Source', 'Read on'].map((name) => (
                <th key={name} scope="col" className="border-b border-line-strong px-2 py-1 text-left font-medium">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.slice(0, 100).map(({ tag, step }) => (
              <tr key={`${tag} ${step.price_id}`} className="figures border-b border-line">
                <td className="px-2 py-1 whitespace-nowrap">{day(step.since)}</td>
                <td className="px-2 py-1">
                  <bdi>{tag}</bdi>
                </td>
                <td className="px-2 py-1">{dollars(step.prompt_per_million)}</td>
                <td className="px-2 py-1">{dollars(step.completion_per_million)}</td>
                <td className="px-2 py-1">
                  <bdi>{step.source}</bdi>
                </td>
                <td className="px-2 py-1 whitespace-nowrap">{day(step.seen_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  );
}
