import type { ReactNode } from 'react';
import type { GenerationDetail, RouteCandidate } from '../../src/contract/generation-log.ts';
import { Block } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { counted, dollars, duration } from '../text/numbers.ts';
import { AttemptLane, AxisScale, EmptyLane, StageLane } from './lane.tsx';
import { groupExcluded, tagOf, tellAttempt, tellInOrder, tellInputs, VERDICTS } from './tell-route.ts';
import { type Attempt, type AxisView, makeTimeAxis, type TimeAxis } from './time-axis.ts';

const VERDICT_COLOURS: Readonly<Record<RouteCandidate['verdict'], string>> = {
  chosen: 'text-good',
  tried_and_failed: 'text-bad',
  eligible: 'text-soft',
  excluded: 'text-soft',
};

/** Why this provider, and where the time went: candidates in the order in which they were looked at, each beside its lane. */
export function RouteWaterfall({ detail }: { readonly detail: GenerationDetail }) {
  const [search, change] = useUrlState();
  const view: AxisView = search.get('axis') === 'start' ? 'start' : 'whole';
  const axis = makeTimeAxis(detail, view);
  const candidates = detail.route?.candidates ?? [];
  const planned = candidates.filter(({ verdict }) => verdict !== 'excluded');
  const known = new Set(planned.map(({ endpoint }) => endpoint));
  const strangers = detail.attempts.filter(({ endpoint }) => !known.has(endpoint));
  return (
    <Block
      title="Route"
      note="One time axis from the moment the request was whole. Left: every endpoint that was considered, in that order."
      tools={<AxisChoice view={view} choose={(axis) => change({ axis })} />}
    >
      <div className="rounded-md border border-line bg-surface">
        <Row left={<Legend />} right={<AxisScale axis={axis} />} isHead />
        <Row left={<StageWords stages={detail.stages} />} right={<StageLane stages={detail.stages} axis={axis} />} />
        {planned.map((candidate) => (
          <CandidateRow key={candidate.endpoint} {...{ candidate, axis, attempts: detail.attempts }} />
        ))}
        {strangers.map((attempt) => (
          <Row
            key={`${attempt.endpoint}-${attempt.started_ms}`}
            left={<Named name={attempt.provider_name} tag={tagOf(attempt.endpoint)} />}
            right={<Tried attempt={attempt} axis={axis} />}
          />
        ))}
        <Excluded candidates={candidates} />
      </div>
      <p className="mt-3 max-w-4xl font-medium">
        <bdi>{detail.route?.why ?? 'No plan was recorded for this generation.'}</bdi>
      </p>
      <details className="mt-3">
        <summary className="w-fit text-sm underline decoration-line-strong underline-offset-4">
          The same as an ordered list
        </summary>
        <ol className="mt-2 list-decimal space-y-1 pl-6 text-sm">
          {tellInOrder(detail).map((text) => (
            <li key={text}>
              <bdi>{text}</bdi>
            </li>
          ))}
        </ol>
      </details>
    </Block>
  );
}

function AxisChoice({ view, choose }: { readonly view: AxisView; choose(axis: string | undefined): void }) {
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Time shown</legend>
      <Button aria-pressed={view === 'whole'} className="aria-pressed:bg-accent-wash" onClick={() => choose(undefined)}>
        Whole
      </Button>
      <Button aria-pressed={view === 'start'} className="aria-pressed:bg-accent-wash" onClick={() => choose('start')}>
        To first content
      </Button>
    </fieldset>
  );
}

function Row({ left, right, isHead }: { readonly left: ReactNode; readonly right: ReactNode; readonly isHead?: true }) {
  return (
    <div
      className={`border-line px-3 py-2 not-last:border-b md:grid md:grid-cols-[minmax(15rem,24rem)_1fr] md:gap-x-4 ${isHead ? 'text-xs text-soft' : ''}`}
    >
      <div className="min-w-0">{left}</div>
      <div className="min-w-0 max-md:mt-1.5">{right}</div>
    </div>
  );
}

function Legend() {
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1" aria-label="Signs">
      <li className="flex items-center gap-1">
        <Swatch className="border border-chart-2 bg-raised" /> waiting
      </li>
      <li className="flex items-center gap-1">
        <Swatch className="bg-chart-2" /> answer
      </li>
      <li className="flex items-center gap-1">
        <Swatch className="border border-bad bg-bad-wash" /> failed <span aria-hidden="true">✕</span>
      </li>
      <li className="flex items-center gap-1">
        <Swatch className="border-l-2 border-dashed border-warn" /> seam
      </li>
    </ul>
  );
}

function Swatch({ className }: { readonly className: string }) {
  return <span className={`inline-block h-2.5 w-4 rounded-xs ${className}`} aria-hidden="true" />;
}

function StageWords({ stages }: { readonly stages: GenerationDetail['stages'] }) {
  const sum = stages.reduce((total, { duration_ms }) => total + duration_ms, 0);
  return (
    <>
      <p className="text-sm font-medium">
        The gateway’s own work
        {stages.length > 0 && <span className="figures font-normal text-soft"> · {duration(sum)}</span>}
      </p>
      <p className="figures text-xs text-soft">
        {stages.length === 0
          ? 'Not recorded for this generation.'
          : stages.map(({ name, duration_ms }) => `${name} ${duration(duration_ms)}`).join(' · ')}
      </p>
    </>
  );
}

function Named({ name, tag }: { readonly name: string; readonly tag: string }) {
  return (
    <>
      <bdi className="font-medium">{name}</bdi> <bdi className="text-xs text-soft">{tag}</bdi>
    </>
  );
}

function CandidateRow(props: {
  readonly candidate: RouteCandidate;
  readonly axis: TimeAxis;
  readonly attempts: readonly Attempt[];
}) {
  const { candidate, axis } = props;
  const attempts = props.attempts.filter(({ endpoint }) => endpoint === candidate.endpoint);
  const { mark, word } = VERDICTS[candidate.verdict];
  const left = (
    <>
      <p className="text-sm">
        <span className="figures text-soft">{candidate.place}.</span>{' '}
        <Named name={candidate.provider_name ?? candidate.provider} tag={tagOf(candidate.endpoint)} />{' '}
        <span className={`whitespace-nowrap ${VERDICT_COLOURS[candidate.verdict]}`}>
          <span aria-hidden="true">{mark}</span> {word}
        </span>
      </p>
      <p className="text-xs">
        <bdi>{candidate.reason}</bdi>
      </p>
      <p className="figures text-xs text-soft">{tellInputs(candidate)}</p>
    </>
  );
  const right =
    attempts.length === 0 ? (
      <>
        <EmptyLane axis={axis} />
        <p className="text-xs text-soft">not called</p>
      </>
    ) : (
      attempts.map((attempt) => <Tried key={attempt.started_ms} attempt={attempt} axis={axis} />)
    );
  return <Row left={left} right={right} />;
}

function Tried({ attempt, axis }: { readonly attempt: Attempt; readonly axis: TimeAxis }) {
  return (
    <>
      <AttemptLane attempt={attempt} axis={axis} />
      <p className="figures text-xs text-soft">
        from {duration(Math.max(0, attempt.started_ms))}: <bdi>{tellAttempt(attempt)}</bdi>
      </p>
    </>
  );
}

const OPEN_MAX = 4;

function Excluded({ candidates }: { readonly candidates: readonly RouteCandidate[] }) {
  const groups = groupExcluded(candidates);
  const count = groups.reduce((sum, group) => sum + group.candidates.length, 0);
  if (count === 0) return null;
  return (
    <details className="px-3 py-2" open={count <= OPEN_MAX}>
      <summary className="text-sm">
        <span className="font-medium">{counted(count, 'endpoint')} left out</span>{' '}
        <span className="text-soft">
          · {groups.map((group) => `${group.candidates.length} × ${group.reason}`).join(' · ')}
        </span>
      </summary>
      {groups.map((group) => (
        <div key={group.reason} className="mt-2">
          <h3 className="text-sm font-medium">
            <span aria-hidden="true">– </span>
            <bdi>{group.reason}</bdi> <span className="text-soft">({group.candidates.length})</span>
          </h3>
          <ul className="mt-1 grid gap-x-6 text-xs sm:grid-cols-2 xl:grid-cols-3">
            {group.candidates.map(({ endpoint, provider_name, provider, model, inputs }) => (
              <li key={endpoint} className="flex min-w-0 gap-2 py-0.5">
                <Link to={`/${model}`} className="min-w-0 truncate leading-6 no-underline hover:underline">
                  <Named name={provider_name ?? provider} tag={tagOf(endpoint)} />
                </Link>
                <span className="figures ml-auto whitespace-nowrap text-soft">
                  {inputs.prompt_per_million === null
                    ? 'no price'
                    : `${dollars(inputs.prompt_per_million)} / ${dollars(inputs.completion_per_million)}`}
                </span>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  );
}
