import { activityRoutes } from './activity.ts';
import { activityListRoutes } from './activity-list.ts';
import { analyticsRoutes } from './analytics.ts';
import { appStatisticsRoutes } from './app-statistics.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { contentRoutes } from './content-routes.ts';
import { creditRoutes } from './credit-routes.ts';
import { datasetRoutes } from './dataset-routes.ts';
import { describeApi } from './describe-api.ts';
import { endpointRoutes } from './endpoint-routes.ts';
import { endpointStatisticsRoutes } from './endpoint-statistics.ts';
import { eventRoutes } from './event-routes.ts';
import type { Exchange } from './exchange.ts';
import { generationLogRoutes } from './generation-log.ts';
import { generationRoutes } from './generation-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { modelListRoutes } from './model-list-routes.ts';
import { modelRoutes } from './model-routes.ts';
import { modelStatisticsRoutes } from './model-statistics.ts';
import { overviewRoutes } from './overview.ts';
import { presetRoutes } from './preset-routes.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { providerRoutes } from './provider-routes.ts';
import { rankingsRoutes } from './rankings.ts';
import type { Route } from './route.ts';
import { routePreviewRoutes } from './route-preview.ts';
import { routingDefaultRoutes } from './routing-default-routes.ts';
import { simulateRoutes } from './simulate-routes.ts';
import { statusRoutes } from './status-routes.ts';
import { upstreamRoutes } from './upstream-routes.ts';
import { verificationRoutes } from './verification-routes.ts';

/** Schemas of hundreds of fields take tens of milliseconds to print, and anybody may ask. */
const descriptions = new WeakMap<Exchange, ReturnType<typeof describeApi>>();

function descriptionOf(exchange: Exchange): ReturnType<typeof describeApi> {
  const known = descriptions.get(exchange) ?? describeApi(exchange.formats, routes, exchange.version);
  descriptions.set(exchange, known);
  return known;
}

/** Every path that answers from records rather than from a provider. Each line says who may call it. */
export const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/openapi.json',
    audience: 'public',
    answer: ({ exchange }) => Response.json(descriptionOf(exchange)),
  },
  ...modelRoutes,
  ...endpointRoutes,
  ...providerRoutes,
  ...generationRoutes,
  ...keyRoutes,
  ...creditRoutes,
  ...verificationRoutes,
  ...modelListRoutes,
  ...modelStatisticsRoutes,
  ...endpointStatisticsRoutes,
  ...appStatisticsRoutes,
  ...rankingsRoutes,
  ...overviewRoutes,
  ...generationLogRoutes,
  ...contentRoutes,
  ...privacyRoutes,
  ...eventRoutes,
  ...statusRoutes,
  ...activityRoutes,
  ...activityListRoutes,
  ...analyticsRoutes,
  ...datasetRoutes,
  ...catalogueRoutes,
  ...upstreamRoutes,
  ...routePreviewRoutes,
  ...simulateRoutes,
  ...routingDefaultRoutes,
  ...presetRoutes,
];
