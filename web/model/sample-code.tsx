import { lazy, Suspense, useState } from 'react';
import { useBoot } from '../boot-context.tsx';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { Choice } from './choice.tsx';
import { isRetired, type Offer } from './model-facts.ts';
import { LANGUAGES, type SampleOptions, sampleBody, writeSample } from './write-samples.ts';

const RunSample = lazy(() => import('./run-sample.tsx'));

const SWITCHES = [
  ['streams', 'Stream'],
  ['tools', 'Tools'],
  ['image', 'Image'],
  ['schema', 'Structured output'],
] as const;

/** The request as code in five forms, each of which runs as it stands, and here as well. */
export function SampleCode(props: {
  readonly model: string;
  readonly offers: readonly Offer[];
  readonly readsPictures: boolean;
}) {
  const { model, offers, readsPictures } = props;
  const { address } = useBoot();
  const [search, change] = useUrlState();
  const [runs, setRuns] = useState(0);
  const language = LANGUAGES.find(([id]) => id === search.get('lang'))?.[0] ?? 'curl';
  const on = new Set((search.get('with') ?? 'streams').split(' '));
  const provider = offers.find(({ listing }) => listing.tag === search.get('first'))?.listing.tag ?? '';
  const options: SampleOptions = {
    address,
    model,
    streams: on.has('streams'),
    tools: on.has('tools'),
    image: readsPictures && on.has('image'),
    schema: on.has('schema'),
    provider,
  };
  const text = writeSample(language, options);
  const toggle = (name: string) => {
    const next = on.has(name) ? [...on].filter((other) => other !== name) : [...on, name];
    change({ with: next.filter((one) => one !== '').join(' ') || 'nothing' });
  };
  return (
    <>
      <Choice
        name="Language"
        options={LANGUAGES}
        chosen={language}
        choose={(lang) => change({ lang: lang === 'curl' ? undefined : lang })}
      />
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        {SWITCHES.filter(([name]) => name !== 'image' || readsPictures).map(([name, words]) => (
          <label key={name} className="flex min-h-8 items-center gap-1.5 pointer-coarse:min-h-11">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={on.has(name)}
              onChange={() => toggle(name)}
            />
            {words}
          </label>
        ))}
        <label className="flex items-center gap-1.5">
          First provider
          <select
            className="min-h-8 max-w-44 rounded-md border border-line-strong bg-surface px-2 pointer-coarse:min-h-11"
            value={provider}
            onChange={(event) => change({ first: event.target.value })}
          >
            <option value="">as routing decides</option>
            {offers
              .filter((offer) => !isRetired(offer))
              .map(({ listing }) => (
                <option key={listing.tag} value={listing.tag}>
                  {listing.tag}
                </option>
              ))}
          </select>
        </label>
      </div>
      <ScrollBox label="Sample code" className="mt-3 max-h-[36rem] rounded-md bg-raised">
        <pre className="m-0 p-4 font-mono text-xs leading-relaxed break-normal">
          <code>{text}</code>
        </pre>
      </ScrollBox>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <CopyButton text={text} label="Copy" />
        <Button kind="main" onClick={() => setRuns(runs + 1)}>
          Run it here
        </Button>
        <span className="text-sm text-soft">
          <code className="font-mono">$TRUNKLINE_API_KEY</code> holds an API key of yours.
        </span>
      </div>
      {runs > 0 && (
        <Suspense>
          <RunSample key={runs} body={sampleBody(options)} />
        </Suspense>
      )}
    </>
  );
}
