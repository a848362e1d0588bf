import type { Provider } from './provider.ts';

export default {
  id: 'crusoe',
  name: 'Crusoe',
  baseUrl: 'https://api.inference.crusoecloud.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['CRUSOE_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  documentation: 'https://docs.crusoecloud.com/managed-inference/overview',
} satisfies Provider;
