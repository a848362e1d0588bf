import { useBoot } from '../boot-context.tsx';
import { Link } from '../parts/link.tsx';
import { PLACES } from './places.ts';

export function Footer({ openShortcuts }: { readonly openShortcuts: () => void }) {
  const { version } = useBoot();
  return (
    <footer className="mt-16 border-t border-line">
      <div className="mx-auto flex max-w-[90rem] flex-wrap items-center gap-x-5 gap-y-1 px-4 py-5 text-sm text-soft">
        <span>Trunkline {version}</span>
        {PLACES.filter(({ group }) => group === 'more').map(({ name, to }) => (
          <Link key={to} to={to} className="inline-flex min-h-6 items-center hover:text-ink">
            {name}
          </Link>
        ))}
        <button
          type="button"
          className="inline-flex min-h-6 items-center underline hover:text-ink"
          onClick={openShortcuts}
        >
          Keyboard shortcuts
        </button>
      </div>
    </footer>
  );
}
