import type { Provider } from './provider.ts';

export default {
  id: 'vultr',
  name: 'Vultr',
  baseUrl: 'https://api.vultrinference.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['VULTR_API_KEY'],
  documentation: 'https://api.vultrinference.com/',
} satisfies Provider;
