import type { Provider } from './provider.ts';

export default {
  id: 'sambanova',
  name: 'SambaNova',
  baseUrl: 'https://api.sambanova.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['SAMBANOVA_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  stopsOnAbort: false,
  documentation: 'https://docs.sambanova.ai/cloud/api-reference/',
} satisfies Provider;
