import type { Provider } from './provider.ts';

export default {
  id: 'morph',
  name: 'Morph',
  baseUrl: 'https://api.morphllm.com/v1',
  format: 'openai-chat',
  environmentKeys: ['MORPH_API_KEY'],
  documentation: 'https://docs.morphllm.com/api-reference/introduction',
} satisfies Provider;
