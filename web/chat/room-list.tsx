import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { withBase } from '../api/fetch-api.ts';
import { useBoot } from '../boot-context.tsx';
import { buttonLook, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { isolate } from '../text/clean-text.ts';
import { browserRooms, keeperOf, type RoomEntry, serverRooms } from './keep-rooms.ts';
import { closeRoom } from './open-rooms.ts';

const PINNED = 'trunkline-chat-pinned';
export const ROOM_LIST = ['rooms'];

interface Listed {
  readonly rooms: readonly RoomEntry[];
  readonly problem: string | undefined;
}

/** Both places, newest first; a place that doesn't answer is named, and the other still shown. */
async function listRooms(isSignedIn: boolean): Promise<Listed> {
  const [own, kept] = await Promise.allSettled([browserRooms.list(), isSignedIn ? serverRooms.list() : []]);
  const problems = [
    own.status === 'rejected' && 'This browser keeps no rooms.',
    kept.status === 'rejected' && `Rooms of your account could not be read: ${messageOf(kept.reason)}`,
  ].filter((problem) => problem !== false);
  const rooms = [own, kept].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return {
    rooms: rooms.sort((a, b) => b.updatedAtMs - a.updatedAtMs),
    problem: problems.length > 0 ? problems.join(' ') : undefined,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

export function RoomList({ current, close }: { readonly current: string | undefined; readonly close: () => void }) {
  const { session } = useBoot();
  const [wanted, setWanted] = useState('');
  const [pinned, pin] = usePinned();
  const { data } = useQuery({ queryKey: ROOM_LIST, queryFn: () => listRooms(session.signed_in) });
  const words = wanted.trim().toLowerCase();
  const found = (data?.rooms ?? []).filter(({ title, models }) =>
    `${title} ${models.join(' ')}`.toLowerCase().includes(words),
  );
  const groups = [
    { name: 'Pinned', rooms: found.filter(({ id }) => pinned.has(id)) },
    { name: 'Rooms', rooms: found.filter(({ id }) => !pinned.has(id)) },
  ];
  return (
    <div className="flex h-full flex-col">
      <div className="flex flex-col gap-2 p-3">
        <Link className={`${buttonLook('main')} no-underline`} to="/chat" onClick={close}>
          <Icon name="plus" /> New room
        </Link>
        <input
          className="min-h-8 rounded-md border border-line-strong bg-ground px-2.5 text-sm"
          type="search"
          aria-label="Search rooms"
          placeholder="Search rooms"
          data-search
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </div>
      <nav className="min-h-0 flex-1 overflow-y-auto px-2 pb-3" aria-label="Rooms">
        {data?.problem && <p className="px-2 pb-2 text-xs text-warn">{data.problem}</p>}
        {data && found.length === 0 && (
          <p className="px-2 text-sm text-soft">
            {words === '' ? 'A room is kept with its first question.' : 'No room has these words in its title.'}
          </p>
        )}
        {groups.map(({ name, rooms }) =>
          rooms.length === 0 ? null : (
            <section key={name} aria-label={name}>
              <h2 className="px-2 pt-2 pb-1 text-xs font-medium text-soft">{name}</h2>
              <ul>
                {rooms.map((room) => (
                  <RoomLine
                    key={room.id}
                    room={room}
                    isCurrent={room.id === current}
                    isPinned={pinned.has(room.id)}
                    pin={() => pin(room.id)}
                    close={close}
                  />
                ))}
              </ul>
            </section>
          ),
        )}
      </nav>
    </div>
  );
}

interface LineProps {
  readonly room: RoomEntry;
  readonly isCurrent: boolean;
  readonly isPinned: boolean;
  readonly pin: () => void;
  readonly close: () => void;
}

function RoomLine({ room, isCurrent, isPinned, pin, close }: LineProps) {
  const client = useQueryClient();
  const router = useRouter();
  const remove = async () => {
    if (!window.confirm(`Delete “${room.title}”? This cannot be undone.`)) return;
    await keeperOf(room.place).remove(room.id);
    closeRoom(room.id);
    await client.invalidateQueries({ queryKey: ROOM_LIST });
    if (isCurrent) router.history.push(withBase('/chat'));
  };
  return (
    <li className={`group flex items-center rounded-md ${isCurrent ? 'bg-raised' : 'hover:bg-raised'}`}>
      <Link
        className="min-w-0 flex-1 truncate px-2 py-1.5 text-sm no-underline"
        to={`/chat/${room.id}`}
        onClick={close}
        title={`${isolate(room.title)} · ${room.models.join(', ')} · ${room.place === 'server' ? 'kept with your account' : 'in this browser'}`}
        {...(isCurrent && { 'aria-current': 'page' as const })}
      >
        <bdi>{room.title}</bdi>
      </Link>
      <span className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
        <IconButton label={`${isPinned ? 'Unpin' : 'Pin'} ${room.title}`} aria-pressed={isPinned} onClick={pin}>
          <Icon name={isPinned ? 'down' : 'up'} />
        </IconButton>
        <IconButton label={`Delete ${room.title}`} onClick={() => void remove()}>
          <Icon name="close" />
        </IconButton>
      </span>
    </li>
  );
}

/** Pinned in this browser; the ids say nothing about what the rooms hold. */
function usePinned(): readonly [ReadonlySet<string>, (id: string) => void] {
  const [pinned, setPinned] = useState<ReadonlySet<string>>(readPinned);
  const toggle = (id: string) => {
    const next = new Set(pinned);
    if (!next.delete(id)) next.add(id);
    localStorage.setItem(PINNED, JSON.stringify([...next]));
    setPinned(next);
  };
  return [pinned, toggle];
}

function readPinned(): ReadonlySet<string> {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(PINNED) ?? '[]');
    return new Set(Array.isArray(read) ? read.filter((id): id is string => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}
