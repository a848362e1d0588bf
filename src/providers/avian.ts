import type { Provider } from './provider.ts';

export default {
  id: 'avian',
  name: 'Avian',
  baseUrl: 'https://api.avian.io/v1',
  format: 'openai-chat',
  environmentKeys: ['AVIAN_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://avian.io',
} satisfies Provider;
