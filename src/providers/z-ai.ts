import type { Provider } from './provider.ts';

export default {
  id: 'z-ai',
  name: 'Z.AI',
  baseUrl: 'https://api.z.ai/api/paas/v4',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['ZAI_API_KEY', 'ZHIPU_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    roles: { developer: 'system' },
  },
  documentation: 'https://docs.z.ai/guides/overview/pricing',
} satisfies Provider;
