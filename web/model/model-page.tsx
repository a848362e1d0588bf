import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import type { Disagreements, PriceHistory } from '../../src/contract/catalogue-facts.ts';
import type { ModelEndpoints, ModelListing, ProviderListing } from '../../src/contract/model.ts';
import type { AppStats, EndpointStats, TokenStats, UptimeStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import type { Page, PageCall, TwinCall } from '../pages/page.ts';
import { Answered, Empty } from '../parts/states.tsx';
import { counted } from '../text/numbers.ts';
import { Activity } from './activity.tsx';
import { AppList } from './app-list.tsx';
import { MissingModel } from './missing-model.tsx';
import { collectOffers, modelPath, modelQuery, pageOf } from './model-facts.ts';
import { ModelHeader } from './model-header.tsx';
import { ParameterMatrix } from './parameter-matrix.tsx';
import { Performance } from './performance.tsx';
import { Pricing } from './pricing.tsx';
import { ProviderTable } from './provider-table.tsx';
import { RoutePreview } from './route-preview.tsx';
import { SampleCode } from './sample-code.tsx';
import { Section, SectionBar } from './section.tsx';
import { modelAsMarkdown, modelAsProduct, type Told } from './tell-model.ts';
import { Uptime } from './uptime.tsx';
import { VerifiedFacts } from './verified-facts.tsx';
import { writeSample } from './write-samples.ts';

const BrowserModel = lazy(() => import('./browser-model.tsx'));

/** The model that this software brings along: small enough to run in a page. */
const BUNDLED = 'trunkline/mini';

const pathsOf = (id: string) => ({
  model: modelPath('/api/v1/model', id),
  endpoints: modelPath('/api/v1/models', id, '/endpoints'),
  stats: modelQuery('/api/x/stats/endpoints', id),
  tokens: modelQuery('/api/x/stats/tokens', id, '&days=30'),
  uptime: modelQuery('/api/x/stats/uptime', id, '&days=90'),
  apps: modelQuery('/api/x/stats/apps', id, '&days=30'),
  prices: modelQuery('/api/x/catalogue/prices', id),
  disagreements: modelQuery('/api/x/catalogue/disagreements', id),
});

function idOf({ params }: PageCall): string {
  return `${params.author}/${params.slug}`;
}

function ModelPage(call: PageCall) {
  const id = idOf(call);
  const paths = pathsOf(id);
  const model = useApi<{ readonly data: ModelListing }>(paths.model);
  if (model.data) return <KnownModel key={id} model={model.data.data} />;
  if (model.error) return <MissingModel id={id} error={model.error} retry={() => void model.refetch()} />;
  return (
    <div className="mx-auto max-w-[90rem] px-4 py-8">
      <h1 className="text-3xl font-semibold">
        <bdi>{id}</bdi>
      </h1>
      <div className="h-dvh" />
    </div>
  );
}

/** An order variant, such as `:nitro`, has the numbers of its model. */
function KnownModel({ model }: { readonly model: ModelListing }) {
  const paths = pathsOf(model.id);
  const { address } = useBoot();
  const endpoints = useApi<{ readonly data: ModelEndpoints }>(paths.endpoints);
  const stats = useApi<EndpointStats>(paths.stats);
  const tokens = useApi<TokenStats>(paths.tokens);
  const prices = useApi<PriceHistory>(paths.prices);
  const disagreements = useApi<Disagreements>(paths.disagreements);
  const providers = useApi<{ readonly data: readonly ProviderListing[] }>('/api/v1/providers');
  const offers = collectOffers({
    endpoints: endpoints.data?.data.endpoints ?? [],
    stats: stats.data,
    prices: prices.data,
    disagreements: disagreements.data,
  });
  const readsPictures = model.architecture.input_modalities.includes('image');
  const sample = { address, model: model.id, streams: false, tools: false, image: false, schema: false, provider: '' };
  const isBundled = model.id === BUNDLED;
  return (
    <article>
      <ModelHeader
        model={model}
        offers={offers}
        tokens={tokens.data}
        facts={prices.data?.model}
        curl={writeSample('curl', sample)}
      />
      <SectionBar runs={isBundled} />
      <div className="mx-auto max-w-[90rem] px-4">
        {isBundled && <RunsHere />}
        <Section
          id="providers"
          title="Providers"
          lead={`${counted(offers.length, 'endpoint')}. Dollars per million tokens.`}
        >
          <Answered query={endpoints} what="providers" height="h-96">
            {() =>
              offers.length === 0 ? (
                <Empty title="No provider offers this model" />
              ) : (
                <ProviderTable model={model.id} offers={offers} providers={providers.data?.data} />
              )
            }
          </Answered>
        </Section>
        <Section id="route" title="Route preview" lead="Who would serve a request, who not, and why. Nothing is spent.">
          <RoutePreview model={model.id} />
        </Section>
        <Section id="parameters" title="Parameters" lead="What each provider takes, as its sources say.">
          <ParameterMatrix offers={offers} />
        </Section>
        <Section id="performance" title="Performance" lead="Measured on requests through this installation.">
          <WhenNear height="min-h-[46rem]">
            <Performance model={model.id} />
          </WhenNear>
        </Section>
        <Section id="pricing" title="Pricing">
          <Pricing offers={offers} stats={stats.data} />
        </Section>
        <Traffic id={model.id} tokens={tokens} />
        <Section
          id="code"
          title="Sample code and API"
          lead="The address of this installation is filled in. Any OpenAI client works."
        >
          <SampleCode model={model.id} offers={offers} readsPictures={readsPictures} />
        </Section>
        <Section id="verified" title="Verified on this machine">
          <VerifiedFacts model={model.id} isOpen={model.hugging_face_id !== null || isBundled} />
        </Section>
      </div>
    </article>
  );
}

function Traffic({ id, tokens }: { readonly id: string; readonly tokens: ReturnType<typeof useApi<TokenStats>> }) {
  const paths = pathsOf(id);
  const apps = useApi<AppStats>(paths.apps);
  const uptime = useApi<UptimeStats>(paths.uptime);
  return (
    <>
      <Section id="apps" title="Apps" lead="Apps that named themselves, by tokens in 30 days.">
        <Answered query={apps} what="apps">
          {(answer) => <AppList stats={answer} />}
        </Answered>
      </Section>
      <Section id="activity" title="Recent activity">
        <Answered query={tokens} what="tokens per day" height="h-96">
          {(answer) => <Activity stats={answer} apiPath={paths.tokens} />}
        </Answered>
      </Section>
      <Section id="uptime" title="Uptime" lead="90 days, one bar per day.">
        <Answered query={uptime} what="uptime" height="h-64">
          {(answer) => <Uptime stats={answer} apiPath={paths.uptime} />}
        </Answered>
      </Section>
    </>
  );
}

/** In the browser only, once the page stands there; its place is kept. */
function WhenNear({ height, children }: { readonly height: string; readonly children: ReactNode }) {
  const [isThere, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return <div className={height}>{isThere && children}</div>;
}

/** What it is, as measured on the files of this release (`npm run evaluate-mini`; table in engine/models/README.md). */
const MINI_FACTS = [
  [
    'Is',
    'a demonstration: 3.7 million parameters in the Llama 4 architecture, trained from scratch. Not Llama, not Scout.',
  ],
  [
    'Knows',
    '107 facts about Trunkline: 448 of 518 questions in words it was never trained on answered right (86.5 %).',
  ],
  ['Says it does not know', 'for 287 of 300 questions about anything else (95.7 %).'],
  ['Sees', 'the colour of one shape on a plain ground, 498 of 500, and its form, 464 of 500.'],
  [
    'Fails',
    'with full confidence: 53 of those 518 got the answer to something else, and 13 of the 300. It does not reason, calculate, translate or use tools; photographs get an answer all the same.',
  ],
] as const;

function RunsHere() {
  return (
    <Section
      id="run"
      title="Run it in this page"
      lead="The same engine and the same weights as in the server, inside your browser: nothing that you write leaves it."
    >
      <div className="grid grid-cols-1 gap-8 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <WhenNear height="min-h-96">
          <Suspense>
            <BrowserModel />
          </Suspense>
        </WhenNear>
        <dl className="text-sm">
          {MINI_FACTS.map(([name, words]) => (
            <div key={name} className="border-b border-line py-2 first:border-t">
              <dt className="font-medium">{name}</dt>
              <dd className="text-soft">{words}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Section>
  );
}

function tellWith<Text>(call: TwinCall, tell: (told: Told) => Text): Text | undefined {
  const paths = pathsOf(idOf(call));
  const model = call.read<{ readonly data: ModelListing }>(paths.model)?.data;
  const endpoints = call.read<{ readonly data: ModelEndpoints }>(paths.endpoints)?.data;
  return model && tell({ model, endpoints });
}

export const modelPage: Page = {
  title: idOf,
  description: (call) => `${idOf(call)}: providers, prices, parameters, measured speed and uptime, and sample code.`,
  preload: (call) => Object.values(pathsOf(idOf(call))),
  canonical: (call) => pageOf(idOf(call)),
  isAboutFirst: true,
  isPublic: true,
  twin: {
    about: (call) => tellWith(call, (told) => modelAsProduct(told, call.url)),
    markdown: (call) => tellWith(call, (told) => modelAsMarkdown(told, call.address)),
  },
  Component: ModelPage,
};
