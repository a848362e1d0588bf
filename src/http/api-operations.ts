import type { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import { activityListQuery, analyticsQuery } from '../contract/analytics.ts';
import { keyChange, keyCreation, keyListQuery } from '../contract/api-key.ts';
import * as facts from '../contract/catalogue-facts.ts';
import { generationQuery } from '../contract/generation.ts';
import * as log from '../contract/generation-log.ts';
import { modelList, modelListQuery, providerList } from '../contract/model-list.ts';
import { countQuery, modelQuery, pageQuery } from '../contract/model-query.ts';
import * as overview from '../contract/overview.ts';
import * as preset from '../contract/preset.ts';
import * as ranking from '../contract/rankings.ts';
import * as routing from '../contract/routing.ts';
import { routingDefaultAnswer, routingDefaultDraft, routingDefaults } from '../contract/routing-default.ts';
import * as statistics from '../contract/statistics.ts';
import * as stored from '../contract/stored-content.ts';

/** What the description of the API says of a route: words, and the schemas that the route itself reads with. */
export interface Operation {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType;
  /** A body that can be sent as it stands. */
  readonly example?: JsonObject;
}

/** By method and path as the table of routes writes them. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /api/v1/models': { summary: 'Lists models, filtered and sorted', query: modelQuery },
  'GET /api/v1/models/count': { summary: 'Counts models', query: countQuery },
  'GET /api/v1/models/user': { summary: 'Lists the models that can be called here now', query: pageQuery },
  'GET /api/v1/models/:model': { summary: 'Shows one model as OpenAI does; its slash is written %2F' },
  'GET /api/v1/model/:author/:slug': { summary: 'Shows one model' },
  'GET /api/v1/models/:author/:slug/endpoints': {
    summary: 'Lists the endpoints of a model with prices, limits and health',
  },
  'GET /api/v1/endpoints/zdr': { summary: 'Lists endpoints with zero data retention' },
  'GET /api/v1/providers': { summary: 'Lists providers' },
  'GET /api/v1/openapi.json': { summary: 'Describes this API' },
  'GET /api/v1/generation': { summary: 'Shows the record of a generation', query: generationQuery },
  'GET /api/v1/generation/content': {
    ...{ summary: 'Shows the stored request and answer of a generation', query: generationQuery },
  },
  'GET /api/v1/key': { summary: 'Shows the key that asks' },
  'GET /api/v1/keys': { summary: 'Lists API keys', query: keyListQuery },
  'POST /api/v1/keys': { summary: 'Creates an API key; its secret is in this answer only', body: keyCreation },
  'GET /api/v1/keys/:hash': { summary: 'Shows an API key' },
  'PATCH /api/v1/keys/:hash': { summary: 'Changes an API key', body: keyChange },
  'DELETE /api/v1/keys/:hash': { summary: 'Deletes an API key' },
  'GET /api/v1/credits': { summary: 'Shows credit and use of the account' },
  'GET /api/v1/trunkline/verification/:author/:slug': { summary: 'Says whether a model was verified on this machine' },
  'GET /api/v1/activity': { summary: 'Lists use per day, model and provider', query: activityListQuery },
  'GET /api/v1/analytics/meta': { summary: 'Says what analytics can be asked for' },
  'POST /api/v1/analytics/query': { summary: 'Answers a question about use', body: analyticsQuery },
  'GET /api/v1/datasets/rankings-daily': { summary: 'Ranks models by day', query: ranking.rankingsDailyQuery },
  'GET /api/v1/datasets/app-rankings': { summary: 'Ranks apps', query: ranking.appRankingsQuery },
  'GET /api/x/models': { summary: 'Lists the whole marketplace in brief', query: modelListQuery, answer: modelList },
  'GET /api/x/providers': { summary: 'Lists providers with what would connect them', answer: providerList },
  'GET /api/x/stats/models': {
    ...{ summary: 'Use and speed of each model', query: statistics.modelStatsQuery, answer: statistics.modelStats },
  },
  'GET /api/x/stats/endpoints': {
    ...{ summary: 'Use, speed and uptime of each endpoint of a model', query: statistics.endpointStatsQuery },
    answer: statistics.endpointStats,
  },
  'GET /api/x/stats/timeseries': {
    ...{ summary: 'Percentiles over time', query: statistics.timeseriesQuery, answer: statistics.timeseries },
  },
  'GET /api/x/stats/tokens': {
    ...{ summary: 'Tokens per day', query: statistics.tokenStatsQuery, answer: statistics.tokenStats },
  },
  'GET /api/x/stats/uptime': {
    ...{ summary: 'Uptime per day', query: statistics.uptimeStatsQuery, answer: statistics.uptimeStats },
  },
  'GET /api/x/stats/apps': {
    ...{ summary: 'Apps by tokens', query: statistics.appStatsQuery, answer: statistics.appStats },
  },
  'GET /api/x/apps/:slug': { summary: 'Shows one app', answer: statistics.appDetail },
  'GET /api/x/stats/providers': {
    ...{
      summary: 'Use, speed and uptime of each provider',
      query: statistics.demoQuery,
      answer: statistics.providerStats,
    },
  },
  'GET /api/x/stats/providers/:id{.+}': { summary: 'The same of one provider', answer: statistics.providerDetail },
  'GET /api/x/rankings': {
    ...{ summary: 'Ranks models, authors, providers or apps', query: ranking.rankingsQuery, answer: ranking.rankings },
  },
  'GET /api/x/status': { summary: 'Health of the installation and its providers', answer: overview.status },
  'GET /api/x/overview': {
    ...{ summary: 'The account at a glance', query: overview.overviewQuery, answer: overview.overview },
  },
  'GET /api/x/activity/meta': { summary: 'Says what activity can be asked for', answer: overview.activityMeta },
  'POST /api/x/activity/query': {
    ...{ summary: 'Answers a question about activity', body: overview.activityQuery, answer: overview.activity },
  },
  'GET /api/x/generations': {
    ...{ summary: 'Lists generations', query: log.generationLogQuery, answer: log.generationLog },
  },
  'GET /api/x/generations/:id': { summary: 'Shows how a generation was routed', answer: log.generationDetail },
  'GET /api/x/generations/:id/content': {
    ...{ summary: 'Shows what is stored of a generation: its request, answer and what providers were sent' },
    answer: stored.contentDetail,
  },
  'DELETE /api/x/generations/:id/content': {
    ...{ summary: 'Deletes what is stored of a generation', answer: stored.contentDeleted },
  },
  'GET /api/x/privacy': { summary: 'Says what is stored of requests and answers', answer: stored.privacy },
  'PATCH /api/x/privacy': {
    ...{ summary: 'Changes what is stored', body: stored.privacyChange, answer: stored.privacy },
  },
  'PUT /api/x/privacy/keys/:hash': {
    ...{ summary: 'Makes an exception for one key', body: stored.keyPrivacyChange, answer: stored.privacy },
  },
  'POST /api/x/privacy/delete': {
    ...{ summary: 'Deletes what is stored', body: stored.contentDeletion, answer: stored.contentDeleted },
  },
  'GET /api/x/events': { summary: 'Streams what happens, as server-sent events', query: log.eventsQuery },
  'POST /api/x/route/explain': {
    ...{ summary: 'Says who would serve a request, without sending it' },
    ...{ body: routing.routeQuestion, answer: routing.routePreview },
  },
  'POST /api/x/simulate': {
    ...{ summary: 'Tries changed preferences on past requests' },
    ...{ body: routing.simulationQuestion, answer: routing.simulation },
  },
  'GET /api/x/routing-defaults': {
    ...{ summary: 'What workspace and keys say of routing where requests say nothing', answer: routingDefaults },
  },
  'GET /api/x/routing-defaults/:scope/versions': {
    ...{ summary: 'Earlier routing defaults of the workspace or a key, newest first', answer: routingDefaults },
  },
  'PUT /api/x/routing-defaults/:scope': {
    ...{ summary: 'Saves routing defaults as a new version', body: routingDefaultDraft, answer: routingDefaultAnswer },
  },
  'GET /api/v1/presets': { summary: 'Lists presets', query: preset.presetListQuery, answer: preset.presetList },
  'GET /api/v1/presets/:slug': { summary: 'Shows a preset', answer: preset.presetAnswer },
  'GET /api/v1/presets/:slug/versions': {
    ...{ summary: 'Lists the versions of a preset, oldest first', query: preset.presetListQuery },
    answer: preset.presetVersionList,
  },
  'GET /api/v1/presets/:slug/versions/:version': {
    ...{ summary: 'Shows a version of a preset', answer: preset.presetVersionAnswer },
  },
  'POST /api/v1/presets/:slug/chat/completions': {
    ...{ summary: 'Keeps what a chat completion asks for as a preset', answer: preset.presetAnswer },
  },
  'POST /api/v1/presets/:slug/messages': {
    ...{ summary: 'Keeps what an Anthropic message asks for as a preset', answer: preset.presetAnswer },
  },
  'POST /api/v1/presets/:slug/responses': {
    ...{ summary: 'Keeps what a response asks for as a preset', answer: preset.presetAnswer },
  },
  'GET /api/x/presets': { summary: 'Lists presets with the version that counts', answer: preset.presetOverview },
  'PUT /api/x/presets/:slug': {
    ...{ summary: 'Saves a preset as a new version', body: preset.presetDraft, answer: preset.presetAnswer },
  },
  'PATCH /api/x/presets/:slug': {
    ...{ summary: 'Names, switches or rolls back a preset', body: preset.presetChange, answer: preset.presetAnswer },
  },
  'DELETE /api/x/presets/:slug': { summary: 'Deletes a preset with all its versions' },
  'GET /api/x/upstreams': { summary: 'Lists endpoints with their breakers', answer: routing.upstreams },
  'POST /api/x/upstreams/:id{.+}/disable': {
    ...{ summary: 'Takes an endpoint or provider out of routing', body: routing.switchNote, answer: routing.upstreams },
  },
  'POST /api/x/upstreams/:id{.+}/enable': { summary: 'Puts it back', answer: routing.upstreams },
  'GET /api/x/catalogue/sources': { summary: 'Lists where facts come from', answer: facts.catalogueSources },
  'GET /api/x/catalogue/disagreements': {
    ...{ summary: 'Lists facts on which sources differ', query: facts.disagreementsQuery, answer: facts.disagreements },
  },
  'GET /api/x/catalogue/changes': {
    ...{ summary: 'Lists changes of prices and offers', query: facts.changesQuery, answer: facts.catalogueChanges },
  },
  'GET /api/x/catalogue/prices': {
    ...{ summary: 'Price history of a model', query: facts.modelFactsQuery, answer: facts.priceHistory },
  },
};
