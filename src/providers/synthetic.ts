import type { Provider } from './provider.ts';

export default {
  id: 'synthetic',
  name: 'Synthetic',
  baseUrl: 'https://api.synthetic.new/openai/v1',
  format: 'openai-chat',
  environmentKeys: ['SYNTHETIC_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  documentation: 'https://synthetic.new/pricing',
} satisfies Provider;
