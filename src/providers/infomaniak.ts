import type { Provider } from './provider.ts';

export default {
  id: 'infomaniak',
  name: 'Infomaniak',
  baseUrl: 'https://api.infomaniak.com/2/ai/{product}/openai/v1',
  format: 'openai-chat',
  environmentKeys: ['INFOMANIAK_API_KEY'],
  settings: { product: 'INFOMANIAK_PRODUCT_ID' },
  documentation: 'https://www.infomaniak.com/en/hosting/ai-services/open-source-models',
} satisfies Provider;
