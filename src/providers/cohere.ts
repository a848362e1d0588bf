import type { Provider } from './provider.ts';

/** Chat and reranking in Cohere's own format; embeddings stand beside it and speak OpenAI's. */
export default {
  id: 'cohere',
  name: 'Cohere',
  baseUrl: 'https://api.cohere.com/v2',
  format: 'cohere-chat',
  annexes: [{ match: /^embed-/, format: 'openai-chat', baseUrl: 'https://api.cohere.ai/compatibility/v1' }],
  continues: 'instruct',
  environmentKeys: ['CO_API_KEY', 'COHERE_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://docs.cohere.com/reference/chat',
  headquarters: 'CA',
  privacyPolicyUrl: 'https://cohere.com/privacy',
  termsOfServiceUrl: 'https://cohere.com/terms-of-use',
  statusPageUrl: 'https://status.cohere.com/',
} satisfies Provider;
