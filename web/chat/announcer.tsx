import { useEffect, useState } from 'react';
import { answerOf } from './room.ts';
import type { RoomStore } from './room-store.ts';

/** Sentences are read out at most this often. */
const EVERY_MS = 2_000;
const SPOKEN_MAX = 600;

/** For screen readers: whole sentences of the newest answer, not tokens; and how it ended. */
export function Announcer({ store }: { readonly store: RoomStore }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    let from = 0;
    let of: string | undefined;
    let wasRunning = false;
    const timer = setInterval(() => {
      const reply = store.room().messages.findLast(({ role }) => role === 'assistant');
      if (reply?.role !== 'assistant') return;
      const { text, state, error } = answerOf(reply);
      const isRunning = state === 'waiting' || state === 'streaming';
      if (reply.id !== of) {
        of = reply.id;
        from = isRunning ? 0 : text.length;
      }
      const end = isRunning ? lastSentence(text) : text.length;
      if (end > from) {
        setSaid(text.slice(from, end).slice(0, SPOKEN_MAX));
        from = end;
      } else if (wasRunning && !isRunning) {
        setSaid(
          state === 'broken'
            ? `The answer broke off: ${error?.message ?? ''}`
            : state === 'stopped'
              ? 'Stopped'
              : 'Answered',
        );
      }
      wasRunning = isRunning;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [store]);
  return (
    <div className="sr-only" role="log" aria-live="polite" aria-label="Newest answer">
      {said}
    </div>
  );
}

/** Where the last whole sentence or line ends. */
function lastSentence(text: string): number {
  const end = /^[\s\S]*(?:[.!?…:;]["'”)]?(?=\s)|\n)/.exec(text);
  return end ? end[0].length : 0;
}
