import { useBoot } from '../boot-context.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { cleanText } from '../text/clean-text.ts';
import { asCurl, buildRequest } from './build-request.ts';
import { CopyButton } from './copy-button.tsx';
import { answerOf } from './room.ts';
import type { RoomStore } from './room-store.ts';

/** Pictures make it long: all is copied, the beginning is shown. */
const SHOWN_MAX = 20_000;

/** The request behind an answer, as anybody could send it. With the column's settings as they are now. */
export default function CurlDialog({
  store,
  reply: id,
  close,
}: {
  readonly store: RoomStore;
  readonly reply: string;
  readonly close: () => void;
}) {
  const { address } = useBoot();
  const text = writeCurl(store, id, address);
  return (
    <Dialog title="The request as curl" close={close} shape="wide" note="The key is read from $TRUNKLINE_API_KEY">
      <div className="flex justify-end">
        <CopyButton text={text} label="Copy the command" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre className="overflow-x-auto rounded-md bg-raised p-3 font-mono text-xs" dir="ltr" tabIndex={0}>
        {cleanText(text.slice(0, SHOWN_MAX))}
        {text.length > SHOWN_MAX && `\n… and ${text.length - SHOWN_MAX} more characters, which the copy has`}
      </pre>
    </Dialog>
  );
}

function writeCurl(store: RoomStore, id: string, address: string): string {
  const room = store.room();
  const reply = room.messages.find((message) => message.id === id);
  if (reply?.role !== 'assistant') return '';
  const column = room.columns.find((one) => one.id === reply.column);
  const { asked, pinned } = answerOf(reply);
  if (!column) return 'The model of this answer was removed from the room.';
  try {
    const asAsked = { ...column, model: asked };
    return asCurl(address, buildRequest(room, { column: asAsked, until: id, ...(pinned && { provider: pinned }) }));
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}
