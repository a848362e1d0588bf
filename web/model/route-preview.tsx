import { type FormEvent, useState } from 'react';
import type { RoutePreview as Preview } from '../../src/contract/routing.ts';
import { useApiChange } from '../api/use-api.ts';
import { useRole } from '../boot-context.tsx';
import { Button } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { Failed } from '../parts/states.tsx';
import { isolate } from '../text/clean-text.ts';
import { dollars, duration, exact, percent, UNKNOWN } from '../text/numbers.ts';
import { Choice } from './choice.tsx';

const NEEDS = [
  ['tools', 'Tools'],
  ['response_format', 'JSON'],
  ['structured_outputs', 'Structured output'],
  ['seed', 'Seed'],
  ['logprobs', 'Logprobs'],
  ['reasoning', 'Reasoning'],
] as const;
const SORTS = [
  ['balanced', 'Balanced'],
  ['price', 'Price'],
  ['throughput', 'Throughput'],
  ['latency', 'Latency'],
] as const;

interface Question {
  readonly promptTokens: string;
  readonly outputTokens: string;
  readonly needs: readonly string[];
  readonly readsPictures: boolean;
  readonly sort: (typeof SORTS)[number][0];
  readonly maxPrice: string;
  readonly requiresAll: boolean;
}

/** Who would serve a request, who not and why. Asks routing itself; spends nothing and calls nobody. */
export function RoutePreview({ model }: { readonly model: string }) {
  const mayAsk = useRole('viewer');
  const [question, setQuestion] = useState<Question>({
    promptTokens: '1000',
    outputTokens: '',
    needs: [],
    readsPictures: false,
    sort: 'balanced',
    maxPrice: '',
    requiresAll: false,
  });
  const ask = useApiChange<Question, Preview>(
    (asked) => ({ path: '/api/x/route/explain', method: 'POST', body: bodyOf(model, asked) }),
    [],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate(question);
  };
  const change = (values: Partial<Question>) => setQuestion({ ...question, ...values });
  return (
    <>
      <form className="flex flex-wrap items-end gap-4" onSubmit={submit}>
        <Field label="Prompt tokens" value={question.promptTokens} set={(promptTokens) => change({ promptTokens })} />
        <Field label="Output at most" value={question.outputTokens} set={(outputTokens) => change({ outputTokens })} />
        <Field
          label="Input at most, $/M"
          value={question.maxPrice}
          set={(maxPrice) => change({ maxPrice })}
          pattern={/[^\d.]/g}
        />
        <Choice name="Order" options={SORTS} chosen={question.sort} choose={(sort) => change({ sort })} />
        <fieldset className="m-0 flex flex-wrap gap-x-4 gap-y-1 border-0 p-0 text-sm">
          <legend className="text-xs text-soft">The request sends</legend>
          {NEEDS.map(([id, name]) => (
            <Check
              key={id}
              name={name}
              isOn={question.needs.includes(id)}
              set={(isOn) =>
                change({ needs: isOn ? [...question.needs, id] : question.needs.filter((other) => other !== id) })
              }
            />
          ))}
          <Check name="A picture" isOn={question.readsPictures} set={(readsPictures) => change({ readsPictures })} />
          <Check
            name="only who takes all of it"
            isOn={question.requiresAll}
            set={(requiresAll) => change({ requiresAll })}
          />
        </fieldset>
        <Button type="submit" kind="main" disabled={!mayAsk || ask.isPending}>
          Who would serve this?
        </Button>
      </form>
      {!mayAsk && (
        <p className="mt-3 text-sm text-soft">
          Routing answers who is signed in: which provider keys an account has decides it.{' '}
          <Link to="/login" className="prose-link">
            Sign in
          </Link>
        </p>
      )}
      <div className="mt-5" aria-live="polite">
        {ask.error && <Failed error={ask.error} what="the route" />}
        {ask.data && <Answer preview={ask.data} />}
      </div>
    </>
  );
}

function bodyOf(model: string, question: Question) {
  const provider = {
    ...(question.sort !== 'balanced' && { sort: question.sort }),
    ...(question.requiresAll && { require_parameters: true }),
    ...(question.maxPrice !== '' && { max_price: { prompt: Number(question.maxPrice) } }),
  };
  return {
    model,
    prompt_tokens: Number(question.promptTokens || 0),
    ...(question.outputTokens !== '' && { max_output: Number(question.outputTokens) }),
    ...(question.needs.length > 0 && { parameters: question.needs }),
    ...(question.readsPictures && { input_modalities: ['text', 'image'] }),
    ...(Object.keys(provider).length > 0 && { provider }),
  };
}

function Field(props: {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly pattern?: RegExp;
}) {
  return (
    <label className="text-sm">
      <span className="block text-xs text-soft">{props.label}</span>
      <input
        inputMode="decimal"
        className="figures min-h-8 w-28 rounded-md border border-line-strong bg-surface px-2 text-right pointer-coarse:min-h-11"
        value={props.value}
        onChange={(event) => props.set(event.target.value.replace(props.pattern ?? /\D/g, '').slice(0, 9))}
      />
    </label>
  );
}

function Check(props: { readonly name: string; readonly isOn: boolean; readonly set: (isOn: boolean) => void }) {
  return (
    <label className="flex min-h-8 items-center gap-1.5 pointer-coarse:min-h-11">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={props.isOn}
        onChange={(event) => props.set(event.target.checked)}
      />
      {props.name}
    </label>
  );
}

function Answer({ preview }: { readonly preview: Preview }) {
  const { eligible, problem } = preview;
  // The table above leaves them out as well: nobody can be served by them again.
  const retired = preview.excluded.filter(({ reason_code }) => reason_code === 'retired');
  const excluded = preview.excluded.filter(({ reason_code }) => reason_code !== 'retired');
  return (
    <div className="grid grid-cols-1 gap-6 lg:grid-cols-2">
      <div>
        <h3 className="font-semibold">Would serve it ({eligible.length})</h3>
        {problem && <p className="mt-1 text-sm text-warn">{problem}</p>}
        <ol className="mt-2 text-sm">
          {eligible.map(({ endpoint, place, provider_name, reason, first_share, inputs }) => (
            <li key={endpoint} className="border-b border-line py-1.5">
              <div className="flex justify-between gap-3">
                <span>
                  {place}. <bdi className="font-medium">{provider_name}</bdi>
                </span>
                <span className="figures whitespace-nowrap">
                  first in {percent(first_share, 1)} · {dollars(inputs.expected_cost)}
                </span>
              </div>
              <p className="figures text-xs text-soft">
                <bdi>{reason}</bdi> · first token {duration(inputs.first_content_p50_ms)} · uptime{' '}
                {inputs.uptime === null ? UNKNOWN : percent(inputs.uptime / 100)} · n = {exact(inputs.n)}
              </p>
            </li>
          ))}
        </ol>
      </div>
      <div>
        <h3 className="font-semibold">Would not ({excluded.length})</h3>
        <ul className="mt-2 text-sm">
          {excluded.map(({ endpoint, provider_name, reason, reason_code }) => (
            <li key={endpoint} className="flex justify-between gap-3 border-b border-line py-1.5">
              <span className="min-w-2/5">
                <bdi>{provider_name}</bdi>
                <span className="block truncate font-mono text-xs text-soft">
                  {endpoint.slice(endpoint.indexOf('|') + 1)}
                </span>
              </span>
              <span className="text-right text-soft" title={reason_code}>
                <bdi>{reason}</bdi>
              </span>
            </li>
          ))}
        </ul>
        {retired.length > 0 && (
          <p className="mt-2 text-sm text-soft">
            Retired, in no count: {retired.map(({ provider_name }) => isolate(provider_name)).join(', ')}.
          </p>
        )}
      </div>
      <p className="text-xs text-soft lg:col-span-2">
        Policy {preview.policy}, catalogue {preview.catalogue_version}, seed {preview.seed}. Expected price, not a
        promise.
      </p>
    </div>
  );
}
