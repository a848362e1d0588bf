import { usdNumber } from '../base/money.ts';
import type { Credits } from '../contract/api-key.ts';
import { answerPrivate } from './json-response.ts';
import { readSettled } from './read-spending.ts';
import type { Route, RouteCall } from './route.ts';

export const creditRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/credits', audience: 'management', role: 'viewer', answer: showCredits },
];

/** What was ever put into the caller's account, and what was ever spent of it. */
async function showCredits({ caller, exchange }: RouteCall): Promise<Response> {
  const { accountId } = caller!.key;
  const { stored, undrainedPico } = await readSettled(
    () => exchange.ledger.balance(accountId),
    () => exchange.undrainedAccountSpending(accountId),
  );
  const data: Credits = {
    total_credits: usdNumber(stored.depositedPico),
    total_usage: usdNumber(stored.spentPico + undrainedPico),
  };
  return answerPrivate({ data });
}
