import type { Provider } from './provider.ts';

export default {
  id: 'llama',
  name: 'Meta Llama API',
  baseUrl: 'https://api.llama.com/compat/v1',
  format: 'openai-chat',
  environmentKeys: ['LLAMA_API_KEY'],
  documentation: 'https://llama.developer.meta.com/docs/features/compatibility/',
} satisfies Provider;
