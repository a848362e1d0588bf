import type { ProviderList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { useBoot } from '../boot-context.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';

interface Step {
  readonly isDone: boolean;
  readonly title: string;
  readonly to: string;
  readonly how: string;
}

/** What a new installation still waits for; gone when nothing is left. */
export function SetupList(props: {
  readonly providers: ProviderList | undefined;
  readonly stats: ModelStats | undefined;
}) {
  const { session } = useBoot();
  const { providers, stats } = props;
  if (!providers || !stats) return null;
  const steps: readonly Step[] = [
    {
      isDone: session.claimed,
      title: 'Claim it',
      to: '/docs#claim',
      how: 'Open the link that the first start printed: it makes you the owner.',
    },
    {
      isDone: providers.data.some(({ connected, kind }) => connected && kind !== 'bundled'),
      title: 'Connect a provider',
      to: session.signed_in ? '/settings/providers' : '/docs#providers',
      how: 'A key of a hosted provider, or an engine on this machine.',
    },
    {
      isDone: stats.data.some(({ requests }) => requests > 0),
      title: 'Send a request',
      to: session.signed_in ? '/chat' : '/docs#first-request',
      how: 'trunkline/mini answers at once and costs nothing.',
    },
  ];
  const isInside = session.signed_in || !session.claimed;
  if (!isInside || steps.every(({ isDone }) => isDone)) return null;
  return (
    <section aria-labelledby="setup" className="mt-8 rounded-lg border border-line-strong bg-surface px-5 py-4">
      <h2 id="setup" className="font-semibold">
        Set up: {steps.filter(({ isDone }) => isDone).length} of {steps.length} done
      </h2>
      <ol className="mt-2 grid gap-x-8 gap-y-2 text-sm sm:grid-cols-3">
        {steps.map(({ isDone, title, to, how }) => (
          <li key={title} className="flex gap-2.5">
            <span
              className={`mt-0.5 flex size-5 shrink-0 items-center justify-center rounded-full border ${isDone ? 'border-good text-good' : 'border-line-strong'}`}
            >
              {isDone && <Icon name="check" className="size-3" />}
              <span className="sr-only">{isDone ? 'Done: ' : 'To do: '}</span>
            </span>
            <div className="min-w-0">
              {isDone ? (
                <span className="text-soft line-through">{title}</span>
              ) : (
                <Link to={to} className="prose-link font-medium">
                  {title}
                </Link>
              )}
              {!isDone && <p className="text-soft">{how}</p>}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
