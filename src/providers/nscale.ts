import type { Provider } from './provider.ts';

export default {
  id: 'nscale',
  name: 'Nscale',
  baseUrl: 'https://inference.api.nscale.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['NSCALE_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  documentation: 'https://github.com/BerriAI/litellm/blob/main/litellm/llms/nscale/chat/transformation.py',
} satisfies Provider;
