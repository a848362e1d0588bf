import type { Provider } from './provider.ts';

export default {
  id: 'infermatic',
  name: 'Infermatic',
  baseUrl: 'https://api.totalgpt.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['INFERMATIC_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://infermatic.ai',
} satisfies Provider;
