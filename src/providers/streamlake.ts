import type { Provider } from './provider.ts';

export default {
  id: 'streamlake',
  name: 'StreamLake',
  baseUrl: 'https://vanchin.streamlake.ai/api/gateway/v1/endpoints',
  format: 'openai-chat',
  environmentKeys: ['STREAMLAKE_API_KEY'],
  quirks: {
    rename: { max_tokens: 'max_completion_tokens' },
  },
  documentation: 'https://github.com/BerriAI/litellm/blob/main/litellm/llms/openai_like/providers.json',
} satisfies Provider;
