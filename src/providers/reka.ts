import type { Provider } from './provider.ts';

export default {
  id: 'reka',
  name: 'Reka',
  baseUrl: 'https://api.reka.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['REKA_API_KEY'],
  documentation: 'https://github.com/BerriAI/litellm/blob/main/litellm/llms/openai_like/providers.json',
} satisfies Provider;
