import type { CatalogueChanges } from '../../src/contract/catalogue-facts.ts';
import type { ModelList, ProviderList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { Changes } from '../home/changes.tsx';
import { Focus } from '../home/focus.tsx';
import { Leading } from '../home/leading.tsx';
import { Providers } from '../home/providers.tsx';
import { QuickStart } from '../home/quick-start.tsx';
import { SetupList } from '../home/setup-list.tsx';
import { WishField } from '../home/wish-field.tsx';
import { Answered } from '../parts/states.tsx';
import type { Page } from './page.ts';

/** The newest and those that the page names; the whole list is asked for when somebody begins to type. */
const NEWEST = '/api/x/models?limit=12';
const SCOUT = 'meta-llama/llama-4-scout';
const FOCUS = `/api/x/models?ids=${SCOUT}`;
const STATS = '/api/x/stats/models?window=7d';
const PROVIDERS = '/api/x/providers';
const CHANGES = '/api/x/catalogue/changes?limit=8';

function Home() {
  const newest = useApi<ModelList>(NEWEST);
  const stats = useApi<ModelStats>(STATS);
  const providers = useApi<ProviderList>(PROVIDERS);
  const changes = useApi<CatalogueChanges>(CHANGES);
  const focus = useApi<ModelList>(FOCUS);
  return (
    <div className="mx-auto max-w-[90rem] px-4 pt-10 pb-4">
      <h1 className="max-w-3xl text-2xl font-semibold sm:text-3xl">One address for hosted and local models</h1>
      <p className="mt-2 max-w-2xl text-soft">
        <Answered query={providers} what="the providers" height="h-6">
          {({ data }) => <Summary total={newest.data?.total} providers={data} />}
        </Answered>
      </p>
      <WishField total={newest.data?.total} />
      <SetupList providers={providers.data} stats={stats.data} />
      <div className="mt-12 grid gap-x-14 gap-y-12 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="min-w-0 space-y-12">
          <Answered query={newest} what="the models" height="h-96">
            {(list) => <Leading newest={list} stats={stats.data} />}
          </Answered>
          <Answered query={changes} what="the changes of prices" height="h-40">
            {(answer) => <Changes changes={answer.data} />}
          </Answered>
        </div>
        <div className="min-w-0 space-y-12">
          <Answered query={focus} what="Llama 4 Scout" height="h-60">
            {(list) => <Focus list={list} providers={providers.data} />}
          </Answered>
          <QuickStart hasOthers={providers.data?.data.some(({ connected, kind }) => connected && kind !== 'bundled')} />
          <Answered query={providers} what="the providers" height="h-60">
            {(list) => <Providers providers={list.data} />}
          </Answered>
        </div>
      </div>
    </div>
  );
}

function Summary(props: { readonly total: number | undefined; readonly providers: ProviderList['data'] }) {
  const connected = props.providers.filter((one) => one.connected);
  return (
    <>
      {props.total ?? 'All'} models, priced and compared. {connected.length} of {props.providers.length} providers
      {connected.length === 1 ? ' is' : ' are'} connected here; the others need only a key.
    </>
  );
}

const page: Page = {
  title: () => 'Models and providers',
  description: () =>
    'A model exchange of your own: models compared by price, context and measured speed, behind one OpenAI-compatible address.',
  preload: () => [NEWEST, STATS, PROVIDERS, CHANGES, FOCUS],
  isPublic: true,
  Component: Home,
};
export default page;
