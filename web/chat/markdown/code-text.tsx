import { useEffect, useState } from 'react';
import type { Painted } from './paint-code.ts';

/** So long code must stay as it is before it is coloured: while it streams in, it does not. */
const SETTLED_MS = 200;

/** Code as text, which gets its colours once nothing is added to it any more. */
export function CodeText({ text, language }: { readonly text: string; readonly language: string }) {
  const [painted, setPainted] = useState<{ readonly of: string; readonly pieces: readonly Painted[] | undefined }>();
  useEffect(() => {
    if (language === '') return;
    let isWanted = true;
    const timer = setTimeout(async () => {
      // Without the colours the code is whole all the same.
      const module = await import('./paint-code.ts').catch(() => undefined);
      const pieces = await module?.paintCode(text, language);
      if (isWanted) setPainted({ of: text, pieces });
    }, SETTLED_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [text, language]);
  const pieces = painted?.of === text ? painted.pieces : undefined;
  if (!pieces) return <code>{text}</code>;
  return (
    <code data-painted>
      {pieces.map(({ text: piece, kind }, index) =>
        kind ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one code never move
          <span key={index} className={`code-${kind}`}>
            {piece}
          </span>
        ) : (
          piece
        ),
      )}
    </code>
  );
}
