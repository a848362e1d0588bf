import { useState } from 'react';
import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { useApi } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import { Tiles } from '../console/block.tsx';
import { CostTable } from '../generation/cost-table.tsx';
import { Replay } from '../generation/replay.tsx';
import { curlOf, redact } from '../generation/replay-request.ts';
import { Changes, Related, RequestFacts } from '../generation/request-facts.tsx';
import { RouteWaterfall } from '../generation/route-waterfall.tsx';
import { StoredContent } from '../generation/stored-content.tsx';
import { tagOf } from '../generation/tell-route.ts';
import { TokenTable } from '../generation/token-table.tsx';
import { WhatIf } from '../generation/what-if.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { exactTime, moment } from '../text/dates.ts';
import { compact, counted, dollars, duration, exact, exactDollars, speed } from '../text/numbers.ts';
import type { Page, PageCall } from './page.ts';

function addressOf(id: string): string {
  return `/api/x/generations/${encodeURIComponent(id)}`;
}

function GenerationPage({ params }: PageCall) {
  const id = params.id ?? '';
  const query = useApi<GenerationDetail>(addressOf(id));
  return (
    <>
      <p className="text-sm">
        <Link className="prose-link" to="/generations">
          Log
        </Link>
      </p>
      <h1 className="mt-1 text-2xl font-semibold">
        Generation <span className="font-mono text-xl font-normal break-all">{id}</span>
      </h1>
      <Answered query={query} what="this generation" height="h-96">
        {(detail) => <Detail detail={detail} />}
      </Answered>
    </>
  );
}

const STATUS = {
  success: 'text-good',
  error: 'text-bad',
  cancelled: 'text-warn',
} as const;

function Detail({ detail }: { readonly detail: GenerationDetail }) {
  const { address } = useBoot();
  const [endpoint, setEndpoint] = useState<string>();
  return (
    <>
      <div className="mt-1 flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="min-w-0 flex-[1_1_18rem] text-soft">
          <bdi>{detail.model ?? detail.requested_model}</bdi>
          {detail.endpoint && (
            <>
              {' '}
              at <bdi>{detail.provider_name}</bdi> <bdi className="text-xs">{tagOf(detail.endpoint)}</bdi>
            </>
          )}
          ,{' '}
          <time dateTime={detail.created_at} title={exactTime(detail.created_at)}>
            {moment(detail.created_at)}
          </time>
          {detail.is_demo && ' · demonstration'}
        </p>
        <CopyButton text={curlOf(address, addressOf(detail.id))} label="Copy as curl" />
        <CopyButton text={() => redact(detail)} label="Copy redacted" />
      </div>
      <div className="mt-6">
        <Summary detail={detail} />
      </div>
      <RouteWaterfall detail={detail} />
      <div className="grid gap-x-10 xl:grid-cols-[3fr_2fr]">
        <CostTable charge={detail.charge} outcome={detail.outcome} />
        <TokenTable tokens={detail.tokens} />
      </div>
      <WhatIf
        detail={detail}
        replay={(chosen) => {
          setEndpoint(chosen);
          document.getElementById('replay')?.scrollIntoView({ block: 'center' });
        }}
      />
      <div id="replay">
        <Replay {...{ detail, endpoint, address }} choose={setEndpoint} />
      </div>
      <StoredContent detail={detail} />
      <Changes losses={detail.losses} plugins={detail.plugins} />
      <RequestFacts detail={detail} />
      <Related detail={detail} />
    </>
  );
}

function Summary({ detail }: { readonly detail: GenerationDetail }) {
  const last = detail.attempts.at(-1);
  const totalMs = last && last.started_ms + last.duration_ms;
  return (
    <Tiles
      tiles={[
        {
          name: 'Ended as',
          value: (
            <span className={`text-base ${STATUS[detail.status]}`}>
              {detail.failure ?? detail.finish_reason ?? detail.status}
            </span>
          ),
          note: detail.status,
        },
        {
          name: 'Cost',
          value: dollars(detail.cost),
          title: exactDollars(detail.cost),
          note: `list ${exactDollars(detail.charge.list)}`,
        },
        {
          name: 'Tokens in',
          value: compact(detail.prompt_tokens),
          title: exact(detail.prompt_tokens),
          note: `${exact(detail.cached_tokens)} cached`,
        },
        {
          name: 'Tokens out',
          value: compact(detail.completion_tokens),
          title: exact(detail.completion_tokens),
          note: `${exact(detail.reasoning_tokens)} reasoning`,
        },
        { name: 'First content', value: duration(detail.first_content_ms), note: 'from the request' },
        { name: 'Whole answer', value: duration(totalMs), note: counted(detail.attempts.length, 'attempt') },
        { name: 'Speed', value: speed(detail.tokens_per_second), note: detail.streamed ? 'streamed' : 'in one piece' },
      ]}
    />
  );
}

const page: Page = {
  title: ({ params }) => params.id ?? 'Generation',
  preload: ({ params }) => [addressOf(params.id ?? '')],
  needs: 'viewer',
  isConsole: true,
  isAboutFirst: true,
  Component: GenerationPage,
};
export default page;
