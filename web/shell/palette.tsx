import { Dialog as Base } from '@base-ui/react/dialog';
import { useRouter } from '@tanstack/react-router';
import MiniSearch from 'minisearch';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ModelListing } from '../../src/contract/model.ts';
import type { ProviderList } from '../../src/contract/model-list.ts';
import type { Role } from '../../src/contract/session.ts';
import { withBase } from '../api/fetch-api.ts';
import { useApi } from '../api/use-api.ts';
import { hasRole } from '../boot.ts';
import { useBoot } from '../boot-context.tsx';
import { PLACES } from './places.ts';
import { chooseTheme, THEMES } from './theme.ts';

interface Find {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly more: string;
  act(): void;
}

const SHOWN_MAX = 12;
const GENERATION_ID = /^gen-[\w-]+$/;

/** What is done elsewhere, by the words that somebody would look for. */
const ACTIONS: readonly { readonly name: string; readonly to: string; readonly needs: Role }[] = [
  { name: 'Create a key', to: '/keys?new=1', needs: 'admin' },
  { name: 'New preset', to: '/presets?new=1', needs: 'admin' },
  { name: 'Add a provider key', to: '/settings/providers', needs: 'admin' },
];

/** Everything by its name: pages, models, providers, a generation by its id, and what can be done from anywhere. */
export default function Palette({ close }: { readonly close: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  const finds = useFinds(text, close);
  const choose = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen((chosen + step + finds.length) % Math.max(1, finds.length));
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) finds[chosen]?.act();
  };
  useEffect(() => {
    document.getElementById(`${listId}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, listId]);
  return (
    <Base.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-50 bg-[rgb(0_0_0/0.45)]" />
        <Base.Popup
          initialFocus={field}
          className="fixed top-[10dvh] left-1/2 z-50 flex max-h-[75dvh] w-[min(40rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col rounded-lg border border-line-strong bg-surface shadow-xl outline-none"
        >
          <Base.Title className="sr-only">Search</Base.Title>
          <input
            ref={field}
            role="combobox"
            aria-expanded="true"
            aria-controls={listId}
            aria-activedescendant={finds.length > 0 ? `${listId}-${chosen}` : undefined}
            aria-label="Search models, pages, providers, actions, generation ids"
            placeholder="Model, page, provider, action, generation id…"
            className="w-full rounded-t-lg border-b border-line bg-transparent px-5 py-3.5 text-base -outline-offset-2 placeholder:text-soft"
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setChosen(0);
            }}
            onKeyDown={choose}
          />
          <div id={listId} role="listbox" aria-label="Found" className="min-h-0 overflow-y-auto p-2">
            {finds.map((find, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's, which holds the focus
              <div
                key={find.id}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === chosen}
                tabIndex={-1}
                className="flex cursor-pointer items-baseline gap-3 rounded-md px-3 py-2 -outline-offset-2 outline-accent aria-selected:bg-raised aria-selected:outline-2"
                onClick={find.act}
                onMouseMove={() => index !== chosen && setChosen(index)}
              >
                <span className="min-w-0 truncate">
                  <bdi>{find.name}</bdi>
                </span>
                <span className="min-w-0 flex-1 truncate text-xs text-soft">{find.more}</span>
                <span className="text-xs text-soft">{find.kind}</span>
              </div>
            ))}
          </div>
          {finds.length === 0 && <p className="px-5 py-6 text-sm text-soft">Nothing is called like that.</p>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function useFinds(text: string, close: () => void): readonly Find[] {
  const { session, base } = useBoot();
  const router = useRouter();
  const models = useApi<{ readonly data: readonly ModelListing[] }>('/api/v1/models').data?.data;
  const providers = useApi<ProviderList>('/api/x/providers').data?.data;
  const all = useMemo(() => {
    const go = (to: string) => () => {
      close();
      router.history.push(withBase(to));
    };
    const mayGo = ({ needs }: { readonly needs?: Role }) => !needs || hasRole(session.user?.role, needs);
    const places = PLACES.filter(mayGo).map(
      ({ name, to }): Find => ({ id: to, name, kind: 'page', more: '', act: go(to) }),
    );
    const actions = ACTIONS.filter(mayGo).map(
      ({ name, to }): Find => ({ id: `action-${to}`, name, kind: 'action', more: '', act: go(to) }),
    );
    const themes = THEMES.map(([id, name]): Find => {
      const act = () => {
        chooseTheme(id, base);
        close();
      };
      return { id: `theme-${id}`, name: `Theme: ${name.toLowerCase()}`, kind: 'action', more: '', act };
    });
    const found = (models ?? []).map(
      ({ id, name }): Find => ({ id: `model-${id}`, name, kind: 'model', more: id, act: go(`/${id}`) }),
    );
    const hosts = (providers ?? []).map(
      ({ id, name }): Find => ({ id: `provider-${id}`, name, kind: 'provider', more: id, act: go(`/providers/${id}`) }),
    );
    const all = [...places, ...found, ...hosts, ...actions, ...themes];
    return { finds: new Map(all.map((find) => [find.id, find])), go };
  }, [models, providers, session, base, router, close]);
  const index = useMemo(() => {
    const search = new MiniSearch<Find>({
      fields: ['name', 'more'],
      searchOptions: { prefix: true, fuzzy: 0.2, boost: { name: 2 }, combineWith: 'AND' },
      tokenize: (words) => words.toLowerCase().split(/[\s/:._-]+/),
    });
    search.addAll([...all.finds.values()]);
    return search;
  }, [all]);
  const wanted = text.trim();
  if (GENERATION_ID.test(wanted)) {
    return [{ id: wanted, name: wanted, kind: 'generation', more: '', act: all.go(`/generations/${wanted}`) }];
  }
  const ids = wanted === '' ? [...all.finds.keys()] : index.search(wanted).map(({ id }) => String(id));
  return ids.slice(0, SHOWN_MAX).flatMap((id) => all.finds.get(id) ?? []);
}
