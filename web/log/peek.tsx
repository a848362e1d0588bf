import { useEffect } from 'react';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { useApi } from '../api/use-api.ts';
import { Tiles } from '../console/block.tsx';
import { tagOf, tellAttempt } from '../generation/tell-route.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { areShortcutsOn } from '../shell/shortcuts.ts';
import { moment } from '../text/dates.ts';
import { compact, dollars, duration, exactDollars, speed } from '../text/numbers.ts';

export interface PeekProps {
  readonly id: string;
  close(): void;
  /** To the one below (1) or above (-1). */
  walk(step: number): void;
}

/** Looks into one generation without leaving the log; `j` and `k` go on to the next. */
export default function Peek({ id, close, walk }: PeekProps) {
  const query = useApi<GenerationDetail>(`/api/x/generations/${encodeURIComponent(id)}`);
  useEffect(() => {
    // The page's own keys rest while a dialog is open; these are the dialog's.
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !areShortcutsOn()) return;
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (step !== 0) walk(step);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [walk]);
  return (
    <Dialog title="Generation" shape="sheet" close={close} note={<bdi className="font-mono text-xs">{id}</bdi>}>
      <div className="mb-5 flex gap-2">
        <Link className="prose-link mr-auto self-center text-sm" to={`/generations/${id}`}>
          Open its page
        </Link>
        <Button onClick={() => walk(-1)}>
          <Icon name="up" /> Newer
        </Button>
        <Button onClick={() => walk(1)}>
          <Icon name="down" /> Older
        </Button>
      </div>
      <Answered query={query} what="this generation" height="h-80">
        {(detail) => <Inside detail={detail} />}
      </Answered>
    </Dialog>
  );
}

function Inside({ detail }: { readonly detail: GenerationDetail }) {
  return (
    <>
      <p>
        <bdi className="font-medium">{detail.model ?? detail.requested_model}</bdi>
        <span className="text-soft">, {moment(detail.created_at)}</span>
      </p>
      <div className="mt-4">
        <Tiles
          tiles={[
            {
              name: 'Ended as',
              value: <span className="text-base">{detail.failure ?? detail.finish_reason ?? detail.status}</span>,
            },
            { name: 'Cost', value: dollars(detail.cost), title: exactDollars(detail.cost) },
            { name: 'Tokens', value: `${compact(detail.prompt_tokens)} → ${compact(detail.completion_tokens)}` },
            { name: 'First content', value: duration(detail.first_content_ms) },
            { name: 'Speed', value: speed(detail.tokens_per_second) },
          ]}
        />
      </div>
      <h3 className="mt-6 font-semibold">Why</h3>
      <p className="mt-1">
        <bdi>{detail.route?.why ?? 'No plan was recorded.'}</bdi>
      </p>
      <h3 className="mt-6 font-semibold">Attempts</h3>
      <ol className="mt-1 list-decimal space-y-1 pl-5 text-sm">
        {detail.attempts.map((attempt) => (
          <li key={`${attempt.endpoint} ${attempt.started_ms}`}>
            <bdi className="font-medium">{attempt.provider_name}</bdi>{' '}
            <bdi className="text-xs text-soft">{tagOf(attempt.endpoint)}</bdi>: <bdi>{tellAttempt(attempt)}</bdi>
          </li>
        ))}
      </ol>
    </>
  );
}
