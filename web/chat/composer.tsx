import { memo, type RefObject, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ModelListing } from '../../src/contract/model.ts';
import { Button, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { compact, dollars, exact } from '../text/numbers.ts';
import { findAddressed, withoutAddress } from './address-question.ts';
import { estimateRoom } from './estimate.ts';
import { PartList } from './message-view.tsx';
import { findModel } from './needs.ts';
import { pasteKey } from './pasted-key.ts';
import { readAttachment } from './read-attachment.ts';
import { type Column, type ContentPart, isBusy, textOfParts } from './room.ts';
import type { RoomStore } from './room-store.ts';
import { usePastedKey } from './use-room.ts';

export interface ComposerProps {
  readonly store: RoomStore;
  readonly models: readonly ModelListing[] | undefined;
  readonly openOptions: () => void;
}

/** The field below the columns: text, pictures and files, to all models or to one. */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { store, models, openOptions } = props;
  const isAnswering = useSyncExternalStore(store.listen, () => isBusy(store.room()));
  const columns = useSyncExternalStore(store.listen, () => store.room().columns);
  const draft = useDraft(store);
  const { text, setText, parts, setParts, problem, attach, field } = draft;
  const [to, setTo] = useState('');
  const addressed = findAddressed(text, columns, to);
  const all: readonly ContentPart[] = [...parts, ...(text.trim() === '' ? [] : [{ type: 'text' as const, text }])];
  const canSend = all.length > 0 && columns.length > 0 && !isAnswering;
  const send = () => {
    if (!canSend) return;
    const own = withoutAddress(text, columns);
    store.ask(
      [...parts, ...(own.trim() === '' ? [] : [{ type: 'text' as const, text: own }])],
      addressed.map(({ id }) => id),
    );
    setText('');
    setParts([]);
  };
  useStopKey(store);
  const isEditing = useSyncExternalStore(store.listen, store.isEditing);
  const putBack = () => {
    store.putBack();
    setText('');
    setParts([]);
  };
  return (
    <form
      className="border-t border-line bg-surface px-3 py-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void attach([...event.dataTransfer.files]);
      }}
    >
      <div className="mx-auto flex max-w-5xl flex-col gap-1.5">
        <PartList parts={parts} remove={(index) => setParts(parts.filter((_, place) => place !== index))} />
        {problem && (
          <p className="text-sm text-bad" role="alert">
            {problem}
          </p>
        )}
        {isEditing && (
          <p className="flex flex-wrap items-center gap-x-3 text-sm text-soft">
            The question and what followed it are kept until you send.
            <Button kind="quiet" className="text-xs" onClick={putBack} title="Esc">
              Put them back
            </Button>
          </p>
        )}
        <div className="flex items-end gap-2">
          <QuestionField {...{ draft, send, store, field, putBack }} />
          {isAnswering ? (
            <Button kind="main" onClick={() => store.stop()} title="Esc">
              <Icon name="stop" /> Stop
            </Button>
          ) : (
            <Button kind="main" type="submit" disabled={!canSend} title="Enter">
              <Icon name="send" /> Send
            </Button>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-soft">
          <FileButton attach={attach} />
          <OptionsButton store={store} openOptions={openOptions} />
          {columns.length > 1 && <AddressChoice columns={columns} to={to} setTo={setTo} />}
          <PastedKey />
          <EstimateShown {...props} parts={all} columns={addressed} models={models} />
        </div>
      </div>
    </form>
  );
});

/** What is being written. A question that is taken back to be edited lands here. */
function useDraft(store: RoomStore) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  const [parts, setParts] = useState<readonly ContentPart[]>([]);
  const [problem, setProblem] = useState<string>();
  const taken = useSyncExternalStore(store.listen, store.draft);
  useEffect(() => {
    if (!taken) return;
    setText(textOfParts(taken.parts));
    setParts(taken.parts.filter(({ type }) => type !== 'text'));
    field.current?.focus();
  }, [taken]);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const attach = async (files: readonly File[]) => {
    setProblem(undefined);
    for (const file of files) {
      try {
        const part = await readAttachment(file);
        setParts((before) => [...before, part]);
      } catch (error) {
        setProblem(error instanceof Error ? error.message : 'The file could not be read');
      }
    }
  };
  return { text, setText, parts, setParts, problem, attach, field };
}

const LINES_MAX_PX = 240;

function QuestionField({
  draft,
  send,
  store,
  field,
  putBack,
}: {
  readonly draft: ReturnType<typeof useDraft>;
  readonly send: () => void;
  readonly store: RoomStore;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly putBack: () => void;
}) {
  const { text, setText, parts, attach } = draft;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight + 2, LINES_MAX_PX)}px`;
  }, [text, field]);
  return (
    <textarea
      ref={field}
      id="question"
      className="min-h-10 w-full resize-none rounded-md border border-line-strong bg-ground px-3 py-2"
      rows={1}
      dir="auto"
      aria-label="Question"
      placeholder="Ask, paste a picture, or drop a file"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onPaste={(event) => {
        const files = [...event.clipboardData.files];
        if (files.length === 0) return;
        event.preventDefault();
        void attach(files);
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
          event.preventDefault();
          send();
        } else if (event.key === 'Escape' && store.isEditing()) {
          event.preventDefault();
          putBack();
        } else if (event.key === 'ArrowUp' && text === '' && parts.length === 0) {
          event.preventDefault();
          store.editLast();
        }
      }}
    />
  );
}

function FileButton({ attach }: { readonly attach: (files: readonly File[]) => Promise<void> }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        hidden
        type="file"
        multiple
        onChange={(event) => {
          void attach([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      <IconButton label="Attach pictures, PDFs, sound or text" onClick={() => input.current?.click()}>
        <Icon name="image" />
      </IconButton>
    </>
  );
}

function OptionsButton({ store, openOptions }: { readonly store: RoomStore; readonly openOptions: () => void }) {
  const { tools, schema, hasWeb } = useSyncExternalStore(store.listen, () => store.room().options);
  const on = [tools && 'tools', schema && 'schema', hasWeb && 'web search'].filter(Boolean);
  return (
    <Button kind="quiet" className="text-xs" onClick={openOptions} title="Tools, structured output, web search">
      <Icon name="filter" /> {on.length === 0 ? 'Tools and output' : on.join(', ')}
    </Button>
  );
}

function AddressChoice({
  columns,
  to,
  setTo,
}: {
  readonly columns: readonly Column[];
  readonly to: string;
  readonly setTo: (id: string) => void;
}) {
  return (
    <label className="flex items-center gap-1">
      To
      <select
        className="min-h-8 max-w-52 rounded-md border border-line bg-surface px-1 text-xs text-ink"
        title="Or begin with @ and a model"
        value={columns.some(({ id }) => id === to) ? to : ''}
        onChange={(event) => setTo(event.target.value)}
      >
        <option value="">all {columns.length} models</option>
        {columns.map(({ id, model }, index) => (
          <option key={id} value={id}>
            {index + 1} · {model}
          </option>
        ))}
      </select>
    </label>
  );
}

function EstimateShown({
  store,
  parts,
  columns,
  models,
}: ComposerProps & { readonly parts: readonly ContentPart[]; readonly columns: readonly Column[] }) {
  if (parts.length === 0 || columns.length === 0) return null;
  const priceOf = (slug: string) => {
    const { prompt } = (models && findModel(models, slug)?.pricing) ?? {};
    return typeof prompt === 'string' && !prompt.startsWith('-') ? prompt : undefined;
  };
  const { tokens, cost } = estimateRoom(store.room(), columns, parts, priceOf);
  return (
    <span
      className="figures ms-auto"
      title={`About ${exact(tokens)} tokens to read, from lengths; the answer comes on top`}
    >
      estimate: {compact(tokens)} tokens in{cost === undefined ? '' : `, ${dollars(cost)}`}
    </span>
  );
}

function PastedKey() {
  const key = usePastedKey();
  if (key === undefined) return null;
  return (
    <Button
      kind="quiet"
      className="text-xs"
      onClick={() => pasteKey(undefined)}
      title="It is in the memory of this tab only"
    >
      Uses a pasted key · forget it
    </Button>
  );
}

/** Esc stops, unless it closes something. */
function useStopKey(store: RoomStore): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      if ((event.target as HTMLElement | null)?.closest?.('[role="dialog"]')) return;
      store.stop();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [store]);
}
