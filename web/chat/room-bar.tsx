import { memo, useState } from 'react';
import { useBoot } from '../boot-context.tsx';
import { Button, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { dollars } from '../text/numbers.ts';
import { spentInRoom } from './estimate.ts';
import { keeperOf } from './keep-rooms.ts';
import { type ChatRoom, COLUMNS_MAX, isBusy, type RoomPlace, titleOf } from './room.ts';
import type { RoomStore } from './room-store.ts';
import type { OpenDialog } from './room-view.tsx';

export interface RoomBarProps {
  readonly store: RoomStore;
  readonly title: string;
  readonly place: RoomPlace;
  readonly columns: number;
  readonly spent: string;
  readonly openRooms: () => void;
  readonly open: (dialog: OpenDialog) => void;
  readonly isSynced: boolean;
  readonly syncScroll: (isOn: boolean) => void;
}

/** What of a room the bar shows: it is drawn again only when one of these changed. */
export function barOf(room: ChatRoom) {
  return { title: titleOf(room), place: room.place, columns: room.columns.length, spent: spentInRoom(room) };
}

export const RoomBar = memo(function RoomBar(props: RoomBarProps) {
  const { store, columns, spent, open, openRooms, isSynced, syncScroll } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line bg-surface px-3 py-1.5">
      <span className="lg:hidden">
        <IconButton label="Rooms" aria-controls="chat-rooms" onClick={openRooms}>
          <Icon name="menu" />
        </IconButton>
      </span>
      <Title {...props} />
      <span
        className="figures px-1 text-xs text-soft"
        title="What the answers of this room have cost, retries included"
      >
        {dollars(spent)} so far
      </span>
      <PlaceChoice {...props} />
      {columns > 1 && (
        <label className="hidden min-h-8 items-center gap-1.5 text-xs sm:flex">
          <input
            type="checkbox"
            className="size-4"
            checked={isSynced}
            onChange={(event) => syncScroll(event.target.checked)}
          />
          Scroll together
        </label>
      )}
      <IconButton label="Export as JSON" onClick={() => exportRoom(store.room())}>
        <Icon name="external" />
      </IconButton>
      <Button
        onClick={() => open({ what: 'model' })}
        disabled={columns >= COLUMNS_MAX}
        title={columns >= COLUMNS_MAX ? 'Six models are the most' : 'Alt m'}
      >
        <Icon name="plus" /> Model
      </Button>
      <Link className="sr-only focus:not-sr-only" to="/chat">
        New room
      </Link>
    </div>
  );
});

function Title({ store, title }: RoomBarProps) {
  const [draft, setDraft] = useState<string>();
  const keep = () => {
    const words = (draft ?? '')
      .replace(/[\p{Cc}\p{Bidi_Control}]+/gu, ' ')
      .trim()
      .slice(0, 200);
    if (draft !== undefined) store.change((room) => ({ ...room, title: words }));
    setDraft(undefined);
  };
  if (draft === undefined) {
    return (
      <h1 className="min-w-0 flex-1 basis-28 truncate text-sm font-semibold">
        <button
          type="button"
          className="min-h-6 max-w-full min-w-6 truncate rounded-sm px-1 text-start -outline-offset-2 hover:bg-raised"
          title="Rename"
          onClick={() => setDraft(title)}
        >
          <bdi>{title}</bdi>
        </button>
      </h1>
    );
  }
  return (
    <form
      className="min-w-0 flex-1"
      onSubmit={(event) => {
        event.preventDefault();
        keep();
      }}
    >
      <input
        className="w-full max-w-md rounded-md border border-line-strong bg-ground px-2 py-1 text-sm"
        aria-label="Name of the room"
        // biome-ignore lint/a11y/noAutofocus: the field stands where the button was that opened it
        autoFocus
        maxLength={200}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          setDraft(undefined);
        }}
      />
    </form>
  );
}

/** With the account or in this browser: chosen per room. What was kept at the other place is deleted there. */
function PlaceChoice({ store, place }: RoomBarProps) {
  const { session } = useBoot();
  const [problem, setProblem] = useState<string>();
  if (!session.signed_in && place === 'browser') {
    return <span className="text-xs text-soft">Kept in this browser</span>;
  }
  const move = async (next: RoomPlace) => {
    const before = store.room();
    if (isBusy(before)) return setProblem('Not while an answer is on its way');
    store.change((room) => ({ ...room, place: next, version: 0 }));
    await store.save();
    if (store.problem() === undefined)
      await keeperOf(before.place)
        .remove(before.id)
        .catch(() => undefined);
    setProblem(undefined);
  };
  return (
    <label className="flex items-center gap-1.5 text-xs text-soft">
      <span className="sr-only">Where this room is kept</span>
      <select
        className="min-h-8 rounded-md border border-line bg-surface px-1.5 text-xs text-ink"
        value={place}
        onChange={(event) => void move(event.target.value as RoomPlace)}
      >
        <option value="server">Kept with your account</option>
        <option value="browser">Kept in this browser only</option>
      </select>
      {problem && <span className="text-warn">{problem}</span>}
    </label>
  );
}

function exportRoom(room: ChatRoom): void {
  const { id, title: _, place: __, version: ___, ...rest } = room;
  const json = JSON.stringify({ format: 'trunkline-room-1', id, title: titleOf(room), ...rest }, null, 2);
  const url = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `room-${room.id}.json`;
  link.click();
  URL.revokeObjectURL(url);
}
