import { Menu } from '@base-ui/react/menu';
import { useSyncExternalStore } from 'react';
import { fetchApi, withBase } from '../api/fetch-api.ts';
import { useBoot } from '../boot-context.tsx';
import { buttonLook } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { chooseTheme, onTheme, readTheme, THEMES } from './theme.ts';

const ITEM =
  'flex min-h-8 cursor-pointer items-center gap-2 rounded-sm px-2.5 py-1 text-sm -outline-offset-2 data-[highlighted]:bg-raised pointer-coarse:min-h-11';

/** Theme, and who is signed in. Open when it comes: it was asked for. */
export default function AccountMenu() {
  const { session, base } = useBoot();
  const theme = useSyncExternalStore(onTheme, readTheme, readTheme);
  const signOut = async () => {
    await fetchApi('/api/x/session', { method: 'DELETE' });
    location.assign(withBase('/'));
  };
  const { user } = session;
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger
        className={`${buttonLook('quiet')} min-w-8 px-1.5 pointer-coarse:min-w-11`}
        aria-label={user ? `Account of ${user.name}, theme` : 'Theme'}
      >
        <Icon name={user ? 'user' : 'theme'} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="z-50">
          <Menu.Popup className="min-w-52 rounded-md border border-line-strong bg-surface p-1 shadow-lg outline-none">
            {user && (
              <p className="border-b border-line px-2.5 py-2 text-sm">
                <bdi>{user.name}</bdi> <span className="text-soft">· {user.role}</span>
              </p>
            )}
            <Menu.RadioGroup value={theme} onValueChange={(value) => chooseTheme(value, base)}>
              {THEMES.map(([id, name]) => (
                <Menu.RadioItem key={id} value={id} className={ITEM}>
                  <span className="inline-block w-4">
                    <Menu.RadioItemIndicator>
                      <Icon name="check" />
                    </Menu.RadioItemIndicator>
                  </span>
                  {name}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            {user && (
              <Menu.Item className={`${ITEM} mt-1 border-t border-line`} onClick={() => void signOut()}>
                <Icon name="out" />
                Sign out
              </Menu.Item>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
