import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { ProviderKeys } from '../../src/contract/provider-key.ts';
import type { SessionSummary } from '../../src/contract/session.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { ProviderKeyForm } from '../account/provider-key-form.tsx';
import { PasskeyAdding, PasswordChange } from '../account/sign-in-ways.tsx';
import { sendApi } from '../api/fetch-api.ts';
import { readStream } from '../api/read-stream.ts';
import { refresh, useApi } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import { Button, buttonLook } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { isolate } from '../text/clean-text.ts';
import type { Page } from './page.ts';

const MINI = 'trunkline/mini';
const STATS = '/api/x/stats/models?window=7d';
/** A first request may come from anywhere, and is counted a moment after its answer. */
const STATS_EVERY_MS = 3_000;

/** First run: a way to come back, a provider, a first answer. Each step says whether it is done; none blocks another. */
function Setup() {
  const session = useApi<SessionSummary>('/api/x/session');
  const keys = useApi<ProviderKeys>('/api/x/provider-keys');
  const stats = useApi<ModelStats>(STATS, { everyMs: STATS_EVERY_MS });
  const client = useQueryClient();
  const [isAnswered, setAnswered] = useState(false);
  const user = session.data?.user;
  const hasWay = user !== null && user !== undefined && (user.has_password || user.passkeys.length > 0);
  const connected = (keys.data?.keys ?? []).filter(({ connected }) => connected);
  const hasRequests = stats.data?.data.some(({ requests }) => requests > 0) ?? false;
  const again = () => void refresh(client, ['/api/x/session', '/api/x/provider-keys', '/api/v1/providers']);
  return (
    <div className="mx-auto max-w-3xl px-4 py-10">
      <h1 className="text-2xl font-semibold">Set this installation up</h1>
      <p className="mt-2 max-w-prose text-soft">
        Three steps, in any order; each can wait. The bundled model answers already, without any of them.
      </p>
      <ol className="mt-8">
        <Step
          number={1}
          title="A way to sign in again"
          isDone={hasWay}
          note="The link that brought you here works once. Set one of these."
        >
          <div className="grid gap-8 sm:grid-cols-2">
            <PasswordChange hasPassword={user?.has_password ?? false} onDone={again} />
            <PasskeyAdding onDone={again} />
          </div>
        </Step>
        <Step
          number={2}
          title="A provider"
          isDone={connected.length > 0}
          note="A key of a provider you have an account with, tested with a real call. Engines on this machine (Ollama, llama-server, vLLM, SGLang, LM Studio) are found by themselves."
        >
          {connected.length > 0 && (
            <p className="mb-4">
              Connected: {connected.map(({ provider_name }) => isolate(provider_name)).join(', ')}.
            </p>
          )}
          <ProviderKeyForm onDone={again} />
        </Step>
        <Step
          number={3}
          title="A first request"
          isDone={isAnswered || hasRequests}
          note="Sent through the public API as any caller’s would be; it shows up in the log."
        >
          <FirstRequest onAnswer={() => setAnswered(true)} />
        </Step>
      </ol>
      <p className="mt-8 flex flex-wrap gap-3">
        <Link className={`${buttonLook('main')} no-underline`} to="/keys">
          Make an API key
        </Link>
        <Link className={`${buttonLook()} no-underline`} to="/chat">
          Open the chat
        </Link>
        <Link className={`${buttonLook()} no-underline`} to="/admin/users">
          Invite somebody
        </Link>
      </p>
    </div>
  );
}

function Step(props: {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly note: string;
  readonly children: ReactNode;
}) {
  const { number, title, isDone, note, children } = props;
  return (
    <li className="grid grid-cols-[2.25rem_1fr] gap-x-3 border-t border-line py-6">
      <span
        className={`flex size-7 items-center justify-center rounded-full border text-sm ${isDone ? 'border-good text-good' : 'border-line-strong'}`}
      >
        {isDone ? <Icon name="check" /> : number}
      </span>
      <div className="min-w-0">
        <h2 className="text-lg font-semibold">
          {title}
          <span className="sr-only">{isDone ? ' (done)' : ' (open)'}</span>
        </h2>
        <p className="mt-0.5 mb-4 max-w-prose text-sm text-soft">{note}</p>
        {children}
      </div>
    </li>
  );
}

/** One question to the bundled model, streamed. Whole only when the stream's own end came. */
function FirstRequest({ onAnswer }: { readonly onAnswer: () => void }) {
  const { address } = useBoot();
  const [text, setText] = useState('');
  const ask = useMutation({
    mutationFn: async () => {
      setText('');
      const response = await sendApi('/api/v1/chat/completions', {
        method: 'POST',
        body: { model: MINI, stream: true, messages: [{ role: 'user', content: 'How do I make an API key?' }] },
        headers: { 'x-title': 'Trunkline Setup' },
      });
      if (!response.ok) throw new Error(`The gateway answered with status ${response.status}.`);
      await followStream(response, (piece) => setText((before) => before + piece));
      return response.headers.get('x-generation-id');
    },
    onSuccess: onAnswer,
  });
  return (
    <>
      <pre className="whitespace-pre-wrap rounded-md border border-line bg-surface px-3 py-2 text-sm">
        {`POST ${address}/api/v1/chat/completions\n{"model": "${MINI}", "stream": true,\n "messages": [{"role": "user", "content": "How do I make an API key?"}]}`}
      </pre>
      <Button kind="main" className="mt-3" disabled={ask.isPending} onClick={() => ask.mutate()}>
        Send it
      </Button>
      <div aria-live="polite" className="mt-3">
        {text !== '' && <blockquote className="border-l-2 border-accent pl-3">{text}</blockquote>}
        {ask.error && <p className="text-sm text-bad">{ask.error.message}</p>}
        {ask.isSuccess && ask.data && (
          <p className="mt-3 text-sm">
            <Link className="prose-link" to={`/generations/${ask.data}`}>
              See how it was routed and what it cost
            </Link>
          </p>
        )}
      </div>
    </>
  );
}

async function followStream(response: Response, onText: (text: string) => void): Promise<void> {
  let problem: string | undefined;
  const isWhole = await readStream(response, {
    onFrame: (sent) => {
      const frame = sent as { choices?: { delta?: { content?: string } }[]; error?: { message?: string } } | undefined;
      problem ??= frame?.error?.message;
      onText(frame?.choices?.[0]?.delta?.content ?? '');
    },
  });
  if (!isWhole) throw new Error(problem ?? 'The answer broke off before its end.');
}

const page: Page = {
  title: () => 'Setup',
  needs: 'admin',
  Component: Setup,
};
export default page;
