import type { Provider } from './provider.ts';

export default {
  id: 'inception',
  name: 'Inception',
  baseUrl: 'https://api.inceptionlabs.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['INCEPTION_API_KEY'],
  documentation: 'https://docs.inceptionlabs.ai/get-started/models',
} satisfies Provider;
