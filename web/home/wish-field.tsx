import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import type { ModelList } from '../../src/contract/model-list.ts';
import { withBase } from '../api/fetch-api.ts';
import { useApi } from '../api/use-api.ts';
import { activeFilters, filterRows } from '../models/filters.ts';
import { parseWish } from '../models/parse-wish.ts';
import { makeRows, sortRows } from '../models/rows.ts';
import { namesIn, wishAddress } from '../models/use-wish.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { compact, counted, pricePerMillion } from '../text/numbers.ts';

const EXAMPLES = [
  'cheapest with vision and tools, 100K context',
  'open weights with reasoning under $1',
  'free with structured outputs',
  'newest from mistral',
];

/** A wish in words, understood here: no model is asked. While one types, it says what it understood and what would be found. */
export function WishField({ total }: { readonly total: number | undefined }) {
  const [text, setText] = useState('');
  const router = useRouter();
  const list = useApi<ModelList>('/api/x/models', { enabled: text !== '' });
  const rows = useMemo(() => (list.data ? makeRows(list.data, undefined) : []), [list.data]);
  const go = (event: FormEvent) => {
    event.preventDefault();
    router.history.push(withBase(wishAddress(text, Date.now(), namesIn(rows))));
  };
  return (
    <search className="block">
      <form action={withBase('/models')} method="get" onSubmit={go} className="mt-6 max-w-3xl">
        <div className="flex gap-2">
          <label className="relative min-w-0 flex-1">
            <span className="sr-only">Which model are you looking for?</span>
            <Icon
              name="search"
              className="pointer-events-none absolute top-1/2 left-4 size-5 -translate-y-1/2 text-soft"
            />
            <input
              type="search"
              name="ask"
              data-search=""
              value={text}
              onChange={(event) => setText(event.target.value)}
              placeholder={EXAMPLES[0]}
              autoComplete="off"
              maxLength={300}
              className="min-h-13 w-full rounded-lg border border-line-strong bg-surface pr-4 pl-12 text-base shadow-sm"
            />
          </label>
          <Button type="submit" kind="main" className="min-h-13 rounded-lg px-5">
            Find
          </Button>
        </div>
        <div className="mt-2 min-h-14 text-sm text-soft" aria-live="polite">
          {text.trim() === '' ? <Examples total={total} /> : <Understood text={text} rows={rows} />}
        </div>
      </form>
    </search>
  );
}

function Examples({ total }: { readonly total: number | undefined }) {
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-1">
      <span>Try</span>
      {EXAMPLES.map((example) => (
        <Link key={example} to={`/models?ask=${encodeURIComponent(example)}`} className="prose-link text-ink">
          {example}
        </Link>
      ))}
      <span>
        or{' '}
        <Link to="/models" className="prose-link text-ink">
          see all{total === undefined ? '' : ` ${total}`}
        </Link>
      </span>
    </p>
  );
}

function Understood({ text, rows }: { readonly text: string; readonly rows: ReturnType<typeof makeRows> }) {
  const names = useMemo(() => namesIn(rows), [rows]);
  const { values, sort } = parseWish(text, Date.now(), names);
  const active = activeFilters(values);
  const found = sortRows(filterRows(rows, values), sort ?? '-released');
  const first = found[0];
  return (
    <>
      <p>
        {active.length === 0 ? 'Every model' : active.map(({ tell, value }) => tell(value)).join(' · ')}
        {sort && `, ${SORT_WORDS[sort] ?? 'sorted'} first`}
      </p>
      {rows.length > 0 && (
        <p>
          {found.length === 0 ? (
            'No model fits all of it.'
          ) : (
            <>
              {counted(found.length, 'model')}
              {first && (
                <>
                  , first{' '}
                  <Link to={`/${first.id}`} className="prose-link text-ink">
                    <bdi>{first.name}</bdi>
                  </Link>{' '}
                  <span className="figures">
                    ({pricePerMillion(first.price.prompt)} in, {pricePerMillion(first.price.completion)} out,{' '}
                    {compact(first.context)} context)
                  </span>
                </>
              )}
            </>
          )}
        </p>
      )}
    </>
  );
}

const SORT_WORDS: Readonly<Record<string, string>> = {
  price: 'cheapest',
  '-context': 'longest context',
  latency: 'soonest content',
  '-speed': 'fastest',
  '-released': 'newest',
  '-tokens': 'most used',
};
