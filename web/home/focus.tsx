import type { ModelList, ProviderList } from '../../src/contract/model-list.ts';
import { makeRows } from '../models/rows.ts';
import { buttonLook } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { isolate } from '../text/clean-text.ts';
import { compact, counted, exact, pricePerMillion } from '../text/numbers.ts';
import { Section } from './section.tsx';

/** The model that this project is measured by: what it is, and what would make it answer here. */
export function Focus(props: { readonly list: ModelList; readonly providers: ProviderList | undefined }) {
  const [row] = makeRows(props.list, undefined);
  if (!row) return null;
  const offers = props.providers?.data.filter(({ id }) => row.providerIds.includes(id)) ?? [];
  // Providers of the demonstration are connected, and serve nobody else.
  const connected = row.connected ? offers.filter((one) => one.connected) : [];
  const keys = offers.filter((one) => !one.connected && one.environment_keys.length > 0);
  return (
    <Section
      title="In focus"
      more={<span className="text-soft">open weights, {counted(row.providers.length, 'provider')}</span>}
    >
      <h3 className="text-xl font-semibold tracking-tight">
        <Link to={`/${row.id}`} className="no-underline hover:underline">
          <bdi>{row.name}</bdi>
        </Link>
      </h3>
      <p className="mt-1">
        <bdi>{row.description}</bdi>
      </p>
      <dl className="figures mt-3 grid grid-cols-3 gap-3 text-sm">
        <Fact name="In $/M, from" value={pricePerMillion(row.price.prompt)} />
        <Fact name="Out $/M, from" value={pricePerMillion(row.price.completion)} />
        <Fact name="Longest context" value={compact(row.context)} title={exact(row.context)} />
      </dl>
      <div className="mt-4 text-sm">
        {connected.length > 0 ? (
          <p>
            Usable here at {connected.map(({ name }) => isolate(name)).join(', ')}.{' '}
            <Link to={`/chat?model=${row.id}`} className="prose-link">
              Talk to it
            </Link>
          </p>
        ) : (
          <>
            <p>
              <b className="font-semibold">Not usable here yet.</b> One of these keys enables it:
            </p>
            <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-0.5">
              {keys.slice(0, 8).map(({ id, name, environment_keys: [first] }) => (
                <li key={id}>
                  <span className="text-soft">{name}</span> <code className="font-mono text-xs">{first}</code>
                </li>
              ))}
            </ul>
            <p className="mt-2">
              Or your own weights: <code className="font-mono text-xs">npx trunkline models add</code>, or an engine on
              this machine that serves it.
            </p>
          </>
        )}
      </div>
      <p className="mt-4">
        <Link to={`/${row.id}`} className={`${buttonLook()} no-underline`}>
          Prices, providers and uptime
        </Link>
      </p>
    </Section>
  );
}

function Fact({ name, value, title }: { readonly name: string; readonly value: string; readonly title?: string }) {
  return (
    <div className="border-l-2 border-line pl-3">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="text-base font-semibold" title={title}>
        {value}
      </dd>
    </div>
  );
}
