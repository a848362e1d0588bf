import type { Provider } from './provider.ts';

export default {
  id: 'chutes',
  name: 'Chutes',
  baseUrl: 'https://llm.chutes.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['CHUTES_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    roles: { developer: 'system' },
  },
  stopsOnAbort: true,
  documentation: 'https://llm.chutes.ai/v1/models',
} satisfies Provider;
