import type { Provider } from './provider.ts';

export default {
  id: 'featherless',
  name: 'Featherless',
  baseUrl: 'https://api.featherless.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['FEATHERLESS_API_KEY', 'FEATHERLESS_AI_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  stopsOnAbort: false,
  documentation: 'https://featherless.ai/docs/completions',
} satisfies Provider;
