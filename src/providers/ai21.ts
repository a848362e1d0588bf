import type { Provider } from './provider.ts';

export default {
  id: 'ai21',
  name: 'AI21',
  baseUrl: 'https://api.ai21.com/studio/v1',
  format: 'openai-chat',
  environmentKeys: ['AI21_API_KEY'],
  stopsOnAbort: false,
  documentation: 'https://docs.ai21.com/docs/jamba-foundation-models',
} satisfies Provider;
