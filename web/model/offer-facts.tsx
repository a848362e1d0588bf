import type { ProviderListing } from '../../src/contract/model.ts';
import { UptimeStrip } from '../charts/uptime-bars.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { TooLittle } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { isolate } from '../text/clean-text.ts';
import { exact, percent, UNKNOWN } from '../text/numbers.ts';
import { type Offer, STATUS_WORDS } from './model-facts.ts';

/** Opens the sheet: a link, so that it can be shared and opened beside. */
export function OpenEndpoint({ tag, name }: { readonly tag: string; readonly name: string }) {
  const [, change] = useUrlState();
  return (
    <a
      href={`?endpoint=${encodeURIComponent(tag)}`}
      className="block truncate font-medium hover:underline"
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        change({ endpoint: tag }, 'push');
      }}
    >
      <bdi>{name}</bdi>
    </a>
  );
}

/** Fields on which sources say different things, or, where none does, those that no source says. */
export function DisagreementMark({ tag, disagreements }: { readonly tag: string } & Pick<Offer, 'disagreements'>) {
  const [, change] = useUrlState();
  if (disagreements.length === 0) return null;
  const differing = disagreements.filter(({ claims }) => claims.length > 1).length;
  return (
    <button
      type="button"
      className="mt-0.5 inline-flex min-h-6 items-center gap-1 text-xs text-warn underline"
      onClick={() => change({ endpoint: tag }, 'push')}
    >
      <Icon name="warning" className="size-3" />
      {differing > 0 ? `sources differ (${differing})` : `assumed (${disagreements.length})`}
    </button>
  );
}

export function Measured(props: {
  readonly figure: { readonly value: number | null; readonly n: number; readonly needed: number } | undefined;
  readonly format: (value: number) => string;
}) {
  const { figure, format } = props;
  if (!figure) return <span className="text-soft">{UNKNOWN}</span>;
  if (figure.value === null) return <TooLittle n={figure.n} needed={figure.needed} />;
  return <span title={`n = ${exact(figure.n)}`}>{format(figure.value)}</span>;
}

export function Reliability({ offer }: { readonly offer: Offer }) {
  const { stats, listing } = offer;
  if (!stats) return <span className="text-soft">{UNKNOWN}</span>;
  const days = stats.days.map(({ date, success, error, rate_limited }) => ({
    date,
    success,
    error,
    rateLimited: rate_limited,
  }));
  const { value, n, needed } = stats.uptime.uptime;
  return (
    <span className="flex items-center gap-2">
      <UptimeStrip data={days} label={`Uptime of ${listing.provider_name}`} />
      <span className="figures whitespace-nowrap">
        {value === null ? <TooLittle n={n} needed={needed} /> : percent(value / 100)}
      </span>
    </span>
  );
}

export function Policy({ provider }: { readonly provider: ProviderListing | undefined }) {
  const address = provider?.privacy_policy_url;
  if (!address || !/^https?:\/\//.test(address)) return <span className="text-soft">{UNKNOWN}</span>;
  return (
    <a href={address} rel="noreferrer noopener" target="_blank" className="prose-link">
      privacy<span className="sr-only"> policy of {isolate(provider.name)}</span>
    </a>
  );
}

export function KeyInUse({ offer }: { readonly offer: Offer }) {
  const { status } = offer.listing;
  if (status === -5) {
    return (
      <Link to={`/settings/providers?provider=${encodeURIComponent(offer.provider)}`} className="prose-link text-soft">
        none: add one<span className="sr-only"> for {isolate(offer.listing.provider_name)}</span>
      </Link>
    );
  }
  const look = status === 0 ? 'text-good' : status === -10 ? 'text-soft' : 'text-warn';
  const sign = status === 0 ? '●' : status === -10 ? '×' : '▲';
  return (
    <span className={look}>
      <span aria-hidden="true">{sign}</span> {STATUS_WORDS[status]}
    </span>
  );
}
