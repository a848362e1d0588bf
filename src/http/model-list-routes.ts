import { formatUsd } from '../base/money.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { PARAMETER_NAMES } from '../contract/model.ts';
import {
  type ListedModel,
  type ListedProvider,
  type ModelList,
  modelListQuery,
  type ProviderList,
} from '../contract/model-list.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange, ProviderFacts } from './exchange.ts';
import { answerTagged } from './json-response.ts';
import { type IndexedModel, leadOf, modelIndexOf, remember } from './model-index.ts';
import { longestContext } from './print-model.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

export const modelListRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/models', audience: 'public', answer: listModels },
  { method: 'GET', path: '/api/x/providers', audience: 'public', answer: listProviders },
];

const IDS_MAX = 20;
const DESCRIPTION_MAX = 200;

function listModels({ request, query, exchange }: RouteCall): Response {
  const { limit, author, provider, ids } = readQuery(query, modelListQuery);
  const named = ids?.split(',').slice(0, IDS_MAX);
  const index = modelIndexOf(exchange);
  const isWanted = ({ model, endpoints }: IndexedModel): boolean =>
    (author === undefined || model.author === author) &&
    (provider === undefined || endpoints.some(({ providerId }) => providerId === provider)) &&
    (named === undefined || named.includes(model.id));
  const found = index.models.filter(isWanted);
  if (author !== undefined && found.length === 0) {
    throw new Failure('not-found', { message: `No model of ${author.slice(0, 80)} is in the catalogue` });
  }
  const { pathname, search } = new URL(request.url);
  const print = (): string => {
    const offered = found.map((one) => offeredBy(one, provider, index.connectedIds));
    return JSON.stringify(printList(offered, limit ?? found.length));
  };
  return answerTagged(request, remember(index, pathname + search, print));
}

interface OfferedModel extends IndexedModel {
  /** Those whose price, limits and word are told: of one provider, when one is asked for. */
  readonly told: readonly Endpoint[];
}

function offeredBy(indexed: IndexedModel, provider: string | undefined, connected: ReadonlySet<string>): OfferedModel {
  if (provider === undefined) return { ...indexed, told: indexed.endpoints };
  const told = indexed.endpoints.filter(({ providerId }) => providerId === provider);
  return { ...indexed, told, lead: leadOf(told, connected) ?? indexed.lead };
}

/** Names of parameters and providers stand once and are pointed to: they would be two thirds of the answer. */
function printList(found: readonly OfferedModel[], limit: number): ModelList {
  const places = new Map<string, number>();
  const providers: { id: string; name: string }[] = [];
  const placeOf = ({ providerId, providerName }: Endpoint): number => {
    const known = places.get(providerId);
    if (known !== undefined) return known;
    places.set(providerId, providers.length);
    return providers.push({ id: providerId, name: providerName }) - 1;
  };
  const data = found.slice(0, limit).map((indexed) => printListed(indexed, placeOf));
  return { parameters: [...PARAMETER_NAMES], providers, data, total: found.length };
}

function printListed(indexed: OfferedModel, placeOf: (endpoint: Endpoint) => number): ListedModel {
  const { model, endpoints, told, lead, listing, isConnected } = indexed;
  const { prompt, completion, cacheRead } = lead.price;
  return {
    id: model.id,
    name: model.name,
    author: model.author,
    created: model.created,
    description: model.description.slice(0, DESCRIPTION_MAX),
    context: longestContext(told),
    output_max: largest(told.map(({ outputTokensMax }) => outputTokensMax)),
    input: [...listing.architecture.input_modalities],
    output: [...listing.architecture.output_modalities],
    price: {
      prompt: formatUsd(prompt),
      completion: formatUsd(completion),
      cache_read: cacheRead === undefined ? null : formatUsd(cacheRead),
    },
    parameters: listing.supported_parameters.map((name) => (PARAMETER_NAMES as readonly string[]).indexOf(name)),
    providers: [...new Set(endpoints.map(placeOf))],
    quantizations: [...new Set(told.map(({ quantization }) => quantization))].filter((one) => one !== 'unknown'),
    zdr: told.some(({ zeroDataRetention }) => zeroDataRetention === true),
    no_training: told.some(({ trainsOnPrompts }) => trainsOnPrompts === false),
    reasoning: model.reasoning !== undefined,
    open_weights: model.openWeights ?? (model.huggingFaceId === undefined ? null : true),
    connected: isConnected,
    bundled: model.isBundled === true,
    knowledge_cutoff: model.knowledgeCutoff ?? null,
    expires_on: model.expiresOn ?? null,
    hugging_face_id: model.huggingFaceId ?? null,
  };
}

function largest(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

/** Connected ones first, then those with the most models. */
function listProviders({ exchange }: RouteCall): Response {
  const offers = Map.groupBy(
    modelIndexOf(exchange).models.flatMap(({ endpoints }) => endpoints),
    ({ providerId }) => providerId,
  );
  const data = exchange.providers().map((facts) => printProvider(facts, offers.get(facts.id) ?? [], exchange));
  data.sort(
    (a, b) =>
      Number(b.connected) - Number(a.connected) ||
      b.models - a.models ||
      (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1),
  );
  return Response.json({ data } satisfies ProviderList, { headers: { 'cache-control': 'private, max-age=5' } });
}

function printProvider(facts: ProviderFacts, endpoints: readonly Endpoint[], exchange: Exchange): ListedProvider {
  const models = new Set(endpoints.map(({ modelId }) => modelId));
  return {
    id: facts.id,
    name: facts.name,
    connected: facts.connected,
    kind: kindOf(endpoints, models, exchange),
    environment_keys: [...facts.environmentKeys],
    models: models.size,
    headquarters: facts.headquarters ?? null,
    datacenters: [...(facts.datacenters ?? [])],
    privacy_policy_url: facts.privacyPolicyUrl ?? null,
    terms_of_service_url: facts.termsOfServiceUrl ?? null,
    status_page_url: facts.statusPageUrl ?? null,
    trains_on_prompts: agreed(endpoints.map(({ trainsOnPrompts }) => trainsOnPrompts)),
    zero_data_retention: agreed(endpoints.map(({ zeroDataRetention }) => zeroDataRetention)),
  };
}

function kindOf(
  endpoints: readonly Endpoint[],
  models: ReadonlySet<string>,
  exchange: Exchange,
): ListedProvider['kind'] {
  if (!endpoints.some(({ isLocal }) => isLocal)) return 'hosted';
  const isBundled = [...models].every((id) => exchange.catalog().find(id)?.model.isBundled);
  return isBundled ? 'bundled' : 'local';
}

/** What all say; null when they differ or one says nothing. */
function agreed(claims: readonly (boolean | undefined)[]): boolean | null {
  const [first] = claims;
  return first !== undefined && claims.every((claim) => claim === first) ? first : null;
}
