import type { Provider } from './provider.ts';

export default {
  id: 'together',
  name: 'Together',
  baseUrl: 'https://api.together.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['TOGETHER_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    roles: { developer: 'system' },
  },
  stopsOnAbort: true,
  documentation: 'https://docs.together.ai/docs/chat-overview',
  dataPolicy: {
    trainsOnPrompts: false,
    retainsPrompts: true,
    zeroDataRetention: false,
    source: 'https://docs.together.ai/docs/zero-data-retention',
  },
} satisfies Provider;
