import type { Provider } from './provider.ts';

/** The compatible route, made for trying models: no thinking, no cache control, no strict schemas. The native format comes later. */
export default {
  id: 'anthropic',
  name: 'Anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  format: 'openai-chat',
  environmentKeys: ['ANTHROPIC_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://platform.claude.com/docs/en/api/openai-sdk',
  headquarters: 'US',
  privacyPolicyUrl: 'https://www.anthropic.com/legal/privacy',
  termsOfServiceUrl: 'https://www.anthropic.com/legal/commercial-terms',
  statusPageUrl: 'https://status.anthropic.com/',
} satisfies Provider;
