import { memo, useRef } from 'react';
import type { ModelListing } from '../../src/contract/model.ts';
import { Button, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { isolate } from '../text/clean-text.ts';
import { pricePerMillion } from '../text/numbers.ts';
import { MessageView } from './message-view.tsx';
import { findMissing, findModel, type Missing } from './needs.ts';
import { type Column, isOfColumn } from './room.ts';
import type { RoomStore } from './room-store.ts';
import type { OpenDialog } from './room-view.tsx';
import { usePinnedScroll } from './use-pinned-scroll.ts';
import { useRoom } from './use-room.ts';

export interface ColumnProps {
  readonly store: RoomStore;
  readonly column: Column;
  readonly place: number;
  readonly models: readonly ModelListing[] | undefined;
  readonly open: (dialog: OpenDialog) => void;
}

/** One model's side of the room. */
export const ColumnView = memo(function ColumnView(props: ColumnProps) {
  const { store, column, models, place, open } = props;
  const room = useRoom(store);
  const log = useRef<HTMLDivElement>(null);
  usePinnedScroll(log);
  const messages = room.messages.filter((message) => isOfColumn(message, column.id));
  const name = models ? (findModel(models, column.model)?.name ?? column.model) : column.model;
  return (
    <section
      className="flex w-full shrink-0 snap-start flex-col border-e border-line last:border-e-0 md:w-auto md:min-w-80 md:flex-1 md:shrink"
      aria-label={`Model ${place + 1}: ${isolate(name)}`}
    >
      <ColumnHead {...props} name={name} isOnly={room.columns.length === 1} />
      <Problems {...props} missing={findMissing(room, column, models)} />
      <div
        ref={log}
        data-log
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={`Conversation with ${isolate(name)}`}
        className="min-h-0 flex-1 overflow-y-auto px-4 py-3"
      >
        <div className="mx-auto flex max-w-3xl flex-col gap-4">
          {messages.length === 0 && <Start model={models && findModel(models, column.model)} />}
          {messages.map((message, index) => (
            <MessageView
              key={message.id}
              store={store}
              message={message}
              column={column}
              open={open}
              isLast={index === messages.length - 1}
              isWide={room.columns.length === 1}
            />
          ))}
        </div>
      </div>
    </section>
  );
});

function ColumnHead({
  store,
  column,
  place,
  open,
  name,
  isOnly,
}: ColumnProps & { readonly name: string; readonly isOnly: boolean }) {
  const remove = () =>
    store.change((room) => ({ ...room, columns: room.columns.filter(({ id }) => id !== column.id) }));
  const notes = [
    column.provider !== undefined && `only ${column.provider}`,
    column.system && 'system prompt',
    ...Object.entries(column.parameters).map(([key, value]) => `${key} ${value}`),
    column.isTextOnly && 'without pictures',
  ].filter((note) => note !== false && note !== undefined && note !== '');
  return (
    <div className="border-b border-line bg-ground px-3 py-1.5">
      <div className="flex items-center gap-1">
        <span className="figures w-4 text-xs text-soft" aria-hidden="true">
          {place + 1}
        </span>
        <button
          type="button"
          className="min-h-6 min-w-0 flex-1 truncate rounded-sm px-1 text-start text-sm font-medium hover:bg-raised"
          title={`${column.model}: another model`}
          onClick={() => open({ what: 'model', column: column.id })}
        >
          <bdi>{name}</bdi>
        </button>
        <IconButton label={`Settings of ${name}`} onClick={() => open({ what: 'column', column: column.id })}>
          <Icon name="filter" />
        </IconButton>
        {!isOnly && (
          <IconButton label={`Remove ${name}`} onClick={remove}>
            <Icon name="close" />
          </IconButton>
        )}
      </div>
      {notes.length > 0 && (
        <p className="truncate ps-6 text-xs text-soft" title={notes.join(' · ')}>
          <bdi>{notes.join(' · ')}</bdi>
        </p>
      )}
    </div>
  );
}

/** What the model can't do that the room asks for, with what helps. */
function Problems({ store, column, missing, open }: ColumnProps & { readonly missing: readonly Missing[] }) {
  if (missing.length === 0) return null;
  const change = (next: Column) =>
    store.change((room) => ({ ...room, columns: room.columns.map((one) => (one.id === column.id ? next : one)) }));
  const names = missing.flatMap(({ name }) => name ?? []);
  const without = () => {
    const parameters = Object.fromEntries(Object.entries(column.parameters).filter(([name]) => !names.includes(name)));
    change({ ...column, parameters });
  };
  return (
    <div className="border-b border-line bg-warn-wash px-4 py-2 text-sm" role="status">
      {missing.map(({ sentence }) => (
        <p key={sentence}>
          <bdi>{sentence}</bdi>
        </p>
      ))}
      <div className="mt-1.5 flex flex-wrap gap-2">
        <Button onClick={() => open({ what: 'model', column: column.id })}>Choose another model</Button>
        {missing.some(({ what }) => what === 'media') && (
          <Button onClick={() => change({ ...column, isTextOnly: true })}>Send it text only</Button>
        )}
        {names.length > 0 && <Button onClick={without}>Send without {names.length === 1 ? names[0] : 'them'}</Button>}
        {missing.some(({ what }) => what === 'tools') && (
          <Button onClick={() => open({ what: 'room' })}>Tools of the room</Button>
        )}
      </div>
    </div>
  );
}

function Start({ model }: { readonly model: ModelListing | undefined }) {
  if (!model) return null;
  const { prompt, completion } = model.pricing as { readonly prompt?: string; readonly completion?: string };
  const takes = model.architecture.input_modalities.join(', ');
  return (
    <div className="py-6 text-sm text-soft">
      <p className="line-clamp-4">
        <bdi>{model.description}</bdi>
      </p>
      <p className="figures mt-2">
        Reads {takes}. {pricePerMillion(prompt)} in and {pricePerMillion(completion)} out per million tokens.
      </p>
    </div>
  );
}
