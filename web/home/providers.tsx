import type { ListedProvider } from '../../src/contract/model-list.ts';
import { useRole } from '../boot-context.tsx';
import { Link } from '../parts/link.tsx';
import { counted } from '../text/numbers.ts';
import { Section } from './section.tsx';

const KINDS = { hosted: 'hosted', local: 'engine found here', bundled: 'demonstration model' } as const;

/** Who is connected, and what would connect the next. */
export function Providers({ providers }: { readonly providers: readonly ListedProvider[] }) {
  const isAdmin = useRole('admin');
  const connected = providers.filter((one) => one.connected);
  const next = providers
    .filter((one) => !one.connected && one.environment_keys.length > 0 && one.models > 0)
    .slice(0, 6);
  return (
    <Section
      title="Providers"
      more={
        <Link to="/providers" className="prose-link">
          All {providers.length}
        </Link>
      }
    >
      <ul className="text-sm">
        {connected.map(({ id, name, kind, models }) => (
          <li key={id} className="flex items-baseline gap-2 py-1">
            <span className="text-good" aria-hidden="true">
              ●
            </span>
            <Link to={`/providers/${id}`} className="font-medium no-underline hover:underline">
              <bdi>{name}</bdi>
            </Link>
            <span className="flex-1 text-soft">connected, {KINDS[kind]}</span>
            <span className="figures text-soft">{counted(models, 'model')}</span>
          </li>
        ))}
      </ul>
      {next.length > 0 && (
        <>
          <h3 className="mt-4 text-sm font-semibold">Connect more</h3>
          <p className="text-sm text-soft">
            {isAdmin ? (
              <>
                <Link to="/settings/providers" className="prose-link">
                  Enter a key
                </Link>
                , or set its variable
              </>
            ) : (
              'Set the variable'
            )}{' '}
            in the environment or in <code className="font-mono text-xs">.env</code>. Engines such as Ollama, vLLM and
            llama.cpp are found by themselves.
          </p>
          <ul className="mt-2 text-sm">
            {next.map(({ id, name, environment_keys, models }) => (
              <li key={id} className="flex flex-wrap items-baseline gap-x-2 border-t border-line py-1.5">
                <Link to={`/providers/${id}`} className="no-underline hover:underline">
                  <bdi>{name}</bdi>
                </Link>
                <code className="min-w-0 flex-1 font-mono text-xs text-soft">{environment_keys[0]}</code>
                <span className="figures text-xs text-soft">{counted(models, 'model')}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}
