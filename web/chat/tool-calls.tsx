import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { cleanText } from '../text/clean-text.ts';
import type { Answer } from './answer.ts';
import type { ReplyProps } from './reply-view.tsx';

/** What the model asks of tools. Nothing is run: whoever sits here writes what each call gave. */
export function ToolCalls({
  answer,
  reply,
  store,
  isOpen,
}: ReplyProps & { readonly answer: Answer; readonly isOpen: boolean }) {
  const [results, setResults] = useState<ReadonlyMap<string, string>>(new Map());
  if (answer.calls.length === 0) return null;
  const write = (id: string, text: string) => setResults(new Map([...results, [id, text]]));
  return (
    <div className="mt-2 flex flex-col gap-2">
      {answer.calls.map(({ id, name, argumentsJson }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls keep their place, ids come late
        <div key={index} className="rounded-md border border-line-strong px-3 py-2">
          <p className="text-sm">
            Calls <bdi className="font-mono font-medium">{cleanText(name) || '…'}</bdi>
          </p>
          <pre className="mt-1 max-h-60 overflow-auto font-mono text-xs whitespace-pre-wrap" dir="ltr">
            {cleanText(pretty(argumentsJson))}
          </pre>
          {isOpen && (
            <label className="mt-2 block text-xs text-soft">
              What it gave
              <textarea
                className="mt-1 block min-h-16 w-full rounded-md border border-line-strong bg-ground px-2 py-1 font-mono text-xs text-ink"
                value={results.get(id) ?? ''}
                onChange={(event) => write(id, event.target.value)}
              />
            </label>
          )}
        </div>
      ))}
      {isOpen && (
        <Button kind="main" className="self-start" onClick={() => store.answerTools(reply.id, results)}>
          Send {answer.calls.length === 1 ? 'the result' : 'the results'}
        </Button>
      )}
    </div>
  );
}

/** With line breaks once it is whole; as it comes before that. */
export function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
