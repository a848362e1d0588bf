import { generationQuery } from '../contract/generation.ts';
import { Failure } from '../generation/failure.ts';
import { answerPrivate } from './json-response.ts';
import { printGeneration } from './print-generation.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

export const generationRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/generation', audience: 'caller', answer: showGeneration },
];

/**
 * One of the caller's own generations, from the moment its answer ended: what is not drained yet is looked at first. The id of
 * another account's generation reads like one that never was.
 */
async function showGeneration({ query, caller, exchange }: RouteCall): Promise<Response> {
  const { id } = readQuery(query, generationQuery);
  const record = exchange.findUndrained(id) ?? (await exchange.ledger.findGeneration(id));
  if (record === undefined || record.accountId !== caller!.key.accountId) {
    throw new Failure('not-found', { message: 'There is no generation with this id' });
  }
  return answerPrivate({ data: printGeneration(record) });
}
