import './chat.css';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { type ApiError, withBase } from '../api/fetch-api.ts';
import { useBoot } from '../boot-context.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';
import { useEscape } from '../parts/use-escape.ts';
import { findRoom, newRoom } from './open-rooms.ts';
import { RoomList } from './room-list.tsx';
import type { RoomStore } from './room-store.ts';
import { RoomView } from './room-view.tsx';

/** The chat: rooms on the left, one room beside them. Without an id, a new room that gets its address with its first question. */
export function ChatPage({ id, asked }: { readonly id?: string; readonly asked: readonly string[] }) {
  const [areRoomsOpen, setRoomsOpen] = useState(false);
  const close = useCallback(() => setRoomsOpen(false), []);
  const toggle = useCallback(() => setRoomsOpen((isOpen) => !isOpen), []);
  useEscape('chat-rooms', areRoomsOpen, close);
  useNewRoomKey();
  return (
    <div className="flex h-full">
      <aside
        id="chat-rooms"
        className={`w-64 shrink-0 border-e border-line bg-surface ${areRoomsOpen ? 'max-lg:absolute max-lg:inset-y-0 max-lg:z-40 max-lg:w-72 max-lg:shadow-xl' : 'max-lg:hidden'}`}
        aria-label="Rooms"
      >
        <RoomList current={id} close={close} />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        {id === undefined ? <NewRoom asked={asked} openRooms={toggle} /> : <KeptRoom id={id} openRooms={toggle} />}
      </div>
    </div>
  );
}

/** Alt n: a new room. */
function useNewRoomKey(): void {
  const router = useRouter();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.code !== 'KeyN') return;
      event.preventDefault();
      router.history.push(withBase('/chat'));
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [router]);
}

function NewRoom({ asked, openRooms }: { readonly asked: readonly string[]; readonly openRooms: () => void }) {
  const { session } = useBoot();
  const [store] = useState<RoomStore>(() => newRoom(asked, session.signed_in));
  const router = useRouter();
  useEffect(
    () =>
      store.listen(() => {
        if (store.room().messages.length > 0 && /\/chat\/?$/.test(location.pathname)) {
          router.history.replace(withBase(`/chat/${store.room().id}`));
        }
      }),
    [store, router],
  );
  return <RoomView store={store} openRooms={openRooms} />;
}

function KeptRoom({ id, openRooms }: { readonly id: string; readonly openRooms: () => void }) {
  const { session } = useBoot();
  const { data, error, isPending, refetch } = useQuery<RoomStore | null, ApiError>({
    queryKey: ['room', id],
    queryFn: async () => (await findRoom(id, session.signed_in)) ?? null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (data) return <RoomView store={data} openRooms={openRooms} />;
  return (
    <div className="p-5">
      <h1 className="mb-4 text-xl font-semibold">Chat</h1>
      <Button className="mb-4 lg:hidden" aria-controls="chat-rooms" onClick={openRooms}>
        <Icon name="menu" /> Rooms
      </Button>
      {isPending && <Loading what="the room" />}
      {error && <Failed error={error} what="the room" retry={() => void refetch()} />}
      {data === null && (
        <Empty title="There is no such room">
          It was deleted, is kept in another browser, or belongs to somebody else.
          {!session.signed_in && ' Rooms that are kept with an account are there after signing in.'}
        </Empty>
      )}
    </div>
  );
}
