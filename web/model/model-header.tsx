import type { PriceHistory } from '../../src/contract/catalogue-facts.ts';
import type { ModelListing } from '../../src/contract/model.ts';
import type { TokenStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { buttonLook } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link, OutsideLink } from '../parts/link.tsx';
import { isolate } from '../text/clean-text.ts';
import { day } from '../text/dates.ts';
import { compact, counted, exact } from '../text/numbers.ts';
import { isConnected, isRetired, type Offer, pageOf, priceRange, withoutVariant } from './model-facts.ts';

/** The suffixes that any model takes: they change the order of its providers. */
const ORDER_VARIANTS = [
  [':nitro', 'fastest first'],
  [':floor', 'cheapest first'],
] as const;

export interface ModelHeaderProps {
  readonly model: ModelListing;
  readonly offers: readonly Offer[];
  readonly tokens: TokenStats | undefined;
  readonly facts: PriceHistory['model'] | undefined;
  readonly curl: string;
}

export function ModelHeader({ model, offers, tokens, facts, curl }: ModelHeaderProps) {
  return (
    <header className="mx-auto max-w-[90rem] px-4 pt-8 pb-6">
      <p className="text-sm text-soft">
        <Link to="/models" className="hover:underline">
          Models
        </Link>{' '}
        /{' '}
        <Link to={`/${encodeURIComponent(model.id.split('/')[0]!)}`} className="hover:underline">
          <bdi>{model.id.split('/')[0]}</bdi>
        </Link>
      </p>
      <h1 className="mt-1 text-3xl font-semibold">
        <bdi>{model.name}</bdi>
      </h1>
      <div className="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1">
        <code className="font-mono text-sm">
          <bdi>{model.id}</bdi>
        </code>
        <CopyButton text={model.id} label="Copy id" kind="quiet" />
        <Variants model={model} />
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <Link to={`/chat?model=${encodeURIComponent(model.id)}`} className={`${buttonLook('main')} no-underline`}>
          Chat
        </Link>
        <Link to={`/compare?m=${encodeURIComponent(model.id)}`} className={`${buttonLook()} no-underline`}>
          Compare
        </Link>
        <CopyButton text={curl} label="Copy curl" />
      </div>
      <Standing model={model} offers={offers} />
      {model.description && (
        <p className="mt-5 max-w-[70ch] leading-relaxed">
          <bdi>{model.description}</bdi>
        </p>
      )}
      <Facts model={model} offers={offers} tokens={tokens} facts={facts} />
    </header>
  );
}

/** Other models of the same name, and the suffixes of order. Loaded after the page: nothing waits for it. */
function Variants({ model }: { readonly model: ModelListing }) {
  const base = withoutVariant(model.id);
  const found = useApi<{ readonly data: readonly ModelListing[] }>(
    `/api/v1/models?q=${encodeURIComponent(base.split('/')[1] ?? base)}&limit=12`,
  );
  const own = (found.data?.data ?? []).filter(({ id }) => id !== model.id && withoutVariant(id) === base);
  return (
    <ul
      className="flex min-h-16 flex-wrap content-start items-center gap-1.5 text-sm sm:min-h-8 sm:content-center"
      aria-label="Variants"
    >
      {own.map(({ id }) => (
        <li key={id}>
          <Link to={pageOf(id)} className="rounded-sm border border-line-strong px-1.5 py-0.5 font-mono text-xs">
            {id === base ? 'standard' : id.slice(base.length)}
          </Link>
        </li>
      ))}
      {ORDER_VARIANTS.map(([suffix, what]) => (
        <li key={suffix} className="rounded-sm border border-line px-1.5 py-0.5 text-xs text-soft">
          <code className="font-mono text-ink">{suffix}</code> {what}
        </li>
      ))}
    </ul>
  );
}

/** Whether it can be called now, and if not, what would change that. */
function Standing({ model, offers }: { readonly model: ModelListing; readonly offers: readonly Offer[] }) {
  const connected = offers.filter(isConnected);
  const current = offers.filter((offer) => !isRetired(offer));
  if (model.expiration_date || (offers.length > 0 && current.length === 0)) {
    return (
      <p className="mt-4 rounded-md bg-warn-wash px-4 py-2 text-sm">
        {model.expiration_date
          ? `This model is retired on ${day(model.expiration_date)}.`
          : 'No provider offers this model any more. What was recorded stays below.'}
      </p>
    );
  }
  if (connected.length > 0) return null;
  const names = [...new Set(current.map(({ listing }) => listing.provider_name))];
  return (
    <p className="mt-4 rounded-md bg-warn-wash px-4 py-2 text-sm">
      {names.length === 0 ? (
        'Nobody offers this model.'
      ) : (
        <>
          No provider of this model is connected here. A key for{' '}
          {names.length > 4
            ? `any of ${names.slice(0, 4).map(isolate).join(', ')} and ${names.length - 4} more`
            : names.map(isolate).join(' or ')}{' '}
          enables it.{' '}
          <Link to="/settings/providers" className="prose-link">
            Add a provider key
          </Link>
        </>
      )}
    </p>
  );
}

function Facts({ model, offers, tokens, facts }: Omit<ModelHeaderProps, 'curl'>) {
  const week = tokens?.data.slice(-7) ?? [];
  const used = week.reduce((all, { prompt, completion }) => all + prompt + completion, 0);
  const requests = week.reduce((all, one) => all + one.requests, 0);
  const contexts = offers.map(({ listing }) => listing.context_length).filter((length) => length > 0);
  const { input_modalities, output_modalities } = model.architecture;
  return (
    <dl className="mt-6 grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-4">
      <Fact name="Input, per 1M tokens" value={priceRange(offers, 'prompt')} />
      <Fact name="Output, per 1M tokens" value={priceRange(offers, 'completion')} />
      <Fact name="Context" value={rangeOf(contexts)} note={exact(model.context_length)} />
      <Fact name="Tokens in 7 days" value={compact(used)} note={`n = ${counted(requests, 'request')}`} />
      <Fact name="Created" value={day(model.created * 1000)} />
      <Fact name="Reads" value={input_modalities.join(', ')} />
      <Fact name="Writes" value={output_modalities.join(', ')} />
      <Fact name="Knowledge until" value={model.knowledge_cutoff ? day(model.knowledge_cutoff) : '—'} />
      <Fact name="Tokenizer" value={model.architecture.tokenizer} />
      <Fact
        name="Licence"
        value={facts?.license ?? '—'}
        note={facts?.open_weights === false ? 'weights are not open' : undefined}
      />
      <Fact name="Facts from" value={sourcesOf(facts)} note={sourcesOf(facts, true)} />
      <div>
        <dt className="text-xs text-soft">Weights</dt>
        <dd className="mt-0.5 text-sm">
          {model.hugging_face_id ? (
            <OutsideLink href={`https://huggingface.co/${model.hugging_face_id}`}>
              <bdi>{model.hugging_face_id}</bdi>
            </OutsideLink>
          ) : (
            '—'
          )}
        </dd>
      </div>
    </dl>
  );
}

function sourcesOf(facts: PriceHistory['model'] | undefined, isLong = false): string {
  const sources = facts?.sources ?? [];
  if (isLong) return sources.map(({ source, seen_at }) => `${isolate(source)}, ${day(seen_at)}`).join('; ');
  const names = sources.map(({ source }) => isolate(source));
  return names.length > 2 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(', ') || '—';
}

function Fact({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="figures mt-0.5 font-medium" title={note}>
        <bdi>{value}</bdi>
        {note?.startsWith('n =') && <span className="block text-xs font-normal text-soft">{note}</span>}
      </dd>
    </div>
  );
}

/** `128K to 10M` over providers: the smallest is what the cheapest of them may refuse beyond. */
function rangeOf(values: readonly number[]): string {
  if (values.length === 0) return '—';
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? compact(low) : `${compact(low)} to ${compact(high)}`;
}
