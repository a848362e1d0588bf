import { buttonLook, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { compareAddress } from './compare-address.ts';
import type { ModelRow } from './rows.ts';

/** What was chosen for comparing, at the foot of the list. */
export function CompareTray(props: {
  readonly rows: readonly ModelRow[];
  readonly picks: readonly string[];
  readonly drop: (id: string) => void;
}) {
  const { rows, picks, drop } = props;
  if (picks.length === 0) return null;
  return (
    <section
      aria-label="Chosen for comparing"
      className="sticky bottom-0 z-30 -mx-4 mt-4 flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line-strong bg-surface px-4 py-2"
    >
      <ul className="flex min-w-0 flex-1 flex-wrap gap-x-4">
        {picks.map((id) => {
          const name = rows.find((row) => row.id === id)?.name ?? id;
          return (
            <li key={id} className="flex min-w-0 items-center text-sm">
              <bdi>{name}</bdi>
              <IconButton label={`Take ${name} out`} onClick={() => drop(id)}>
                <Icon name="close" className="size-3" />
              </IconButton>
            </li>
          );
        })}
      </ul>
      <Link to={compareAddress(picks)} className={`${buttonLook('main')} no-underline`}>
        Compare {picks.length}
      </Link>
    </section>
  );
}
