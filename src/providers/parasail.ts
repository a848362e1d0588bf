import type { Provider } from './provider.ts';

export default {
  id: 'parasail',
  name: 'Parasail',
  baseUrl: 'https://api.parasail.io/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['PARASAIL_API_KEY'],
  documentation: 'https://github.com/BerriAI/litellm/blob/main/litellm/llms/openai_like/providers.json',
} satisfies Provider;
