import type { Provider } from './provider.ts';

export default {
  id: 'io-net',
  name: 'Io Net',
  baseUrl: 'https://api.intelligence.io.solutions/api/v1',
  format: 'openai-chat',
  environmentKeys: ['IOINTELLIGENCE_API_KEY'],
  documentation: 'https://io.net/docs/guides/intelligence/io-intelligence',
} satisfies Provider;
