import type { Provider } from './provider.ts';

export default {
  id: 'nearai',
  name: 'NEAR AI',
  baseUrl: 'https://cloud-api.near.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['NEARAI_API_KEY'],
  documentation: 'https://docs.near.ai/',
} satisfies Provider;
