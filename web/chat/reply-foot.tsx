import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import type { ModelEndpoints } from '../../src/contract/model.ts';
import { withBase } from '../api/fetch-api.ts';
import { useApi } from '../api/use-api.ts';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { cleanText } from '../text/clean-text.ts';
import { compact, dollars, duration, exact, percent, speed } from '../text/numbers.ts';
import { type Answer, isRunning } from './answer.ts';
import { CopyButton } from './copy-button.tsx';
import { openRoom } from './open-rooms.ts';
import type { ReplyProps } from './reply-view.tsx';
import { branchRoom } from './room.ts';

type FootProps = ReplyProps & { readonly answer: Answer };

/** Who answered, what it took, and what can be done with it. */
export function ReplyFoot(props: FootProps) {
  const { answer, reply } = props;
  if (isRunning(answer)) return <Badges answer={answer} />;
  return (
    <footer className="mt-1.5">
      <Badges answer={answer} />
      <div className="-ms-2 flex flex-wrap items-center">
        <Tries {...props} />
        <CopyButton text={answer.text} label="Copy the answer" />
        <IconButton label="Retry" onClick={() => props.store.retry(reply.id)}>
          <Icon name="retry" />
        </IconButton>
        <OtherProvider {...props} />
        <Branch {...props} />
        {answer.generation && <Why {...props} generation={answer.generation} />}
        <IconButton label="The request as curl" onClick={() => props.open({ what: 'curl', reply: reply.id })}>
          <span className="font-mono text-xs">curl</span>
        </IconButton>
      </div>
    </footer>
  );
}

function Badges({ answer }: { readonly answer: Answer }) {
  const { usage, firstContentMs, totalMs, model, asked, provider } = answer;
  const parts: readonly (readonly [string, string] | undefined)[] = [
    usage && [
      `${compact(usage.prompt)} + ${compact(usage.completion)} tokens`,
      `${exact(usage.prompt)} read, ${exact(usage.completion)} written${usage.reasoning > 0 ? `, ${exact(usage.reasoning)} of them thoughts` : ''}${usage.provenance ? ` (${usage.provenance})` : ''}`,
    ],
    usage && usage.cost !== '' ? [dollars(usage.cost), `Exactly $${usage.cost}`] : undefined,
    firstContentMs === undefined
      ? undefined
      : [`first ${duration(firstContentMs)}`, 'Time to the first content, as this page saw it'],
    rateOf(answer, totalMs),
    usage && usage.cached > 0 && usage.prompt > 0
      ? [
          `${percent(usage.cached / usage.prompt, 0)} cached`,
          `${exact(usage.cached)} tokens read from the provider’s cache`,
        ]
      : undefined,
  ];
  return (
    <p className="figures flex flex-wrap items-center gap-x-2.5 gap-y-0.5 text-xs text-soft">
      <bdi className="max-w-56 truncate" title={cleanText(model ?? asked)}>
        {cleanText(model ?? asked)}
      </bdi>
      {provider && (
        <bdi className="max-w-40 truncate rounded-sm bg-raised px-1.5 text-ink" title="Provider that answered">
          {cleanText(provider)}
        </bdi>
      )}
      {parts.map(
        (part) =>
          part && (
            <span key={part[1]} title={part[1]}>
              {part[0]}
            </span>
          ),
      )}
    </p>
  );
}

/** Tokens that came after the first one, over the time they took. */
function rateOf({ usage, firstContentMs }: Answer, totalMs: number | undefined): readonly [string, string] | undefined {
  if (!usage || totalMs === undefined || firstContentMs === undefined || usage.completion < 2) return undefined;
  const ms = totalMs - firstContentMs;
  if (ms < 20) return undefined;
  return [speed(((usage.completion - 1) * 1000) / ms), 'Written tokens over the time from the first to the last'];
}

function Tries({ reply, store }: FootProps) {
  if (reply.tries.length < 2) return null;
  return (
    <span className="figures me-1 flex items-center text-xs text-soft">
      <IconButton
        label="Earlier try"
        disabled={reply.shown === 0}
        onClick={() => store.show(reply.id, reply.shown - 1)}
      >
        <Icon name="left" />
      </IconButton>
      {reply.shown + 1} of {reply.tries.length}
      <IconButton
        label="Later try"
        disabled={reply.shown === reply.tries.length - 1}
        onClick={() => store.show(reply.id, reply.shown + 1)}
      >
        <Icon name="right" />
      </IconButton>
    </span>
  );
}

/** Endpoints of the model; asked for when the list is opened. */
function OtherProvider({ answer, reply, store }: FootProps) {
  const [isOpen, setOpen] = useState(false);
  const slug = answer.asked.replace(/:[\w-]+$/, '');
  const query = useApi<{ readonly data: ModelEndpoints }>(`/api/v1/models/${slug}/endpoints`, { enabled: isOpen });
  const endpoints = query.data?.data.endpoints ?? [];
  return (
    <label>
      <span className="sr-only">Retry on another provider</span>
      <select
        className="min-h-8 max-w-36 rounded-md bg-transparent px-1 text-xs text-soft hover:bg-raised pointer-coarse:min-h-11"
        title="Retry on another provider"
        value=""
        onFocus={() => setOpen(true)}
        onPointerDown={() => setOpen(true)}
        onChange={(event) => {
          if (event.target.value !== '') store.retry(reply.id, event.target.value);
        }}
      >
        <option value="">Retry on…</option>
        {endpoints.map(({ tag, provider_name, status, quantization }) => (
          <option key={tag} value={tag} disabled={status === -5 || status === -10}>
            {provider_name}
            {quantization === 'unknown' ? '' : ` · ${quantization}`}
            {status === -5 ? ' · not connected' : status < 0 ? ' · unwell' : ''}
          </option>
        ))}
        {query.isPending && isOpen && <option disabled>Asking for providers…</option>}
        {query.error && <option disabled>{query.error.message.slice(0, 80)}</option>}
      </select>
    </label>
  );
}

function Branch({ reply, column, store }: FootProps) {
  const router = useRouter();
  const branch = () => {
    const room = branchRoom(store.room(), column.id, reply.id, Date.now());
    void openRoom(room).save();
    router.history.push(withBase(`/chat/${room.id}`));
  };
  return (
    <IconButton label="Branch: a new room from here" onClick={branch}>
      <Icon name="plus" />
    </IconButton>
  );
}

function Why({ open, generation, isWide }: FootProps & { readonly generation: string }) {
  return (
    <IconButton label="Why this provider" onClick={() => open({ what: 'why', generation })}>
      {isWide ? <span className="text-xs">why this provider</span> : <span className="text-xs">why</span>}
    </IconButton>
  );
}
