import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import type { ContentBody, ContentDetail } from '../../src/contract/stored-content.ts';
import { type ApiError, fetchApi } from '../api/fetch-api.ts';
import { useApi } from '../api/use-api.ts';
import { useRole } from '../boot-context.tsx';
import { Block } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { moment } from '../text/dates.ts';
import { bytes, exact } from '../text/numbers.ts';

/** What was asked and answered, where that is stored. It is read on demand only: each reading stands in the audit log. */
export function StoredContent({ detail }: { readonly detail: GenerationDetail }) {
  const [search, change] = useUrlState();
  const { stored, may_read } = detail.content;
  const isShown = search.get('text') === '1' && stored !== null && may_read;
  return (
    <Block
      title="Request and answer"
      note={stored && `Stored, sealed, until ${moment(stored.expires_at)}. Reading it stands in the audit log.`}
      tools={
        stored &&
        may_read && (
          <Button aria-expanded={isShown} onClick={() => change({ text: isShown ? undefined : '1' })}>
            {isShown ? 'Hide the text' : `Show the text (${bytes(stored.bytes)})`}
          </Button>
        )
      }
    >
      {stored === null && <NotStored detail={detail} />}
      {stored !== null && !may_read && (
        <p className="text-sm text-soft">
          It is stored, but not yours to read: administrators may, and whoever asked it on these pages.
        </p>
      )}
      {isShown && <Bodies id={detail.id} />}
    </Block>
  );
}

const REASONS = {
  off: 'Requests and answers of this key are not stored.',
  errors: 'Of this key only requests that fail are stored.',
  all: 'It is not stored: it came before storing was switched on, outside the sampled share, or has been deleted since.',
} as const;

function NotStored({ detail: { content } }: { readonly detail: GenerationDetail }) {
  const isAdmin = useRole('admin');
  return (
    <Empty title="No text is stored of this generation">
      {REASONS[content.mode]}{' '}
      {isAdmin ? (
        <>
          <Link className="prose-link" to="/settings/privacy">
            Privacy
          </Link>{' '}
          says what is stored from now on.
        </>
      ) : (
        'An administrator can have it stored from now on.'
      )}
    </Empty>
  );
}

function Bodies({ id }: { readonly id: string }) {
  const detailAddress = `/api/x/generations/${encodeURIComponent(id)}`;
  const address = `${detailAddress}/content`;
  const query = useApi<ContentDetail>(address, { isOnce: true });
  const [, change] = useUrlState();
  const client = useQueryClient();
  const remove = useMutation<unknown, ApiError, void>({
    mutationFn: () => fetchApi(address, { method: 'DELETE' }),
    onSuccess: async () => {
      change({ text: undefined });
      // The generation alone: its text, asked for once more, would be a reading that finds nothing.
      await client.invalidateQueries({ queryKey: [detailAddress], exact: true });
    },
  });
  return (
    <>
      <Answered query={query} what="the request and answer" height="h-64">
        {(content) => (
          <div className="space-y-6">
            {content.reasoning !== null && <Text title="Reasoning" text={content.reasoning} isProse />}
            {content.completion !== null && <Text title="Answer" text={content.completion} isProse />}
            <Body title="Request, as it came" body={content.request} />
            <Body
              title="Answer, as it was sent"
              body={content.answer}
              more={
                content.answer.is_folded
                  ? 'Only its words: a secret in it was spread over frames of the stream.'
                  : undefined
              }
            />
            {content.sent.map((sent, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no other name than their place
              <Body key={index} title={`Sent to ${sent.provider_name}, attempt ${exact(index + 1)}`} body={sent} />
            ))}
          </div>
        )}
      </Answered>
      <Button kind="danger" className="mt-4" disabled={remove.isPending} onClick={() => remove.mutate()}>
        Delete this text now
      </Button>
      <Outcome error={remove.error} />
    </>
  );
}

interface BodyProps {
  readonly title: string;
  readonly body: ContentBody;
  readonly more?: string | undefined;
}

function Body({ title, body, more }: BodyProps) {
  const notes = [
    body.cut_at_bytes !== null && `Cut at ${exact(body.cut_at_bytes)} of ${exact(body.total_bytes)} bytes.`,
    body.redacted > 0 && `${exact(body.redacted)} taken out that looked like a secret.`,
    more,
  ].filter((note) => note !== false && note !== undefined);
  return <Text title={title} text={indent(body)} note={notes.join(' ')} />;
}

function Text(props: {
  readonly title: string;
  readonly text: string;
  readonly note?: string;
  readonly isProse?: boolean;
}) {
  const { title, text, note, isProse } = props;
  return (
    <div>
      <div className="mb-1.5 flex flex-wrap items-center gap-x-4 gap-y-1">
        <h3 className="flex-1 text-sm font-medium">{title}</h3>
        <CopyButton text={text} label={`Copy: ${title}`} />
      </div>
      {note && <p className="mb-1.5 text-xs text-warn">{note}</p>}
      <ScrollBox label={title} className="max-h-96 rounded-md border border-line bg-raised">
        <pre
          className={`p-3 wrap-anywhere whitespace-pre-wrap ${isProse ? 'font-sans text-sm' : 'font-mono text-xs'}`}
          dir="auto"
        >
          {text}
        </pre>
      </ScrollBox>
    </div>
  );
}

/** JSON in one line is hard to read. What is none, or was cut, stays as it is. */
function indent({ text, cut_at_bytes }: ContentBody): string {
  if (cut_at_bytes !== null || !/^\s*[[{]/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value, undefined, 2);
  } catch {
    return text;
  }
}
