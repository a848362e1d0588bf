import type { Provider } from './provider.ts';

export default {
  id: 'nebius',
  name: 'Nebius',
  baseUrl: 'https://api.tokenfactory.nebius.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['NEBIUS_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  stopsOnAbort: false,
  documentation: 'https://docs.tokenfactory.nebius.com/',
} satisfies Provider;
