import type { ProviderListing } from '../contract/model.ts';
import type { ProviderFacts } from './exchange.ts';
import type { Route } from './route.ts';

export const providerRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/v1/providers',
    audience: 'public',
    answer: ({ exchange }) => Response.json({ data: exchange.providers().map(printProvider) }),
  },
];

const COUNTRY = /^[A-Z]{2}$/;

function printProvider(provider: ProviderFacts): ProviderListing {
  const { headquarters, datacenters } = provider;
  return {
    name: provider.name,
    slug: provider.id,
    privacy_policy_url: provider.privacyPolicyUrl ?? null,
    terms_of_service_url: provider.termsOfServiceUrl ?? null,
    status_page_url: provider.statusPageUrl ?? null,
    ...(headquarters !== undefined && COUNTRY.test(headquarters) && { headquarters }),
    datacenters: datacenters?.filter((country) => COUNTRY.test(country)) ?? null,
  };
}
