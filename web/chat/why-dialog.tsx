import { useQuery } from '@tanstack/react-query';
import type { GenerationDetail, RouteCandidate } from '../../src/contract/generation-log.ts';
import type { ApiError } from '../api/fetch-api.ts';
import { fetchApi } from '../api/fetch-api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { Answered } from '../parts/states.tsx';
import { dollars, duration } from '../text/numbers.ts';
import { pastedKey } from './pasted-key.ts';

const VERDICTS: Readonly<Record<RouteCandidate['verdict'], string>> = {
  chosen: 'answered',
  tried_and_failed: 'tried, failed',
  eligible: 'not needed',
  excluded: 'left out',
};

/** Who could have answered, who did, and why not the others. */
export default function WhyDialog({ generation, close }: { readonly generation: string; readonly close: () => void }) {
  const path = `/api/x/generations/${encodeURIComponent(generation)}`;
  const query = useQuery<GenerationDetail, ApiError>({
    queryKey: [path],
    queryFn: ({ signal }) => {
      const key = pastedKey();
      return fetchApi(path, { signal, ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }) });
    },
  });
  return (
    <Dialog title="Why this provider" close={close} shape="wide">
      <Answered query={query} what="how it was routed">
        {(detail) => <Why detail={detail} />}
      </Answered>
      <p className="mt-4">
        <Link className="prose-link" to={`/generations/${encodeURIComponent(generation)}`}>
          Everything about this generation
        </Link>
      </p>
    </Dialog>
  );
}

function Why({ detail }: { readonly detail: GenerationDetail }) {
  const { route, attempts } = detail;
  return (
    <>
      <p>
        <bdi>{route?.why ?? 'The plan of this generation was not recorded.'}</bdi>
      </p>
      <p className="figures mt-1 text-sm text-soft">
        {attempts.length} {attempts.length === 1 ? 'try' : 'tries'}, first content after{' '}
        {duration(detail.first_content_ms)}, {dollars(detail.cost)}
      </p>
      {route && route.candidates.length > 0 && (
        <ScrollBox className="mt-4" label="Endpoints that were looked at">
          <table className="w-full min-w-lg text-sm">
            <caption className="sr-only">Endpoints that were looked at, in the order of the plan</caption>
            <thead>
              <tr className="border-b border-line text-start text-soft">
                <th scope="col" className="py-1 pe-3 text-start font-medium">
                  Endpoint
                </th>
                <th scope="col" className="py-1 pe-3 text-start font-medium">
                  Verdict
                </th>
                <th scope="col" className="py-1 text-start font-medium">
                  Reason
                </th>
              </tr>
            </thead>
            <tbody>
              {route.candidates.map(({ endpoint, provider_name, provider, verdict, reason }) => (
                <tr key={endpoint} className="border-b border-line align-top">
                  <th scope="row" className="py-1 pe-3 text-start font-normal">
                    <bdi>{provider_name ?? provider}</bdi>
                    <bdi className="block text-xs text-soft">{endpoint}</bdi>
                  </th>
                  <td className={`py-1 pe-3 ${verdict === 'chosen' ? 'font-medium' : ''}`}>{VERDICTS[verdict]}</td>
                  <td className="py-1">
                    <bdi>{reason}</bdi>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </>
  );
}
