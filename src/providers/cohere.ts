import type { Provider } from './provider.ts';

export default {
  id: 'cohere',
  name: 'Cohere',
  baseUrl: 'https://api.cohere.ai/compatibility/v1',
  format: 'openai-chat',
  environmentKeys: ['CO_API_KEY', 'COHERE_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://docs.cohere.com/docs/compatibility-api',
} satisfies Provider;
