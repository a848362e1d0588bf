import type { ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { asksMore, readFilters } from '../models/filters.ts';
import { ModelBrowser } from '../models/model-browser.tsx';
import { Answered } from '../parts/states.tsx';
import { markdownTable, plain } from '../text/markdown.ts';
import { exact, pricePerMillion } from '../text/numbers.ts';
import type { Page, PageCall, TwinCall } from './page.ts';

const ALL = '/api/x/models';
/** What the server draws; the rest follows at once. */
const FIRST = '/api/x/models?limit=40';
const STATS = '/api/x/stats/models?window=7d';

function Models({ search }: PageCall) {
  const all = useApi<ModelList>(ALL);
  const first = useApi<ModelList>(FIRST, { enabled: false });
  const stats = useApi<ModelStats>(STATS);
  const isEnough = all.isPending || !asksMore(search, readFilters(search));
  const query = all.data === undefined && first.data !== undefined && isEnough ? first : all;
  return (
    <div className="mx-auto max-w-[90rem] px-4 py-6">
      <Answered query={query} what="the models" height="h-[40rem]">
        {(list) => <ModelBrowser list={list} stats={stats.data} isWhole={query === all} />}
      </Answered>
    </div>
  );
}

function modelsAsMarkdown({ search, address, read }: TwinCall): string | undefined {
  const list = read<ModelList>(asksMore(search, readFilters(search)) ? ALL : FIRST);
  return (
    list &&
    [
      '# Models',
      `The newest models of this installation. All of them: ${address}/api/v1/models`,
      markdownTable(
        ['Model', 'Name', 'Context', 'In, per 1M', 'Out, per 1M', 'Takes', 'Connected'],
        list.data.map((model) => [
          `[${plain(model.id)}](${address}/${encodeURI(model.id)}.md)`,
          plain(model.name),
          exact(model.context),
          pricePerMillion(model.price.prompt),
          pricePerMillion(model.price.completion),
          plain(model.input.join(', ')),
          model.connected ? 'yes' : 'no',
        ]),
      ),
    ].join('\n\n')
  );
}

const page: Page = {
  title: ({ search }) => (search.get('q') ? `Models: ${search.get('q')?.slice(0, 60)}` : 'Models'),
  description: () => 'Every model of this installation by price, context, abilities, providers and measured speed.',
  preload: ({ search }) => [asksMore(search, readFilters(search)) ? ALL : FIRST, STATS],
  isPublic: true,
  twin: { markdown: (call) => modelsAsMarkdown(call) },
  Component: Models,
};
export default page;
