import type { Provider } from './provider.ts';

export default {
  id: 'arcee-ai',
  name: 'Arcee AI',
  baseUrl: 'https://api.arcee.ai/api/v1',
  format: 'openai-chat',
  environmentKeys: ['ARCEE_API_KEY'],
  documentation: 'https://docs.arcee.ai',
} satisfies Provider;
