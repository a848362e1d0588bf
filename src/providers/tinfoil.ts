import type { Provider } from './provider.ts';

export default {
  id: 'tinfoil',
  name: 'Tinfoil',
  baseUrl: 'https://inference.tinfoil.sh/v1',
  format: 'openai-chat',
  environmentKeys: ['TINFOIL_API_KEY'],
  documentation: 'https://docs.tinfoil.sh',
} satisfies Provider;
