import type { Provider } from './provider.ts';

export default {
  id: 'moonshotai',
  name: 'Moonshot AI',
  baseUrl: 'https://api.moonshot.ai/v1',
  format: 'openai-chat',
  continues: 'prefill',
  environmentKeys: ['MOONSHOT_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    prefill: { message: { partial: true } },
    roles: { developer: 'system' },
  },
  documentation: 'https://platform.moonshot.ai/docs/api/chat',
} satisfies Provider;
