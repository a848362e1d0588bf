import type { Provider } from './provider.ts';

export default {
  id: 'cloudflare',
  name: 'Cloudflare',
  baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'],
  settings: { account: 'CLOUDFLARE_ACCOUNT_ID' },
  quirks: {
    drop: ['store'],
    roles: { developer: 'system' },
  },
  stopsOnAbort: true,
  documentation: 'https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/',
  headquarters: 'US',
  privacyPolicyUrl: 'https://developers.cloudflare.com/workers-ai/privacy',
  termsOfServiceUrl: 'https://www.cloudflare.com/service-specific-terms-developer-platform/#developer-platform-terms',
  statusPageUrl: 'https://www.cloudflarestatus.com/',
} satisfies Provider;
