import type { Provider } from './provider.ts';

export default {
  id: 'sail-research',
  name: 'Sail Research',
  baseUrl: 'https://api.sailresearch.com/v1',
  format: 'openai-chat',
  environmentKeys: ['SAIL_API_KEY'],
  documentation: 'https://github.com/BerriAI/litellm/blob/main/litellm/llms/openai_like/providers.json',
} satisfies Provider;
