import type { Provider } from './provider.ts';

export default {
  id: 'upstage',
  name: 'Upstage',
  baseUrl: 'https://api.upstage.ai/v1/solar',
  format: 'openai-chat',
  environmentKeys: ['UPSTAGE_API_KEY'],
  documentation: 'https://developers.upstage.ai/docs/apis/chat',
} satisfies Provider;
