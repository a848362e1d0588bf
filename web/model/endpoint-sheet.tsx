import { Dialog } from '../parts/dialog.tsx';
import { Link } from '../parts/link.tsx';
import { day } from '../text/dates.ts';
import { counted, duration, exact, percent, pricePerMillion, speed, UNKNOWN } from '../text/numbers.ts';
import { type Offer, STATUS_WORDS } from './model-facts.ts';

/** Everything that is known of one endpoint: prices, limits, parameters, what was measured, and who said so. */
export default function EndpointSheet({ offer, close }: { readonly offer: Offer; readonly close: () => void }) {
  const { listing } = offer;
  return (
    <Dialog
      title={listing.provider_name}
      shape="sheet"
      close={close}
      note={<span className="font-mono">{offer.id}</span>}
    >
      <Pairs title="Offer" pairs={offerPairs(offer)} />
      <Pairs title="Price, dollars per million tokens" pairs={pricePairs(offer)} />
      <Pairs title="Measured, last 30 days" pairs={measuredPairs(offer)} />
      <Errors offer={offer} />
      <h3 className="mt-6 font-semibold">Parameters</h3>
      <p className="mt-1 font-mono text-xs leading-6">{listing.supported_parameters.join(', ') || UNKNOWN}</p>
      <Disagreeing offer={offer} />
      <PriceSteps offer={offer} />
      <p className="mt-6 text-sm">
        <Link to={`/providers/${encodeURIComponent(offer.provider)}`} className="prose-link">
          All of {listing.provider_name}
        </Link>
      </p>
    </Dialog>
  );
}

type Pair = readonly [string, string];

function offerPairs({ listing }: Offer): readonly Pair[] {
  const choice = listing.supports_tool_choice;
  const choices = Object.entries(choice).flatMap(([name, isThere]) => (isThere ? [name] : []));
  return [
    ['Status', STATUS_WORDS[listing.status]],
    ['Tag, for provider.order and provider.only', listing.tag],
    ['Context', exact(listing.context_length)],
    ['Prompt at most', exact(listing.max_prompt_tokens)],
    ['Output at most', exact(listing.max_completion_tokens)],
    ['Quantisation', listing.quantization],
    ['Caches by itself', listing.supports_implicit_caching ? 'yes' : 'no'],
    ['tool_choice', choices.join(', ') || 'none'],
  ];
}

const PRICE_NAMES: readonly Pair[] = [
  ['prompt', 'Input'],
  ['completion', 'Output'],
  ['input_cache_read', 'Cache read'],
  ['input_cache_write', 'Cache write'],
  ['internal_reasoning', 'Reasoning'],
];

function pricePairs({ listing }: Offer): readonly Pair[] {
  const known = PRICE_NAMES.flatMap(([name, words]): Pair[] => {
    const price = listing.pricing[name];
    return typeof price === 'string' ? [[words, pricePerMillion(price)]] : [];
  });
  const rest = Object.entries(listing.pricing).flatMap(([name, price]): Pair[] =>
    PRICE_NAMES.some(([known]) => known === name) || typeof price !== 'string' ? [] : [[`${name}, each`, `$${price}`]],
  );
  return [...known, ...rest];
}

function measuredPairs({ stats, listing }: Offer): readonly Pair[] {
  if (!stats) return [['Requests', 'none yet: it fills with the first one']];
  const figure = (
    { value, n, needed }: { readonly value: number | null; readonly n: number; readonly needed: number },
    format: (value: number) => string,
  ) => (value === null ? `${UNKNOWN} (${n} of ${needed} needed)` : `${format(value)} (n = ${exact(n)})`);
  const { first_content_ms: first, tokens_per_second: rate, end_to_end_ms: whole } = stats;
  const cached = stats.cached_share.value;
  return [
    ['Requests', `${exact(stats.requests)}, ${counted(stats.attempts, 'attempt')}`],
    ['First token p50', figure(first.p50, duration)],
    ['First token p90', figure(first.p90, duration)],
    ['First token p99', figure(first.p99, duration)],
    ['Speed p50', figure(rate.p50, speed)],
    ['End to end p50', figure(whole.p50, duration)],
    ['Uptime', figure(stats.uptime.uptime, (value) => percent(value / 100))],
    ['Uptime, last day', listing.uptime_last_1d === null ? UNKNOWN : percent(listing.uptime_last_1d / 100)],
    ['Prompt read from cache', cached === null ? UNKNOWN : percent(cached)],
    ['Seen', `${day(stats.first_seen)} to ${day(stats.last_seen)}`],
  ];
}

const ERROR_NAMES = {
  rate_limited: 'Rate-limited (429), not in uptime',
  server: 'Server errors and unreadable answers',
  timeout: 'Timeouts',
  cut: 'Cut off after content',
  content_filter: 'Content filter, not in uptime',
  bad_request: 'Bad or too long request, not in uptime',
  configuration: 'Key refused or model unknown',
} as const;

function Errors({ offer }: { readonly offer: Offer }) {
  if (!offer.stats) return null;
  const { errors } = offer.stats;
  const keys = Object.keys(ERROR_NAMES) as (keyof typeof ERROR_NAMES)[];
  return <Pairs title="Errors by class" pairs={keys.map((key) => [ERROR_NAMES[key], exact(errors[key])])} />;
}

function Pairs({ title, pairs }: { readonly title: string; readonly pairs: readonly Pair[] }) {
  return (
    <>
      <h3 className="mt-6 font-semibold first:mt-0">{title}</h3>
      <dl className="mt-1 grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)] gap-x-4 text-sm">
        {pairs.map(([name, value]) => (
          <div key={name} className="col-span-2 grid grid-cols-subgrid border-b border-line py-1">
            <dt className="text-soft">{name}</dt>
            <dd className="figures text-right">
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Each field on which sources differ, or which none says: what is used, and what each of them says. */
function Disagreeing({ offer }: { readonly offer: Offer }) {
  if (offer.disagreements.length === 0) return null;
  return (
    <>
      <h3 className="mt-6 font-semibold">
        {offer.disagreements.some(({ claims }) => claims.length > 1) ? 'Sources that differ' : 'What is assumed'}
      </h3>
      <ul className="mt-1 space-y-3 text-sm">
        {offer.disagreements.map(({ field, used, claims }) => (
          <li key={field}>
            <p>
              <code className="font-mono">{field}</code>: <bdi>{used}</bdi> is used
            </p>
            <ul className="mt-1 border-l-2 border-line pl-3 text-soft">
              {claims.map(({ source, value, seen_at }) => (
                <li key={source} className="figures">
                  <bdi>{source}</bdi>: <bdi>{value}</bdi> on {day(seen_at)}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </>
  );
}

function PriceSteps({ offer }: { readonly offer: Offer }) {
  const steps = offer.prices?.prices ?? [];
  if (steps.length === 0) return null;
  return (
    <>
      <h3 className="mt-6 font-semibold">Price history</h3>
      <ol className="mt-1 space-y-1 text-sm">
        {[...steps].reverse().map((step) => (
          <li key={step.price_id} className="figures">
            since {day(step.since)}: ${step.prompt_per_million} in, ${step.completion_per_million} out
            <span className="text-soft">
              {' '}
              · <bdi>{step.source}</bdi>, {day(step.seen_at)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
