import type { ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { Frame } from '../exchange/frame.tsx';
import { ModelOffers } from '../exchange/model-offers.tsx';
import { Answered } from '../parts/states.tsx';
import { MissingPage } from '../shell/broken-page.tsx';
import { counted } from '../text/numbers.ts';
import type { Page, PageCall } from './page.ts';

const STATS = '/api/x/stats/models?window=7d';
const modelsOf = (author: string) => `/api/x/models?author=${encodeURIComponent(author)}`;

function Author({ params }: PageCall) {
  const author = params.author ?? '';
  const query = useApi<ModelList>(modelsOf(author));
  const stats = useApi<ModelStats>(STATS);
  if (query.error?.status === 404) return <MissingPage />;
  const open = query.data?.data.filter(({ open_weights }) => open_weights).length ?? 0;
  return (
    <Frame
      title={<bdi>{author}</bdi>}
      note={query.data && `${counted(query.data.total, 'model')} in the catalogue, ${open} with open weights.`}
    >
      <Answered query={query} what="the models" height="h-96">
        {(list) => <ModelOffers list={list} stats={stats.data} caption="Models of this author" />}
      </Answered>
    </Frame>
  );
}

const page: Page = {
  title: ({ params }) => params.author ?? 'Author',
  description: ({ params }) => `Models by ${params.author ?? 'this author'}: prices, context, providers and use.`,
  preload: ({ params }) => [modelsOf(params.author ?? ''), STATS],
  isAboutFirst: true,
  isPublic: true,
  Component: Author,
};
export default page;
