import { HOME_WORKSPACE } from '../accounts/directory.ts';
import { usdNumber } from '../base/money.ts';
import { DEMO_WORKSPACE } from '../billing/demo.ts';
import { type ActivityItem, activityListQuery } from '../contract/analytics.ts';
import { Failure } from '../generation/failure.ts';
import type { DemoChoice, UsageSum } from '../statistics/statistics-store.ts';
import { DAY_MS, dateOf, startOf } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

export const activityListRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/activity', audience: 'management', answer: listActivity },
];

const DAYS = 30;

/** OpenRouter's activity: the last 30 whole UTC days of the account, one row per day, model and endpoint. */
async function listActivity({ query, caller, exchange }: RouteCall): Promise<Response> {
  const wanted = readQuery(query, activityListQuery);
  const toMs = startOf('day', exchange.clock.nowMs());
  const range = { fromMs: toMs - DAYS * DAY_MS, toMs };
  const day = wanted.date === undefined ? undefined : readDay(wanted.date, range);
  const demo = demoOf(wanted.workspace_id);
  // There are no users beside the account's keys, and no other workspaces: nothing was ever done by one.
  if (wanted.user_id !== undefined || demo === undefined) return answerPrivate({ data: [] });
  const isByWorkspace = wanted.group_by === 'workspace';
  const sums = await exchange.statistics.sumUsage({
    grain: 'day',
    fromMs: day ?? range.fromMs,
    toMs: day === undefined ? toMs : day + DAY_MS,
    by: ['start', 'model', 'endpoint', 'provider', ...(isByWorkspace ? (['demo'] as const) : [])],
    where: {
      account: [caller!.key.accountId],
      ...(wanted.api_key_hash !== undefined && { key: [wanted.api_key_hash] }),
    },
    demo,
  });
  const names = new Map(exchange.providers().map(({ id, name }) => [id, name]));
  const data = sums
    // What nobody answered belongs to no endpoint, and cost nothing.
    .filter(({ endpoint }) => endpoint !== '')
    .sort((a, b) => b.startMs - a.startMs || (a.endpoint < b.endpoint ? -1 : 1))
    .map((sum) => printItem(exchange, sum, names.get(sum.provider) ?? sum.provider, isByWorkspace));
  return answerPrivate({ data });
}

function printItem(exchange: Exchange, sum: UsageSum, providerName: string, isByWorkspace: boolean): ActivityItem {
  return {
    date: dateOf(sum.startMs),
    model: sum.model,
    model_permaslug: permaslugOf(exchange, sum.model),
    endpoint_id: sum.endpoint,
    provider_name: providerName,
    usage: usdNumber(sum.chargedPico),
    byok_usage_inference: usdNumber(sum.byokPico),
    requests: sum.requests,
    prompt_tokens: sum.promptTokens,
    completion_tokens: sum.completionTokens,
    reasoning_tokens: sum.reasoningTokens,
    ...(isByWorkspace && { workspace_id: sum.isDemo ? DEMO_WORKSPACE : HOME_WORKSPACE }),
  };
}

/** The release behind a model's id, with its variant. */
export function permaslugOf(exchange: Exchange, modelId: string): string {
  const model = exchange.catalog().find(modelId)?.model;
  if (!model) return modelId;
  const colon = modelId.indexOf(':');
  const variant = colon < 0 ? '' : modelId.slice(colon);
  return model.canonicalSlug.endsWith(variant) ? model.canonicalSlug : model.canonicalSlug + variant;
}

function demoOf(workspaceId: string | undefined): DemoChoice | undefined {
  if (workspaceId === undefined) return 'include';
  if (workspaceId.toLowerCase() === HOME_WORKSPACE) return 'exclude';
  return workspaceId.toLowerCase() === DEMO_WORKSPACE ? 'only' : undefined;
}

function readDay(date: string, { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): number {
  const atMs = Date.parse(`${date}T00:00:00Z`);
  if (atMs >= fromMs && atMs < toMs && dateOf(atMs) === date) return atMs;
  throw new Failure('invalid-request', {
    message: `date: must be one of the last ${DAYS} whole UTC days, ${dateOf(fromMs)} to ${dateOf(toMs - DAY_MS)}`,
    metadata: { field: 'date' },
  });
}
