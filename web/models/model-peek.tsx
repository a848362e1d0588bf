import type { EndpointListing, ModelEndpoints } from '../../src/contract/model.ts';
import { useApi } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import { buttonLook } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { Answered } from '../parts/states.tsx';
import { compact, pricePerMillion, UNKNOWN } from '../text/numbers.ts';
import { writeCurl } from '../text/write-curl.ts';

/** A look at a model without leaving the list: what it is, who offers it, how it is called. */
export default function ModelPeek({ id, close }: { readonly id: string; readonly close: () => void }) {
  const query = useApi<{ readonly data: ModelEndpoints }>(`/api/v1/models/${id}/endpoints`);
  const { address } = useBoot();
  const curl = curlFor(address, id);
  return (
    <Dialog
      title={query.data?.data.name ?? id}
      close={close}
      shape="sheet"
      note={<bdi className="font-mono">{id}</bdi>}
    >
      <Answered query={query} what="this model" height="h-64">
        {({ data }) => (
          <>
            <p className="max-w-prose">
              <bdi>{data.description}</bdi>
            </p>
            <p className="mt-4 flex flex-wrap gap-2">
              <Link to={`/${id}`} className={`${buttonLook('main')} no-underline`}>
                Open
              </Link>
              <Link to={`/chat?model=${encodeURIComponent(id)}`} className={`${buttonLook()} no-underline`}>
                Chat
              </Link>
              <CopyButton text={id} label="Copy id" />
            </p>
            <Offers endpoints={data.endpoints} />
            <h3 className="mt-6 font-semibold">Call it</h3>
            <ScrollBox label="Code" className="mt-2 rounded-md bg-raised p-3 text-xs">
              <pre>{curl}</pre>
            </ScrollBox>
            <div className="mt-2">
              <CopyButton text={curl} label="Copy curl" />
            </div>
          </>
        )}
      </Answered>
    </Dialog>
  );
}

function Offers({ endpoints }: { readonly endpoints: readonly EndpointListing[] }) {
  return (
    <table className="mt-6 w-full border-collapse text-sm">
      <caption className="pb-1 text-left font-semibold">Providers</caption>
      <thead>
        <tr className="border-b border-line-strong text-xs text-soft">
          <th scope="col" className="py-1 text-left font-medium">
            Provider
          </th>
          {['In $/M', 'Out $/M', 'Context'].map((name) => (
            <th key={name} scope="col" className="py-1 pl-3 text-right font-medium">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {endpoints.map(({ tag, provider_name, pricing, context_length, quantization, status }) => (
          <tr key={tag} className="border-b border-line">
            <th scope="row" className="py-1.5 text-left font-normal">
              <bdi>{provider_name}</bdi>
              <span className="block text-xs text-soft">
                <bdi className="font-mono">{tag}</bdi> ·{' '}
                {quantization === 'unknown' ? 'precision not stated' : quantization} ·{' '}
                {status === -5 ? 'no key here' : status === 0 ? 'usable' : 'unwell'}
              </span>
            </th>
            <td className="figures py-1.5 pl-3 text-right">{priceOf(pricing.prompt)}</td>
            <td className="figures py-1.5 pl-3 text-right">{priceOf(pricing.completion)}</td>
            <td className="figures py-1.5 pl-3 text-right">{compact(context_length)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function priceOf(price: unknown): string {
  return typeof price === 'string' ? pricePerMillion(price) : UNKNOWN;
}

function curlFor(address: string, model: string): string {
  const json = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  return writeCurl({ address, json });
}
