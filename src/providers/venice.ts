import type { Provider } from './provider.ts';

export default {
  id: 'venice',
  name: 'Venice',
  baseUrl: 'https://api.venice.ai/api/v1',
  format: 'openai-chat',
  environmentKeys: ['VENICE_API_KEY'],
  documentation: 'https://docs.venice.ai',
} satisfies Provider;
