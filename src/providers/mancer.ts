import type { Provider } from './provider.ts';

export default {
  id: 'mancer',
  name: 'Mancer 2',
  baseUrl: 'https://neuro.mancer.tech/oai/v1',
  format: 'openai-chat',
  environmentKeys: ['MANCER_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://mancer.tech/docs',
} satisfies Provider;
