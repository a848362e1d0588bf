import type { Provider } from './provider.ts';

export default {
  id: 'ambient',
  name: 'Ambient',
  baseUrl: 'https://api.ambient.xyz/v1',
  format: 'openai-chat',
  environmentKeys: ['AMBIENT_API_KEY'],
  documentation: 'https://ambient.xyz',
} satisfies Provider;
