import type { ModelFacts, WireFormat } from '../formats/format.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';
import { findModel } from './find-model.ts';
import { type IndexedModel, modelIndexOf } from './model-index.ts';

/** The models that answer in words, in the words of a format: `GET` at its own address. */
export function listModelsOf({ server }: WireFormat, exchange: Exchange, query: URLSearchParams): Response {
  const listed = modelIndexOf(exchange).models.filter(({ model }) => model.outputModalities.includes('text'));
  return Response.json(server.listing!.encodeList(listed.map(factsOf), query));
}

export function showModelOf({ server }: WireFormat, exchange: Exchange, slug: string): Response {
  const [author = '', ...rest] = slug.split('/');
  const { model } = findModel(exchange, { author, slug: rest.join('/') });
  const indexed = modelIndexOf(exchange).models.find((listed) => listed.model.id === model.id);
  if (!indexed) throw new Failure('not-found', { message: `No provider offers ${model.id} here` });
  return Response.json(server.listing!.encodeModel(factsOf(indexed)));
}

function factsOf({ model, lead, listing }: IndexedModel): ModelFacts {
  return {
    id: model.id,
    name: model.name,
    description: model.description,
    contextTokensMax: listing.context_length ?? lead.contextTokensMax,
    ...(lead.outputTokensMax !== undefined && { outputTokensMax: lead.outputTokensMax }),
    canThink: model.reasoning !== undefined,
  };
}
