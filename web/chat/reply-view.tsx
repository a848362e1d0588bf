import { useState } from 'react';
import { useBoot } from '../boot-context.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link, OutsideLink } from '../parts/link.tsx';
import { cleanText, isolate } from '../text/clean-text.ts';
import { type Answer, isRunning } from './answer.ts';
import { Markdown } from './markdown/markdown.tsx';
import { readAddress } from './markdown/safe-address.ts';
import type { MessageProps } from './message-view.tsx';
import { pasteKey } from './pasted-key.ts';
import { ReplyFoot } from './reply-foot.tsx';
import { answerOf, type Reply } from './room.ts';
import { SchemaCheck } from './schema-check.tsx';
import { ToolCalls } from './tool-calls.tsx';
import { useRoom } from './use-room.ts';

export interface ReplyProps extends MessageProps {
  readonly reply: Reply;
}

/** What a model said: its thoughts folded, its text, what it asks of tools, how it ended, and what it took. */
export function ReplyView(props: ReplyProps) {
  const { reply, isLast } = props;
  const answer = answerOf(reply);
  const { text, refusal, state } = answer;
  const isWhole = !isRunning(answer);
  return (
    <article className="message group" aria-label={`Answer of ${isolate(cleanText(answer.model ?? answer.asked))}`}>
      <Thoughts answer={answer} />
      {state === 'waiting' && <Waiting />}
      {text !== '' && <Markdown text={text} isWhole={isWhole} />}
      {refusal !== '' && <p className="whitespace-pre-wrap text-warn">{cleanText(refusal)}</p>}
      {answer.images.map((url) => (
        <img
          key={url}
          className="my-2 max-h-96 max-w-full rounded-md border border-line"
          src={url}
          alt="Made by the model"
        />
      ))}
      <ToolCalls {...props} answer={answer} isOpen={isLast && state === 'done'} />
      <Sources answer={answer} />
      {state === 'done' && text !== '' && <SchemaChecked {...props} text={text} />}
      <Ending {...props} answer={answer} />
      <ReplyFoot {...props} answer={answer} />
    </article>
  );
}

function Waiting() {
  return (
    <p className="waiting text-sm text-soft">
      Waiting for the first word<span aria-hidden="true">…</span>
    </p>
  );
}

function Thoughts({ answer }: { readonly answer: Answer }) {
  if (answer.reasoning === '') return null;
  const isThinking = answer.text === '' && isRunning(answer);
  return (
    <details className="mb-2 rounded-md border border-line px-3 py-1.5 text-sm">
      <summary className="text-soft">
        {isThinking ? 'Thinking' : 'Thoughts'} · {answer.reasoning.length.toLocaleString('en')} characters
      </summary>
      <p className="mt-1.5 whitespace-pre-wrap text-soft" dir="auto">
        {cleanText(answer.reasoning)}
      </p>
    </details>
  );
}

/** Pages that the answer leans on; their addresses came over the network. */
function Sources({ answer }: { readonly answer: Answer }) {
  if (answer.sources.length === 0) return null;
  return (
    <ol className="mt-2 list-decimal ps-6 text-sm" aria-label="Sources">
      {answer.sources.map(({ url, title }, index) => {
        const address = readAddress(url);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: sources only come to the end
          <li key={index}>
            {address ? (
              <OutsideLink href={address.href}>
                <bdi>{cleanText(title || address.host)}</bdi>
              </OutsideLink>
            ) : (
              <bdi>{cleanText(title)}</bdi>
            )}{' '}
            <span className="text-soft">{address ? address.host : 'without an address that may be opened'}</span>
          </li>
        );
      })}
    </ol>
  );
}

function SchemaChecked({ store, text }: ReplyProps & { readonly text: string }) {
  const { schema } = useRoom(store).options;
  return schema ? <SchemaCheck schema={schema} text={text} /> : null;
}

const CUT_SHORT: Readonly<Record<string, string>> = {
  length: 'It ends at the limit of its length (max_tokens), not because it was done.',
  content_filter: 'A filter of the provider ended it.',
};

/** A part never looks like the whole: everything but the stream's own end is named, with what one can do. */
function Ending({ answer, reply, store }: ReplyProps & { readonly answer: Answer }) {
  const { state, error, finish, text } = answer;
  if (state === 'done') {
    const cut = finish === undefined ? undefined : CUT_SHORT[finish];
    return cut ? <p className="mt-2 text-sm text-warn">{cut}</p> : null;
  }
  if (state !== 'stopped' && state !== 'broken') return null;
  return (
    <div
      className={`mt-2 rounded-md border px-3 py-2 text-sm ${state === 'broken' ? 'border-bad bg-bad-wash' : 'border-line-strong'}`}
      role={state === 'broken' ? 'alert' : undefined}
    >
      {state === 'stopped' ? (
        <p>Stopped by you{text === '' ? '' : ': this is only a part of the answer'}.</p>
      ) : (
        <Broken answer={answer} />
      )}
      <div className="mt-2 flex flex-wrap gap-2">
        {text !== '' && (
          <Button onClick={() => store.resume(reply.id)} title="Asks the model to go on from these words">
            Resume
          </Button>
        )}
        <Button onClick={() => store.retry(reply.id)}>
          <Icon name="retry" /> Retry
        </Button>
      </div>
      {error?.status === 401 && <KeyAsked retry={() => store.retryRefused()} />}
    </div>
  );
}

const HEADS: Readonly<Record<string, string>> = {
  payment_required: 'A limit of spending is reached',
  rate_limit_exceeded: 'Too many requests for now',
  authentication: 'Nobody is signed in here',
  context_length_exceeded: 'The conversation is longer than this model reads',
  not_found: 'Nobody can answer',
  cut_off: 'The stream broke off',
  unreachable: 'No answer came',
  timeout: 'It took too long',
  content_policy_violation: 'The provider refused it',
};

function Broken({ answer }: { readonly answer: Answer }) {
  const { error } = answer;
  if (!error) return <p>It broke off.</p>;
  return (
    <>
      <p className="font-medium">
        {HEADS[error.code] ?? 'It failed'}
        {error.status > 0 && <span className="figures text-soft"> · {error.status}</span>}
      </p>
      <p className="mt-0.5">
        <bdi>{cleanText(error.message.slice(0, 2_000))}</bdi>
      </p>
      {error.raw && (
        <p className="mt-1 max-h-40 overflow-y-auto font-mono text-xs whitespace-pre-wrap">
          <bdi>{cleanText(error.raw.slice(0, 2_000))}</bdi>
        </p>
      )}
      {error.retryAfterSeconds !== undefined && (
        <p className="mt-1 text-soft">Again in {Math.ceil(error.retryAfterSeconds)} s.</p>
      )}
      {error.code === 'payment_required' && (
        <p className="mt-1">
          <Link className="prose-link" to="/billing">
            Credits and budgets
          </Link>
        </p>
      )}
      {error.requestId && <p className="mt-1 text-xs text-soft">Request {error.requestId}</p>}
    </>
  );
}

/** Without a session a key may be pasted: kept in the memory of this tab, nowhere else. */
function KeyAsked({ retry }: { readonly retry: () => void }) {
  const { session } = useBoot();
  const [key, setKey] = useState('');
  return (
    <form
      className="mt-3 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        pasteKey(key.trim());
        retry();
      }}
    >
      <p>
        {session.signed_in ? (
          'Your session was not taken for this request: paste an API key.'
        ) : (
          <>
            <Link className="prose-link" to={`/login?next=${encodeURIComponent('/chat')}`}>
              Sign in
            </Link>
            , or paste an API key.
          </>
        )}{' '}
        It stays in the memory of this tab and is gone when the tab is.
      </p>
      <div className="flex gap-2">
        <input
          className="min-h-8 min-w-0 flex-1 rounded-md border border-line-strong bg-ground px-2 font-mono text-sm"
          type="password"
          autoComplete="off"
          spellCheck={false}
          aria-label="API key"
          placeholder="sk-…"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <Button kind="main" type="submit" disabled={key.trim() === ''}>
          Use it
        </Button>
      </div>
    </form>
  );
}
