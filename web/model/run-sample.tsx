import { useEffect, useState } from 'react';
import { ApiError, errorOf, readJson, sendApi } from '../api/fetch-api.ts';
import { readStream } from '../api/read-stream.ts';
import { useBoot, useRole } from '../boot-context.tsx';
import { Link } from '../parts/link.tsx';
import { duration } from '../text/numbers.ts';

interface Run {
  readonly text: string;
  readonly note: string;
  readonly failure?: string;
  readonly isOver: boolean;
}

/** Makes the call of the sample, with the session in place of a key, once when it is drawn. */
export default function RunSample({ body }: { readonly body: Readonly<Record<string, unknown>> }) {
  const mayCall = useRole('member');
  const { session } = useBoot();
  const [run, setRun] = useState<Run>({ text: '', note: 'Asking…', isOver: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: one call per drawing, whatever is changed above meanwhile
  useEffect(() => {
    if (!mayCall) return undefined;
    const stop = new AbortController();
    void callSample(body, stop.signal, (change) => setRun((last) => ({ ...last, ...change })));
    return () => stop.abort();
  }, []);
  if (!mayCall) {
    return (
      <p className="mt-3 rounded-md bg-warn-wash px-4 py-2 text-sm">
        {session.signed_in ? (
          'Your role may look, not call: a member, an admin or the owner can run this.'
        ) : (
          <>
            It runs with your session, so that it needs no key:{' '}
            <Link to="/login" className="prose-link">
              sign in
            </Link>
            .
          </>
        )}
      </p>
    );
  }
  return (
    <div className="mt-3 rounded-md border border-line-strong p-4 text-sm">
      {run.failure ? (
        <p className="text-bad" role="alert">
          {run.failure}
        </p>
      ) : (
        <output className="block min-h-12 whitespace-pre-wrap" aria-live="off">
          <bdi>{run.text}</bdi>
        </output>
      )}
      <p className="mt-2 text-xs text-soft" role="status">
        {run.isOver ? run.note : 'Asking…'}
      </p>
    </div>
  );
}

type Tell = (change: Partial<Run>) => void;

async function callSample(body: Readonly<Record<string, unknown>>, signal: AbortSignal, tell: Tell): Promise<void> {
  const startedMs = performance.now();
  try {
    const response = await sendApi('/api/v1/chat/completions', { method: 'POST', body, signal });
    if (!response.ok) throw errorOf(response, readJson(await response.text()));
    const answer = body.stream ? await followStream(response, tell) : answerOf(readJson(await response.text()));
    const by = answer.provider ? ` by ${answer.provider}` : '';
    const took = duration(performance.now() - startedMs);
    tell({ text: answer.text, isOver: true, note: `Answered${by} in ${took}.${answer.id ? ` ${answer.id}` : ''}` });
  } catch (error) {
    if (signal.aborted) return;
    tell({
      isOver: true,
      note: '',
      failure: error instanceof ApiError ? error.message.slice(0, 500) : 'The answer broke off.',
    });
  }
}

interface Answer {
  readonly text: string;
  readonly id: string | undefined;
  readonly provider: string | undefined;
}

/** Only what is shown; the rest of an answer is no matter here. */
interface Frame {
  readonly id?: string;
  readonly provider?: string;
  readonly error?: { readonly message?: string };
  readonly choices?: readonly { readonly delta?: Said; readonly message?: Said }[];
}

interface Said {
  readonly content?: string | null;
  readonly tool_calls?: readonly { readonly function?: { readonly name?: string; readonly arguments?: string } }[];
}

async function followStream(response: Response, tell: Tell): Promise<Answer> {
  let answer: Answer = { text: '', id: undefined, provider: undefined };
  const isWhole = await readStream(response, {
    onFrame: (sent) => {
      const frame = sent as Frame | undefined;
      if (!frame) return;
      if (frame.error) throw new ApiError(502, 'stream', frame.error.message ?? 'The answer broke off.');
      answer = {
        text: answer.text + saidIn(frame.choices?.[0]?.delta),
        id: frame.id ?? answer.id,
        provider: frame.provider ?? answer.provider,
      };
    },
    onPiece: () => tell({ text: answer.text }),
  });
  if (!isWhole) throw new ApiError(502, 'cut_off', 'The answer broke off before its end.');
  return answer;
}

function answerOf(body: unknown): Answer {
  const frame = body as Frame;
  return { text: saidIn(frame.choices?.[0]?.message), id: frame.id, provider: frame.provider };
}

function saidIn(said: Said | undefined): string {
  const calls = (said?.tool_calls ?? []).map(({ function: call }) => `${call?.name ?? ''}${call?.arguments ?? ''}`);
  return `${said?.content ?? ''}${calls.join('')}`;
}
