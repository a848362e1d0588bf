import { lazy, Suspense, useEffect, useState } from 'react';
import type { ProviderListing } from '../../src/contract/model.ts';
import type { RoutePreview } from '../../src/contract/routing.ts';
import { fetchApi } from '../api/fetch-api.ts';
import { useRole } from '../boot-context.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { useMedia } from '../parts/use-media.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { compact, dollars, duration, exact, percent, pricePerMillion, speed, UNKNOWN } from '../text/numbers.ts';
import { isConnected, isRetired, type Offer, priceOf } from './model-facts.ts';
import { DisagreementMark, KeyInUse, Measured, OpenEndpoint, Policy, Reliability } from './offer-facts.tsx';
import { ORDERINGS, type Ordering, orderOffers, WEIGHED } from './order-offers.ts';
import { type PlacedOffer, ProviderCards } from './provider-cards.tsx';

const EndpointSheet = lazy(() => import('./endpoint-sheet.tsx'));

/** A page drawn by the server holds so many rows; the browser shows the rest. */
const SERVER_ROWS_MAX = 40;

/** Narrower than this, a row is a card. */
const IS_NARROW = '(max-width: 39.99rem)';

export interface ProviderTableProps {
  readonly model: string;
  readonly offers: readonly Offer[];
  readonly providers: readonly ProviderListing[] | undefined;
}

/** One row or card per endpoint, in the order of the rule that is chosen, with the share of requests it would get. */
export function ProviderTable({ model, offers, providers }: ProviderTableProps) {
  const [search, change] = useUrlState();
  const ordering = ORDERINGS.find(([id]) => id === search.get('sort'))?.[0] ?? 'balanced';
  const real = useRealShares(model, offers, ordering);
  const placed = orderOffers(offers, ordering);
  const [rows, setRows] = useState(SERVER_ROWS_MAX);
  useEffect(() => setRows(Number.POSITIVE_INFINITY), []);
  const isNarrow = useMedia(IS_NARROW);
  const shown = placed.slice(0, rows).map(
    ({ offer, share }): PlacedOffer => ({
      offer,
      share: real ? real.get(offer.id) : share,
      provider: providers?.find(({ slug }) => slug === offer.provider),
    }),
  );
  const opened = offers.find(({ listing }) => listing.tag === search.get('endpoint'));
  return (
    <>
      <OrderingToggle ordering={ordering} choose={(sort) => change({ sort: sort === 'balanced' ? undefined : sort })} />
      <p className="mt-2 min-h-10 text-sm text-soft">
        {ORDERINGS.find(([id]) => id === ordering)![2]}.{' '}
        {real
          ? 'Share: what routing would draw now among connected providers, from 500 draws.'
          : `Share: by the documented rule, were all of them connected and well, for ${exact(WEIGHED.promptTokens)} tokens in and ${WEIGHED.outputTokens} out.`}
      </p>
      {isNarrow ? <ProviderCards rows={shown} /> : <Table {...{ model, ordering }} rows={shown} />}
      {opened && (
        <Suspense>
          <EndpointSheet offer={opened} close={() => change({ endpoint: undefined }, 'push')} />
        </Suspense>
      )}
    </>
  );
}

interface TableProps {
  readonly model: string;
  readonly ordering: Ordering;
  readonly rows: readonly PlacedOffer[];
}

function Table({ model, ordering, rows }: TableProps) {
  return (
    <ScrollBox label="Providers, scrolls sideways" className="mt-2 rounded-md border border-line bg-surface">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">Providers of {model}: dollars per million tokens</caption>
        <Head ordering={ordering} />
        <tbody>
          {rows.map((row) => (
            <Row key={row.offer.id} {...row} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

/** What routing itself says, for who may ask and when something is connected; undefined otherwise. */
function useRealShares(model: string, offers: readonly Offer[], ordering: Ordering) {
  const mayAsk = useRole('viewer');
  const isAsked = mayAsk && offers.some(isConnected);
  const [shares, setShares] = useState<{ readonly of: string; readonly byId: ReadonlyMap<string, number> }>();
  const key = `${model} ${ordering}`;
  useEffect(() => {
    if (!isAsked) return undefined;
    const stop = new AbortController();
    const body = {
      model,
      prompt_tokens: WEIGHED.promptTokens,
      ...(ordering !== 'balanced' && { provider: { sort: ordering } }),
    };
    fetchApi<RoutePreview>('/api/x/route/explain', { method: 'POST', body, signal: stop.signal }).then(
      ({ eligible }) =>
        setShares({ of: key, byId: new Map(eligible.map(({ endpoint, first_share }) => [endpoint, first_share])) }),
      // The documented rule stands where routing does not answer.
      () => undefined,
    );
    return () => stop.abort();
  }, [isAsked, model, ordering, key]);
  return shares?.of === key && shares.byId.size > 0 ? shares.byId : undefined;
}

function OrderingToggle(props: { readonly ordering: Ordering; readonly choose: (ordering: Ordering) => void }) {
  return (
    <fieldset className="m-0 inline-flex flex-wrap rounded-md border border-line-strong p-0.5">
      <legend className="sr-only">Order of providers</legend>
      {ORDERINGS.map(([id, name]) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === props.ordering}
          onClick={() => props.choose(id)}
          className="min-h-8 rounded-sm px-3 text-sm aria-pressed:bg-ink aria-pressed:text-ground pointer-coarse:min-h-11"
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

const FIGURES = ['Input', 'Output', 'Cache read', 'Cache write', 'Effective', 'Context', 'Max out'] as const;

function Head({ ordering }: { readonly ordering: Ordering }) {
  const figure = 'border-b border-line-strong px-2.5 py-2 text-right font-medium whitespace-nowrap';
  const word = 'border-b border-line-strong px-2.5 py-2 text-left font-medium whitespace-nowrap';
  const sorted = (id: Ordering) => (id === ordering ? { 'aria-sort': 'ascending' as const } : {});
  return (
    <thead className="bg-raised text-xs">
      <tr>
        <th scope="col" className={`${word} sticky left-0 z-10 bg-raised`}>
          Provider
        </th>
        <th scope="col" className={figure} {...sorted('balanced')}>
          Share
        </th>
        {FIGURES.map((name) => (
          <th key={name} scope="col" className={figure} {...(name === 'Input' ? sorted('price') : {})}>
            {name}
          </th>
        ))}
        <th scope="col" className={word}>
          Quantisation
        </th>
        <th scope="col" className={figure} {...sorted('latency')}>
          First token p50 / p90
        </th>
        <th scope="col" className={figure} {...(ordering === 'throughput' && { 'aria-sort': 'descending' as const })}>
          Speed p50
        </th>
        <th scope="col" className={word}>
          Uptime 30 d
        </th>
        <th scope="col" className={figure}>
          Parameters
        </th>
        <th scope="col" className={word}>
          Policy
        </th>
        <th scope="col" className={word}>
          Key
        </th>
      </tr>
    </thead>
  );
}

function Row({ offer, share, provider }: PlacedOffer) {
  const { listing, stats, disagreements } = offer;
  const cell = 'figures px-2.5 py-2 text-right whitespace-nowrap';
  const { p50, p90 } = stats?.first_content_ms ?? {};
  const retired = isRetired(offer);
  return (
    <tr className={`border-b border-line last:border-0 ${retired ? 'text-soft' : ''}`}>
      <th scope="row" className="sticky left-0 z-10 max-w-44 bg-surface px-2.5 py-2 text-left font-normal sm:max-w-64">
        <OpenEndpoint tag={listing.tag} name={listing.provider_name} />
        <span className="block truncate font-mono text-xs text-soft">
          <bdi>{listing.tag}</bdi>
          {provider?.headquarters && ` · ${provider.headquarters}`}
        </span>
        <DisagreementMark tag={listing.tag} disagreements={disagreements} />
      </th>
      <td className={cell}>{share === undefined ? UNKNOWN : percent(share, 1)}</td>
      <td className={cell}>{pricePerMillion(priceOf(listing, 'prompt'))}</td>
      <td className={cell}>{pricePerMillion(priceOf(listing, 'completion'))}</td>
      <td className={cell}>{pricePerMillion(priceOf(listing, 'input_cache_read'))}</td>
      <td className={cell}>{pricePerMillion(priceOf(listing, 'input_cache_write'))}</td>
      <td className={cell} title={stats ? `n = ${exact(stats.effective_price.n)} tokens, 30 days` : undefined}>
        {dollars(stats?.effective_price.per_million)}
      </td>
      <td className={cell} title={exact(listing.context_length)}>
        {compact(listing.context_length || undefined)}
      </td>
      <td className={cell} title={exact(listing.max_completion_tokens)}>
        {compact(listing.max_completion_tokens)}
      </td>
      <td className="px-2.5 py-2">{listing.quantization}</td>
      <td className={cell}>
        <Measured figure={p50} format={duration} /> / <Measured figure={p90} format={duration} />
      </td>
      <td className={cell}>
        <Measured figure={stats?.tokens_per_second.p50} format={speed} />
      </td>
      <td className="px-2.5 py-2">
        <Reliability offer={offer} />
      </td>
      <td className={cell}>
        <a href="#parameters" className="prose-link">
          {listing.supported_parameters.length}
        </a>
      </td>
      <td className="px-2.5 py-2 whitespace-nowrap">
        <Policy provider={provider} />
      </td>
      <td className="px-2.5 py-2 whitespace-nowrap">
        <KeyInUse offer={offer} />
      </td>
    </tr>
  );
}
