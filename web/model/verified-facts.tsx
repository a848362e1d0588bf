import type { ModelVerification, PrintedVerification } from '../../src/contract/verification.ts';
import { useApi } from '../api/use-api.ts';
import { Answered, Empty } from '../parts/states.tsx';
import { day } from '../text/dates.ts';
import { bytes, duration, speed } from '../text/numbers.ts';
import { modelPath } from './model-facts.ts';

/** What checks of this model on this machine showed. Only runs count, never somebody's word. */
export function VerifiedFacts({ model, isOpen }: { readonly model: string; readonly isOpen: boolean }) {
  const query = useApi<{ readonly data: ModelVerification }>(modelPath('/api/v1/trunkline/verification', model));
  return (
    <div className="min-h-24">
      <Answered query={query} what="checks of this model" height="h-24">
        {({ data }) => <Runs verification={data} isOpen={isOpen} />}
      </Answered>
    </div>
  );
}

function Runs({ verification, isOpen }: { readonly verification: ModelVerification; readonly isOpen: boolean }) {
  const { summary, state, runs } = verification;
  if (runs.length === 0) {
    return (
      <Empty title={`${summary.charAt(0).toUpperCase()}${summary.slice(1)}`}>
        {isOpen
          ? 'With the weights in an engine here, `trunkline doctor scout` checks that it is this model and answers as it should.'
          : 'Its weights are not open, so no machine of yours can run it.'}
      </Empty>
    );
  }
  return (
    <>
      <p className={state === 'verified' ? 'text-good' : 'text-warn'}>
        <span aria-hidden="true">{state === 'verified' ? '● ' : '▲ '}</span>
        {summary}
      </p>
      <ul className="mt-3 space-y-4">
        {runs.map((run) => (
          <RunFacts key={run.id} run={run} />
        ))}
      </ul>
    </>
  );
}

function RunFacts({ run }: { readonly run: PrintedVerification }) {
  const { passed, failed, skipped } = run.score;
  const rate = run.speed.generation_tokens_per_second;
  return (
    <li className="border-t border-line pt-3 text-sm">
      <p className="font-medium">
        <bdi>{run.engine.name}</bdi> {run.engine.version && <bdi>{run.engine.version}</bdi>}, {day(run.created_at)}
      </p>
      <p className="mt-1">{run.verdict}</p>
      <p className="figures mt-1 text-soft">
        {passed} passed, {failed} failed, {skipped} skipped
        {run.speed.first_token_ms !== undefined && ` · first token ${duration(run.speed.first_token_ms)}`}
        {rate !== undefined && ` · ${speed(rate)}`}
        {` · n = 1 run`}
      </p>
      <details className="mt-1">
        <summary>All checks</summary>
        <ul className="mt-1">
          {run.checks.map((check) => (
            <li key={check.id} className="border-b border-line py-1">
              {check.outcome}: <bdi>{check.question}</bdi>
              {check.why && <span className="text-soft"> · {check.why}</span>}
            </li>
          ))}
        </ul>
        {run.files.map(({ name, bytes: size, sha256, covers }) => (
          <p key={name} className="mt-1 font-mono text-xs">
            <bdi>{name}</bdi>, {bytes(size)}, SHA-256 {covers === 'edges' ? 'of its edges ' : ''}
            {sha256}
          </p>
        ))}
      </details>
    </li>
  );
}
