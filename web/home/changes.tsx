import type { CatalogueChanges } from '../../src/contract/catalogue-facts.ts';
import { Link } from '../parts/link.tsx';
import { Empty } from '../parts/states.tsx';
import { day, exactTime } from '../text/dates.ts';
import { compareDecimals, dollars } from '../text/numbers.ts';
import { Section } from './section.tsx';

type Change = CatalogueChanges['data'][number];

/** What became cheaper, dearer, new or gone. */
export function Changes({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <Section title="Last changes of prices and offers">
      {changes.length === 0 ? (
        <Empty title="No price has changed since the first start">
          Each time this installation reads a newer catalogue, what became cheaper, dearer, new or gone is kept and
          shown here.
        </Empty>
      ) : (
        <ul className="text-sm">
          {changes.map((change) => (
            <li
              key={`${change.at} ${change.endpoint} ${change.what}`}
              className="flex flex-wrap items-baseline gap-x-3 border-t border-line py-2 first:border-t-0"
            >
              <Link to={`/${change.model}`} className="font-medium no-underline hover:underline">
                <bdi>{change.model}</bdi>
              </Link>
              <span className="text-soft">
                at <bdi>{change.provider}</bdi>
              </span>
              <span className="figures flex-1">{tellChange(change)}</span>
              <time dateTime={change.at} title={exactTime(change.at)} className="figures text-xs text-soft">
                {day(change.at)}
              </time>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function tellChange({ what, before, after }: Change): string {
  if (what === 'added') return after ? `new at ${pair(after)}` : 'new';
  if (what === 'retired') return 'no longer offered';
  if (what === 'returned') return after ? `offered again at ${pair(after)}` : 'offered again';
  if (!before || !after) return 'price changed';
  const difference =
    compareDecimals(after.prompt_per_million, before.prompt_per_million) ||
    compareDecimals(after.completion_per_million, before.completion_per_million);
  return `${difference < 0 ? '↓ cheaper' : difference > 0 ? '↑ dearer' : 'changed'}: ${pair(before)} → ${pair(after)}`;
}

function pair(price: NonNullable<Change['after']>): string {
  return `${dollars(price.prompt_per_million)} / ${dollars(price.completion_per_million)}`;
}
