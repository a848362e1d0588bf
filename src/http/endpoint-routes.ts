import { z } from 'zod';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import type { EndpointListing, ModelEndpoints } from '../contract/model.ts';
import { findModel } from './find-model.ts';
import { connectedIdsOf, printEndpoint } from './print-endpoint.ts';
import { printArchitecture } from './print-model.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

export const endpointRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/models/:author/:slug/endpoints', audience: 'public', answer: listEndpoints },
  { method: 'GET', path: '/api/v1/endpoints/zdr', audience: 'public', answer: listZdrEndpoints },
];

/** Ours: OpenRouter hides what is retired, and so do we unless asked. */
const endpointQuery = z.object({
  include_retired: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});

/**
 * Every offer of a model, those without a key here too, since the list is a marketplace: `status` tells which can serve now.
 * Retired ones show with `include_retired=true`.
 */
function listEndpoints(call: RouteCall): Response {
  const { include_retired: includesRetired } = readQuery(call.query, endpointQuery);
  const { model, endpoints } = findModel(call.exchange, call.params);
  const shown = endpoints.filter((endpoint) => includesRetired || endpoint.status === 'active');
  const data: ModelEndpoints = {
    id: model.id,
    name: model.name,
    created: model.created,
    description: model.description,
    architecture: printArchitecture(model),
    endpoints: printAll(
      shown.map((endpoint) => [model, endpoint]),
      call,
    ),
  };
  return Response.json({ data });
}

/** Endpoints whose provider promises to keep nothing. Those that say nothing are not among them. */
function listZdrEndpoints(call: RouteCall): Response {
  const catalog = call.exchange.catalog();
  const promising = catalog.models.flatMap((model) =>
    catalog
      .endpoints(model.id)
      .filter((endpoint) => endpoint.status === 'active' && endpoint.zeroDataRetention === true)
      .map((endpoint) => [model, endpoint] as const),
  );
  return Response.json({ data: printAll(promising, call) });
}

function printAll(
  offers: readonly (readonly [Model, Endpoint])[],
  { exchange, caller }: RouteCall,
): readonly EndpointListing[] {
  const printer = { exchange, connectedIds: connectedIdsOf(exchange), showsPercentiles: caller !== undefined };
  return offers.map(([model, endpoint]) => printEndpoint(model, endpoint, printer));
}
