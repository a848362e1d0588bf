import { memo } from 'react';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { cleanText } from '../text/clean-text.ts';
import { bytes } from '../text/numbers.ts';
import { CopyButton } from './copy-button.tsx';
import { ReplyView } from './reply-view.tsx';
import { type Column, type ContentPart, type Message, type Question, textOfParts } from './room.ts';
import type { RoomStore } from './room-store.ts';
import type { OpenDialog } from './room-view.tsx';

export interface MessageProps {
  readonly store: RoomStore;
  readonly message: Message;
  readonly column: Column;
  readonly isLast: boolean;
  /** The only column: there is room for words beside the signs. */
  readonly isWide: boolean;
  readonly open: (dialog: OpenDialog) => void;
}

/** Drawn again only when the message itself changed. */
export const MessageView = memo(function MessageView(props: MessageProps) {
  const { message } = props;
  if (message.role === 'assistant') return <ReplyView {...props} reply={message} />;
  if (message.role === 'user') return <QuestionView {...props} question={message} />;
  return (
    <div className="message ms-6 rounded-md border border-line px-3 py-2 text-sm">
      <p className="text-xs text-soft">
        Result of <bdi className="font-mono">{cleanText(message.name)}</bdi>
      </p>
      <pre className="mt-1 max-h-60 overflow-auto font-mono text-xs whitespace-pre-wrap">{cleanText(message.text)}</pre>
    </div>
  );
});

function QuestionView({ question, store }: MessageProps & { readonly question: Question }) {
  const text = textOfParts(question.parts);
  return (
    <div className="message group flex flex-row-reverse items-center gap-1">
      <div className="max-w-[88%] rounded-lg bg-raised px-3.5 py-2" dir="auto">
        <span className="sr-only">You:</span>
        <PartList parts={question.parts} />
        {text !== '' && <p className="whitespace-pre-wrap">{cleanText(text)}</p>}
      </div>
      <div className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
        <CopyButton text={text} label="Copy the question" />
        <IconButton label="Edit and ask again" onClick={() => store.edit(question.id)}>
          <Icon name="retry" />
        </IconButton>
      </div>
    </div>
  );
}

/** Pictures and files of a question: the user's own, so pictures are shown. */
export function PartList({
  parts,
  remove,
}: {
  readonly parts: readonly ContentPart[];
  readonly remove?: (index: number) => void;
}) {
  const shown = parts.map((part, index) => ({ part, index })).filter(({ part }) => part.type !== 'text' || remove);
  if (shown.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-2 py-1">
      {shown.map(({ part, index }) => (
        <li key={index} className="relative rounded-md border border-line bg-surface">
          <PartShown part={part} />
          {remove && (
            <button
              type="button"
              className="absolute -end-2 -top-2 flex size-6 items-center justify-center rounded-full border border-line-strong bg-surface"
              aria-label="Take it out"
              onClick={() => remove(index)}
            >
              <Icon name="close" className="size-3" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function PartShown({ part }: { readonly part: ContentPart }) {
  if (part.type === 'image_url') {
    return <img className="max-h-40 max-w-60 rounded-md" src={part.image_url.url} alt="Attached to the question" />;
  }
  const text =
    part.type === 'file'
      ? `${part.file.filename} · ${bytes(Math.round((part.file.file_data.length * 3) / 4))}`
      : part.type === 'input_audio'
        ? `Sound (${part.input_audio.format}) · ${bytes(Math.round((part.input_audio.data.length * 3) / 4))}`
        : `${part.text.split(':\n', 1)[0]} · ${bytes(part.text.length)}`;
  return (
    <span className="block max-w-60 truncate px-3 py-2 text-sm">
      <bdi>{cleanText(text)}</bdi>
    </span>
  );
}
