import type { Provider } from './provider.ts';

export default {
  id: 'inceptron',
  name: 'Inceptron',
  baseUrl: 'https://api.inceptron.io/v1',
  format: 'openai-chat',
  environmentKeys: ['INCEPTRON_API_KEY'],
  documentation: 'https://docs.inceptron.io',
} satisfies Provider;
