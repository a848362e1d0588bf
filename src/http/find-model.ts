import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';

/** The model that `:author/:slug` of a path names, with all its endpoints. */
export function findModel(
  exchange: Exchange,
  params: Readonly<Record<string, string>>,
): { readonly model: Model; readonly endpoints: readonly Endpoint[] } {
  const slug = `${params.author}/${params.slug}`;
  const catalog = exchange.catalog();
  const model = catalog.find(slug)?.model;
  if (model) return { model, endpoints: catalog.endpoints(model.id) };
  const near = catalog.near(slug.slice(0, 200), 3);
  const hint = near.length === 0 ? '' : `. Did you mean ${near.join(', ')}?`;
  throw new Failure('not-found', { message: `No model is called ${slug.slice(0, 200)}${hint}` });
}
