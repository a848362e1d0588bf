import type { Provider } from './provider.ts';

export default {
  id: 'meta',
  name: 'Meta',
  baseUrl: 'https://api.meta.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['META_API_KEY', 'META_MODEL_API_KEY'],
  documentation: 'https://dev.meta.ai/docs',
} satisfies Provider;
