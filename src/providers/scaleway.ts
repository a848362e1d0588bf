import type { Provider } from './provider.ts';

export default {
  id: 'scaleway',
  name: 'Scaleway',
  baseUrl: 'https://api.scaleway.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['SCW_SECRET_KEY', 'SCALEWAY_API_KEY'],
  documentation: 'https://www.scaleway.com/en/docs/generative-apis/',
} satisfies Provider;
