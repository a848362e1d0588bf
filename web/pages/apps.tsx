import type { AppStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Frame } from '../exchange/frame.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { compact, exact } from '../text/numbers.ts';
import type { Page } from './page.ts';

const APPS = '/api/x/stats/apps?days=30';

function Apps() {
  const query = useApi<AppStats>(APPS);
  return (
    <Frame
      title="Apps"
      note="Programs that say who they are with the headers X-Title and HTTP-Referer, by tokens of the last 30 days."
    >
      <Answered query={query} what="the apps" height="h-96">
        {(answer) =>
          answer.data.length === 0 ? <NoApps unnamed={answer.unnamed_tokens} /> : <AppTable answer={answer} />
        }
      </Answered>
    </Frame>
  );
}

function NoApps({ unnamed }: { readonly unnamed: number }) {
  return (
    <Empty title="No app has named itself">
      Send <code className="font-mono text-xs">X-Title: My app</code> with a request and it stands here.
      {unnamed > 0 && ` ${exact(unnamed)} tokens were asked for without a name.`}
    </Empty>
  );
}

function AppTable({ answer }: { readonly answer: AppStats }) {
  return (
    <>
      <TableFrame label="Apps">
        <table className="stacks w-full text-sm">
          <caption className="sr-only">Apps by tokens in 30 days</caption>
          <thead>
            <tr className="border-b border-line-strong">
              <th scope="col" className={HEAD_NUMBER}>
                Rank
              </th>
              <th scope="col" className={HEAD_CELL}>
                App
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Tokens
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Requests
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                30 days before
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.data.map(({ rank, slug, title, url, tokens, requests, tokens_before }) => (
              <tr key={slug} className="border-b border-line last:border-b-0">
                <td data-name="Rank" className={NUMBER}>
                  {rank}
                </td>
                <th scope="row" className={ROW_NAME}>
                  <Link to={`/apps/${slug}`} className="font-medium no-underline hover:underline">
                    <bdi>{title}</bdi>
                  </Link>
                  {url && <bdi className="block truncate text-xs text-soft">{url}</bdi>}
                </th>
                <td data-name="Tokens" className={NUMBER} title={exact(tokens)}>
                  {compact(tokens)}
                </td>
                <td data-name="Requests" className={NUMBER}>
                  {exact(requests)}
                </td>
                <td data-name="30 days before" className={NUMBER}>
                  {compact(tokens_before)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {answer.unnamed_tokens > 0 && (
        <p className="text-sm text-soft">{exact(answer.unnamed_tokens)} tokens came from requests that named no app.</p>
      )}
    </>
  );
}

const page: Page = {
  title: () => 'Apps',
  description: () => 'Apps that use this installation, by tokens.',
  preload: () => [APPS],
  isPublic: true,
  Component: Apps,
};
export default page;
