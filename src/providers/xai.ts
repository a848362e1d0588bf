import type { Provider } from './provider.ts';

export default {
  id: 'xai',
  name: 'xAI',
  baseUrl: 'https://api.x.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['XAI_API_KEY'],
  quirks: {
    drop: ['store'],
    roles: { developer: 'system' },
  },
  stopsOnAbort: true,
  documentation: 'https://docs.x.ai/docs/models',
} satisfies Provider;
