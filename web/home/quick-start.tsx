import type { ReactNode } from 'react';
import { useBoot } from '../boot-context.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { Section } from './section.tsx';

/** Three steps to the first answer, with this installation's own address. */
export function QuickStart({ hasOthers }: { readonly hasOthers: boolean | undefined }) {
  const { address, session } = useBoot();
  const curl = `curl ${address}/api/v1/chat/completions \\
  -H "Authorization: Bearer $TRUNKLINE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "trunkline/mini", "messages": [{"role": "user", "content": "What are you?"}]}'`;
  return (
    <Section
      title="First answer in three steps"
      more={
        <Link to="/docs" className="prose-link">
          Docs
        </Link>
      }
    >
      <ol className="space-y-4 text-sm">
        <Step n={1} title="A key">
          {session.signed_in ? (
            <Link to="/keys" className="prose-link">
              Create a key
            </Link>
          ) : (
            <>
              The first start printed one. More:{' '}
              <code className="font-mono text-xs">npx trunkline keys create --name mine</code>, or{' '}
              <Link to="/login" className="prose-link">
                sign in
              </Link>
              .
            </>
          )}
        </Step>
        <Step n={2} title="A request">
          <ScrollBox label="Code" className="mt-1 rounded-md bg-raised p-3 font-mono text-xs">
            <pre>{curl}</pre>
          </ScrollBox>
          <div className="mt-2">
            <CopyButton text={curl} label="Copy" />
          </div>
        </Step>
        <Step n={3} title="Your own programs">
          Any OpenAI client works with the base URL{' '}
          <code className="font-mono text-xs break-all">{address}/api/v1</code>.
          {hasOthers === false && ' Add a key of a provider to reach the other models.'}
        </Step>
      </ol>
    </Section>
  );
}

function Step(props: { readonly n: number; readonly title: string; readonly children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        className="figures flex size-6 shrink-0 items-center justify-center rounded-full border border-line-strong text-xs font-semibold"
        aria-hidden="true"
      >
        {props.n}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="font-semibold">{props.title}</h3>
        <div className="text-soft">{props.children}</div>
      </div>
    </li>
  );
}
