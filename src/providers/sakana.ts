import type { Provider } from './provider.ts';

export default {
  id: 'sakana',
  name: 'Sakana AI',
  baseUrl: 'https://api.sakana.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['SAKANA_API_KEY'],
  documentation: 'https://console.sakana.ai/models',
} satisfies Provider;
