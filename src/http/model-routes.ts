import type { ModelListing } from '../contract/model.ts';
import { countQuery, modelQuery, pageOf, pageQuery } from '../contract/model-query.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';
import { filterModels } from './filter-models.ts';
import { findModel } from './find-model.ts';
import { answerTagged, tagBody } from './json-response.ts';
import { type IndexedModel, leadOf, modelIndexOf, remember } from './model-index.ts';
import { connectedIdsOf } from './print-endpoint.ts';
import { printModel } from './print-model.ts';
import { printModelFeed } from './print-model-feed.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { LIVE_SORTS, sortModels } from './sort-models.ts';

export const modelRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/models', audience: 'public', answer: listModels },
  { method: 'GET', path: '/api/v1/models/count', audience: 'public', answer: countModels },
  { method: 'GET', path: '/api/v1/models/user', audience: 'caller', answer: listCallableModels },
  { method: 'GET', path: '/api/v1/model/:author/:slug', audience: 'public', answer: showModel },
  // OpenAI's clients ask for one model so, with the slash of its slug written as %2F.
  { method: 'GET', path: '/api/v1/models/:model', audience: 'public', answer: showOpenAiModel },
];

function listModels({ request, query, exchange }: RouteCall): Response {
  const wanted = readQuery(query, modelQuery);
  const index = modelIndexOf(exchange);
  const select = (): readonly IndexedModel[] =>
    sortModels(filterModels(index.models, wanted, exchange.clock.nowMs()), wanted.sort, exchange);
  if (wanted.use_rss) {
    const { offset, limit } = pageOf(wanted);
    const { origin } = new URL(request.url);
    const feed = printModelFeed(select().slice(offset, offset + limit), origin, wanted.use_rss_chat_links ?? false);
    return answerTagged(request, tagBody(feed), 'application/rss+xml; charset=utf-8');
  }
  const url = new URL(request.url);
  const print = (): string => printPage(select(), wanted, url);
  const isLive = wanted.min_age_days !== undefined || wanted.max_age_days !== undefined;
  if (isLive || (wanted.sort && LIVE_SORTS.has(wanted.sort))) return answerTagged(request, tagBody(print()));
  return answerTagged(request, remember(index, url.pathname + url.search, print));
}

/** Models that this installation can call now. */
function listCallableModels({ request, query, exchange }: RouteCall): Response {
  const wanted = readQuery(query, pageQuery);
  const index = modelIndexOf(exchange);
  const url = new URL(request.url);
  const body = remember(index, url.pathname + url.search, () =>
    printPage(
      index.models.filter((indexed) => indexed.isConnected),
      wanted,
      url,
    ),
  );
  return answerTagged(request, body);
}

function countModels({ query, exchange }: RouteCall): Response {
  const wanted = readQuery(query, countQuery);
  const { models } = modelIndexOf(exchange);
  return Response.json({ data: { count: filterModels(models, wanted, exchange.clock.nowMs()).length } });
}

function showOpenAiModel({ params, exchange }: RouteCall): Response {
  const [author = '', slug = ''] = (params.model ?? '').split('/', 2);
  const printed = print({ author, slug }, exchange);
  return Response.json({ ...printed, object: 'model', owned_by: author });
}

/** Any slug that can be called can be looked up: with variants, by its canonical name or an alias. */
function showModel({ params, exchange }: RouteCall): Response {
  return Response.json({ data: print(params, exchange) });
}

function print(params: Readonly<Record<string, string>>, exchange: Exchange): ModelListing {
  const { model, endpoints } = findModel(exchange, params);
  const active = endpoints.filter((endpoint) => endpoint.status === 'active');
  const shown = active.length > 0 ? active : endpoints;
  const lead = leadOf(shown, connectedIdsOf(exchange));
  if (!lead) throw new Failure('not-found', { message: `No provider offers ${model.id} here` });
  return printModel(model, shown, lead);
}

/** `next` repeats the query with the offset moved on. */
function printPage(
  models: readonly IndexedModel[],
  page: { readonly offset?: number | undefined; readonly limit?: number | undefined },
  url: URL,
): string {
  const { offset, limit } = pageOf(page);
  const shown = models.slice(offset, offset + limit);
  let next: string | null = null;
  if (offset + shown.length < models.length && shown.length > 0) {
    const query = new URLSearchParams(url.searchParams);
    query.set('offset', String(offset + shown.length));
    query.set('limit', String(limit));
    next = `${url.pathname}?${query}`;
  }
  const links = JSON.stringify({ next });
  return `{"data":[${shown.map(({ json }) => json).join(',')}],"total_count":${models.length},"links":${links}}`;
}
