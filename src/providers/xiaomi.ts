import type { Provider } from './provider.ts';

export default {
  id: 'xiaomi',
  name: 'Xiaomi',
  baseUrl: 'https://api.xiaomimimo.com/v1',
  format: 'openai-chat',
  environmentKeys: ['XIAOMI_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  documentation: 'https://platform.xiaomimimo.com/#/docs',
} satisfies Provider;
