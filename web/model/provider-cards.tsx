import type { ReactNode } from 'react';
import type { ProviderListing } from '../../src/contract/model.ts';
import { isolate } from '../text/clean-text.ts';
import { compact, duration, exact, percent, pricePerMillion, speed, UNKNOWN } from '../text/numbers.ts';
import { isRetired, type Offer, priceOf } from './model-facts.ts';
import { DisagreementMark, KeyInUse, Measured, OpenEndpoint, Policy, Reliability } from './offer-facts.tsx';

/** An offer at its place in the order that was chosen. */
export interface PlacedOffer {
  readonly offer: Offer;
  /** Of requests, from 0 to 1. */
  readonly share: number | undefined;
  readonly provider: ProviderListing | undefined;
}

/** The providers on a phone: what decides stands in the card, everything else in the sheet that its name opens. */
export function ProviderCards({ rows }: { readonly rows: readonly PlacedOffer[] }) {
  return (
    <ol className="mt-2 border-b border-line text-sm">
      {rows.map((row) => (
        <li key={row.offer.id} className={`border-t border-line py-3 ${isRetired(row.offer) ? 'text-soft' : ''}`}>
          <Card {...row} />
        </li>
      ))}
    </ol>
  );
}

function Card({ offer, share, provider }: PlacedOffer) {
  const { listing, stats, disagreements } = offer;
  const { p50, p90 } = stats?.first_content_ms ?? {};
  return (
    <>
      <div className="flex items-baseline gap-3">
        <h3 className="min-w-0 flex-1 text-base">
          <OpenEndpoint tag={listing.tag} name={listing.provider_name} />
        </h3>
        <span className="figures whitespace-nowrap">
          {pricePerMillion(priceOf(listing, 'prompt'))} in · {pricePerMillion(priceOf(listing, 'completion'))} out
        </span>
      </div>
      <p className="font-mono text-xs text-soft">
        <bdi>{listing.tag}</bdi>
        {provider?.headquarters && ` · ${provider.headquarters}`}
      </p>
      <dl className="figures mt-2 grid grid-cols-2 gap-x-4 gap-y-1">
        <Fact name="Share">{share === undefined ? UNKNOWN : percent(share, 1)}</Fact>
        <Fact name="Context">
          <span title={exact(listing.context_length)}>{compact(listing.context_length || undefined)}</span>
        </Fact>
        <Fact name="First token p50 / p90">
          <Measured figure={p50} format={duration} /> / <Measured figure={p90} format={duration} />
        </Fact>
        <Fact name="Speed p50">
          <Measured figure={stats?.tokens_per_second.p50} format={speed} />
        </Fact>
        <Fact name="Quantisation">{listing.quantization}</Fact>
        <Fact name="Policy">
          <Policy provider={provider} />
        </Fact>
        <Fact name="Parameters">
          <a href="#parameters" className="prose-link inline-block min-w-6 leading-6">
            {listing.supported_parameters.length}
            <span className="sr-only"> of {isolate(listing.provider_name)}</span>
          </a>
        </Fact>
        <Fact name="Key">
          <KeyInUse offer={offer} />
        </Fact>
        <Fact name="Uptime 30 d">
          <Reliability offer={offer} />
        </Fact>
      </dl>
      <DisagreementMark tag={listing.tag} disagreements={disagreements} />
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
