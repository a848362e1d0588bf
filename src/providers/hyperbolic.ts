import type { Provider } from './provider.ts';

export default {
  id: 'hyperbolic',
  name: 'Hyperbolic',
  baseUrl: 'https://api.hyperbolic.xyz/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['HYPERBOLIC_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://docs.hyperbolic.xyz/docs/rest-api',
} satisfies Provider;
