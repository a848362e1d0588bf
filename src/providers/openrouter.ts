import type { Provider } from './provider.ts';

/** Another exchange as an upstream, with its own key and its own bill. */
export default {
  id: 'openrouter',
  name: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['OPENROUTER_API_KEY'],
  quirks: { reasoning: 'object', cacheMarks: 'taken' },
  documentation: 'https://openrouter.ai/docs/api-reference/overview',
} satisfies Provider;
