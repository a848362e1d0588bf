import type { Provider } from './provider.ts';

export default {
  id: 'deepseek',
  name: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['DEEPSEEK_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    roles: { developer: 'system' },
  },
  stopsOnAbort: true,
  documentation: 'https://api-docs.deepseek.com/api/create-chat-completion',
} satisfies Provider;
