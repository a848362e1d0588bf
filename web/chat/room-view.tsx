import { useQueryClient } from '@tanstack/react-query';
import { lazy, type RefObject, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { Button } from '../parts/button.tsx';
import { Announcer } from './announcer.tsx';
import { ColumnView } from './column-view.tsx';
import { Composer } from './composer.tsx';
import { rememberModels } from './open-rooms.ts';
import { type Column, isBusy, makeColumn } from './room.ts';
import { barOf, RoomBar } from './room-bar.tsx';
import { ROOM_LIST } from './room-list.tsx';
import type { RoomStore } from './room-store.ts';
import { useModels, useRoom } from './use-room.ts';
import { useSyncScroll } from './use-sync-scroll.ts';

const ModelPicker = lazy(() => import('./model-picker.tsx'));
const ColumnSettings = lazy(() => import('./column-settings.tsx'));
const RoomSettings = lazy(() => import('./room-settings.tsx'));
const WhyDialog = lazy(() => import('./why-dialog.tsx'));
const CurlDialog = lazy(() => import('./curl-dialog.tsx'));

export type OpenDialog =
  | { readonly what: 'model'; readonly column?: string }
  | { readonly what: 'column'; readonly column: string }
  | { readonly what: 'room' }
  | { readonly what: 'why'; readonly generation: string }
  | { readonly what: 'curl'; readonly reply: string };

/** One room: its bar, its columns, and the field below them. */
export function RoomView({ store, openRooms }: { readonly store: RoomStore; readonly openRooms: () => void }) {
  const room = useRoom(store);
  const problem = useSyncExternalStore(store.listen, store.problem);
  const models = useModels();
  const [dialog, setDialog] = useState<OpenDialog>();
  const [isSynced, setSynced] = useState(false);
  const columns = useRef<HTMLDivElement>(null);
  const isAnswering = isBusy(room);
  useListRefresh(store, `${room.title} ${room.place} ${isAnswering}`);
  useColumnKeys(columns, () => setDialog({ what: 'model' }));
  useSyncScroll(columns, isSynced);
  const close = () => setDialog(undefined);
  const openOptions = useCallback(() => setDialog({ what: 'room' }), []);
  return (
    <>
      <RoomBar
        store={store}
        {...barOf(room)}
        openRooms={openRooms}
        open={setDialog}
        isSynced={isSynced}
        syncScroll={setSynced}
      />
      {problem && (
        <p className="border-b border-line bg-warn-wash px-4 py-1.5 text-sm" role="alert">
          Not kept: {problem}{' '}
          {room.place === 'server' && (
            <Button
              className="ms-2"
              onClick={() => store.change((before) => ({ ...before, place: 'browser', version: 0 }))}
            >
              Keep it in this browser
            </Button>
          )}
        </p>
      )}
      {room.columns.length > 1 && <ColumnTabs columns={room.columns} row={columns} />}
      <div ref={columns} className="flex min-h-0 flex-1 snap-x snap-mandatory overflow-x-auto overflow-y-hidden">
        {room.columns.map((column, index) => (
          <ColumnView key={column.id} store={store} column={column} place={index} models={models} open={setDialog} />
        ))}
      </div>
      <Composer store={store} models={models} openOptions={openOptions} />
      <Announcer store={store} />
      <Suspense>
        {dialog?.what === 'model' && (
          <ModelPicker
            close={close}
            choose={(model) => {
              const { column } = dialog;
              store.change((before) => ({
                ...before,
                columns:
                  column === undefined
                    ? [...before.columns, makeColumn(model)]
                    : before.columns.map((one) => (one.id === column ? { ...makeColumn(model), id: one.id } : one)),
              }));
              rememberModels(store.room().columns.map(({ model: slug }) => slug));
              close();
            }}
          />
        )}
        {dialog?.what === 'column' && <ColumnSettings store={store} column={dialog.column} close={close} />}
        {dialog?.what === 'room' && <RoomSettings store={store} close={close} />}
        {dialog?.what === 'why' && <WhyDialog generation={dialog.generation} close={close} />}
        {dialog?.what === 'curl' && <CurlDialog store={store} reply={dialog.reply} close={close} />}
      </Suspense>
    </>
  );
}

/** On a phone one column is on show: swiped, or chosen here. */
function ColumnTabs({
  columns,
  row,
}: {
  readonly columns: readonly Column[];
  readonly row: RefObject<HTMLDivElement | null>;
}) {
  const [shown, setShown] = useState(0);
  useEffect(() => {
    const element = row.current;
    if (!element) return;
    const look = () => setShown(Math.round(Math.abs(element.scrollLeft) / Math.max(1, element.clientWidth)));
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, [row]);
  return (
    <nav className="flex overflow-x-auto border-b border-line md:hidden" aria-label="Models of the room">
      {columns.map(({ id, model }, place) => (
        <button
          key={id}
          type="button"
          className={`min-h-11 min-w-0 flex-1 truncate border-b-2 px-3 text-sm ${place === shown ? 'border-accent font-medium' : 'border-transparent text-soft'}`}
          {...(place === shown && { 'aria-current': 'true' as const })}
          onClick={() => row.current?.children[place]?.scrollIntoView({ inline: 'start', block: 'nearest' })}
        >
          {place + 1} · {model.split('/').at(-1)}
        </button>
      ))}
    </nav>
  );
}

/** The list of rooms shows this one as soon as it was kept. */
function useListRefresh(store: RoomStore, changed: string): void {
  const client = useQueryClient();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what changed that asks for another list
  useEffect(() => {
    if (isBusy(store.room()) || store.room().messages.length === 0) return;
    void store.save().then(() => client.invalidateQueries({ queryKey: ROOM_LIST }));
  }, [store, client, changed]);
}

/** Alt and 1 to 6 look at a column, Alt and m adds a model. Alt keys are no plain letters: they work while one types. */
function useColumnKeys(columns: RefObject<HTMLDivElement | null>, addModel: () => void): void {
  const add = useRef(addModel);
  add.current = addModel;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
      if (event.code === 'KeyM') add.current();
      else if (/^Digit[1-6]$/.test(event.code)) {
        const column = columns.current?.children[Number(event.code.slice(5)) - 1];
        column?.querySelector<HTMLElement>('[data-log]')?.focus();
        column?.scrollIntoView({ inline: 'start', block: 'nearest' });
      } else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [columns]);
}
