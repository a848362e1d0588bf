import { useState } from 'react';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { ApiError, fetchApi } from '../api/fetch-api.ts';
import { useRole } from '../boot-context.tsx';
import { Block } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { curlOf, replayBody } from './replay-request.ts';
import { tagOf } from './tell-route.ts';

interface StoredContent {
  readonly data: { readonly input?: { readonly messages?: unknown } };
}

type State =
  | { readonly step: 'ready' | 'running' | 'not-stored' | 'not-chat' }
  | { readonly step: 'done'; readonly id: string }
  | { readonly step: 'failed'; readonly message: string };

export interface ReplayProps {
  readonly detail: GenerationDetail;
  /** Undefined: wherever routing would send it now. */
  readonly endpoint: string | undefined;
  readonly address: string;
  choose(endpoint: string | undefined): void;
}

/** Sends the request again, if its text is kept; else says so, and gives the command into which the text is to be put. */
export function Replay({ detail, endpoint, address, choose }: ReplayProps) {
  const [state, setState] = useState<State>({ step: 'ready' });
  const mayRun = useRole('member');
  const where = endpoint === undefined ? 'wherever it is routed now' : `on ${tagOf(endpoint)}`;
  const run = async () => {
    setState({ step: 'running' });
    setState(await replayStored(detail, endpoint));
  };
  const template = replayBody(detail, endpoint, [{ role: 'user', content: '…' }]);
  return (
    <Block title="Replay" note={`Sends the same request again, ${where}. It costs what it costs.`}>
      <div className="flex flex-wrap items-center gap-2">
        <Button kind="main" disabled={!mayRun || state.step === 'running'} onClick={() => void run()}>
          {state.step === 'running' ? 'Running…' : 'Replay now'}
        </Button>
        <CopyButton text={curlOf(address, '/api/v1/chat/completions', template)} label="Copy as curl" />
        {endpoint !== undefined && (
          <Button kind="quiet" onClick={() => choose(undefined)}>
            Let it be routed
          </Button>
        )}
        {!mayRun && <p className="text-sm text-soft">Sending requests needs the role member.</p>}
      </div>
      <div className="mt-3 text-sm" role="status">
        {state.step === 'not-stored' && <NotStored />}
        {state.step === 'not-chat' && (
          <p className="max-w-prose text-soft">
            Only requests in the format of chat completions, with their whole text, can be sent again from here.
          </p>
        )}
        {state.step === 'failed' && <p className="text-bad">{state.message}</p>}
        {state.step === 'done' && (
          <p>
            Answered.{' '}
            <Link className="prose-link" to={`/generations/${state.id}`}>
              See how it went
            </Link>
          </p>
        )}
      </div>
    </Block>
  );
}

function NotStored() {
  return (
    <p className="max-w-prose rounded-md bg-raised px-4 py-3">
      The text of this request is not kept, or not yours to read, so it cannot be sent again from here. Unless an
      administrator has texts stored, Trunkline keeps what a request was like (its tokens, parameters and preferences),
      never what it said. “Copy as curl” gives the same request with a place for your text.
    </p>
  );
}

async function replayStored(detail: GenerationDetail, endpoint: string | undefined): Promise<State> {
  const { stored, may_read } = detail.content;
  if (!stored || !may_read) return { step: 'not-stored' };
  if (detail.wire_format !== 'openai-chat') return { step: 'not-chat' };
  let messages: unknown;
  try {
    const path = `/api/v1/generation/content?id=${encodeURIComponent(detail.id)}`;
    messages = (await fetchApi<StoredContent>(path, { isVerbatim: true })).data.input?.messages;
  } catch (error) {
    if (error instanceof ApiError && error.status !== 0 && error.status < 500) return { step: 'not-stored' };
    return { step: 'failed', message: error instanceof Error ? error.message : 'It failed' };
  }
  if (!Array.isArray(messages)) return { step: 'not-chat' };
  try {
    const body = { ...replayBody(detail, endpoint, messages), stream: false };
    const answer = await fetchApi<{ readonly id: string }>('/api/v1/chat/completions', { method: 'POST', body });
    return { step: 'done', id: answer.id };
  } catch (error) {
    return { step: 'failed', message: error instanceof Error ? error.message : 'It failed' };
  }
}
