import { findModel } from './find-model.ts';
import { answerPrivate } from './json-response.ts';
import { printVerification } from './print-verification.ts';
import type { Route, RouteCall } from './route.ts';

/** Ours: OpenRouter has nothing like it, so it stands below a name of its own. */
export const verificationRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/trunkline/verification/:author/:slug',
    audience: 'public',
    answer: showVerification,
  },
];

/** What `trunkline doctor scout` found here. With a management key also where, and the engines' own words. */
function showVerification({ params, exchange, caller }: RouteCall): Response {
  const { model } = findModel(exchange, params);
  const data = printVerification(model.id, exchange.verifications(model.id), caller?.key.isManagement === true);
  return answerPrivate({ data });
}
