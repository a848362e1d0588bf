import type { ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { Measured } from '../models/columns.tsx';
import { type ModelRow, makeRows } from '../models/rows.ts';
import { Link } from '../parts/link.tsx';
import { day } from '../text/dates.ts';
import { compact, counted, duration, exact, pricePerMillion } from '../text/numbers.ts';
import { Section } from './section.tsx';

const TOP = 10;

/** Who is used most here; while nobody is, what is new in the catalogue. */
export function Leading({ newest, stats }: { readonly newest: ModelList; readonly stats: ModelStats | undefined }) {
  const used = stats?.data.filter(({ tokens }) => tokens > 0).slice(0, TOP) ?? [];
  const mostUsed = used.length > 0 && <MostUsed used={used} hasDemo={stats?.meta.includes_demo ?? false} />;
  if (used.length >= ENOUGH) return mostUsed;
  return (
    <>
      {mostUsed}
      <New newest={newest} stats={stats} isQuiet={used.length === 0} />
    </>
  );
}

/** So many used models fill the page; with fewer, what is new stands below them. */
const ENOUGH = 5;

function New(props: { readonly newest: ModelList; readonly stats: ModelStats | undefined; readonly isQuiet: boolean }) {
  const { newest, stats, isQuiet } = props;
  return (
    <Section
      title="New in the catalogue"
      more={
        <Link to="/models" className="prose-link">
          All {newest.total} models
        </Link>
      }
      {...(isQuiet && {
        note: 'Nothing was asked here in the last 7 days. From the first request on, what is used most stands here.',
      })}
    >
      <NewestTable rows={makeRows(newest, stats).filter(({ bundled }) => !bundled)} />
    </Section>
  );
}

const HEAD = 'wrap-normal py-1 text-xs font-medium text-soft';

function MostUsed({ used, hasDemo }: { readonly used: ModelStats['data']; readonly hasDemo: boolean }) {
  return (
    <Section
      title="Most used here"
      more={
        <Link to="/rankings" className="prose-link">
          Rankings
        </Link>
      }
      note={`Tokens of the last 7 days${hasDemo ? ', requests of the demonstration included' : ''}.`}
    >
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">Models by tokens in the last 7 days</caption>
        <thead>
          <tr>
            <th scope="col" className={`${HEAD} text-left`}>
              Model
            </th>
            <th scope="col" className={`${HEAD} max-sm:hidden pl-3 text-left`}>
              By day
            </th>
            <th scope="col" className={`${HEAD} pl-3 text-right`}>
              Tokens
            </th>
            <th scope="col" className={`${HEAD} pl-3 text-right max-sm:hidden`}>
              Requests
            </th>
            <th scope="col" className={`${HEAD} pl-3 text-right`}>
              First content p50
            </th>
          </tr>
        </thead>
        <tbody className="figures">
          {used.map(({ model, tokens, requests, sparkline, first_content_ms }, index) => (
            <tr key={model} className="border-t border-line">
              <th scope="row" className="py-2 text-left font-normal">
                <span className="mr-2 inline-block w-4 text-right text-soft">{index + 1}</span>
                <Link to={`/${model}`} className="font-medium no-underline hover:underline">
                  <bdi>{model}</bdi>
                </Link>
              </th>
              <td className="py-2 pl-3 max-sm:hidden">
                <Sparkline
                  data={sparkline.map((one) => one.tokens)}
                  label={`Tokens per day, ${compact(sparkline.at(-1)?.tokens)} today`}
                />
              </td>
              <td className="py-2 pl-3 text-right whitespace-nowrap" title={exact(tokens)}>
                {compact(tokens)}
              </td>
              <td className="py-2 pl-3 text-right max-sm:hidden">{exact(requests)}</td>
              <td className="py-2 pl-3 text-right">
                <Measured figure={first_content_ms} print={duration} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function NewestTable({ rows }: { readonly rows: readonly ModelRow[] }) {
  return (
    <table className="w-full border-collapse text-sm">
      <caption className="sr-only">The newest models of the catalogue</caption>
      <thead>
        <tr>
          <th scope="col" className={`${HEAD} text-left`}>
            Model
          </th>
          {['In $/M', 'Out $/M', 'Context'].map((name) => (
            <th key={name} scope="col" className={`${HEAD} pl-3 text-right`}>
              {name}
            </th>
          ))}
          <th scope="col" className={`${HEAD} pl-3 text-right max-sm:hidden`}>
            Released
          </th>
        </tr>
      </thead>
      <tbody className="figures">
        {rows.slice(0, TOP).map(({ id, name, price, context, created, providers }) => (
          <tr key={id} className="border-t border-line">
            <th scope="row" className="py-1.5 text-left font-normal">
              <Link to={`/${id}`} className="font-medium no-underline hover:underline">
                <bdi>{name}</bdi>
              </Link>
              <span className="block text-xs text-soft">{counted(providers.length, 'provider')}</span>
            </th>
            <td className="py-1.5 pl-3 text-right align-top">{pricePerMillion(price.prompt)}</td>
            <td className="py-1.5 pl-3 text-right align-top">{pricePerMillion(price.completion)}</td>
            <td className="py-1.5 pl-3 text-right align-top" title={exact(context)}>
              {compact(context)}
            </td>
            <td className="py-1.5 pl-3 text-right align-top whitespace-nowrap max-sm:hidden">{day(created * 1000)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
