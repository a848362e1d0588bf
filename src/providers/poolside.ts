import type { Provider } from './provider.ts';

export default {
  id: 'poolside',
  name: 'Poolside',
  baseUrl: 'https://inference.poolside.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['POOLSIDE_API_KEY'],
  documentation: 'https://platform.poolside.ai',
} satisfies Provider;
