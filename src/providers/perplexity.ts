import type { Provider } from './provider.ts';

export default {
  id: 'perplexity',
  name: 'Perplexity',
  baseUrl: 'https://api.perplexity.ai',
  format: 'openai-chat',
  environmentKeys: ['PERPLEXITY_API_KEY'],
  stopsOnAbort: false,
  documentation: 'https://docs.perplexity.ai/api-reference/chat-completions',
} satisfies Provider;
