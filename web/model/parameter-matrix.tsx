import { ScrollBox } from '../parts/scroll-box.tsx';
import { Empty } from '../parts/states.tsx';
import { isRetired, type Offer } from './model-facts.ts';

/** Which provider takes which parameter. One that is not taken is dropped, or keeps the endpoint out with `require_parameters`. */
export function ParameterMatrix({ offers }: { readonly offers: readonly Offer[] }) {
  const current = offers.filter((offer) => !isRetired(offer)).slice(0, 40);
  const count = (name: string) => current.filter(({ listing }) => listing.supported_parameters.includes(name)).length;
  const names = [...new Set(current.flatMap(({ listing }) => listing.supported_parameters))].sort(
    (a, b) => count(b) - count(a) || a.localeCompare(b),
  );
  if (names.length === 0) return <Empty title="No source lists parameters of this model" />;
  return (
    <ScrollBox label="Parameters, scrolls sideways" className="rounded-md border border-line bg-surface">
      <table className="border-collapse text-sm">
        <caption className="sr-only">Parameters by provider</caption>
        <thead className="bg-raised text-xs">
          <tr>
            <th scope="col" className="sticky left-0 z-10 bg-raised px-2.5 py-2 text-left font-medium">
              Parameter
            </th>
            <th scope="col" className="px-2.5 py-2 text-right font-medium whitespace-nowrap">
              of {current.length}
            </th>
            {current.map(({ id, listing }) => (
              <th key={id} scope="col" className="max-w-28 px-2 py-2 align-bottom font-medium">
                <bdi className="block w-20 wrap-anywhere">{listing.tag.replaceAll('/', '/\u200b')}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name} className="border-t border-line">
              <th
                scope="row"
                className="sticky left-0 z-10 bg-surface px-2.5 py-1 text-left font-mono text-xs font-normal whitespace-nowrap"
              >
                {name}
              </th>
              <td className="figures px-2.5 py-1 text-right">{count(name)}</td>
              {current.map(({ id, listing }) => (
                <td key={id} className="px-2 py-1 text-center">
                  {listing.supported_parameters.includes(name) ? (
                    <span>
                      <span aria-hidden="true">●</span>
                      <span className="sr-only">yes</span>
                    </span>
                  ) : (
                    <span className="text-soft">
                      <span aria-hidden="true">·</span>
                      <span className="sr-only">no</span>
                    </span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
